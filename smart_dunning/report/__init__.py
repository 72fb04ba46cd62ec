from . import dunning_report
from . import dunning_ageing_report
from . import dunning_recovery_report
from . import dunning_payment_report
from . import dunning_agreement_report
from . import dunning_charge_report
from . import dunning_limit_report
from . import dunning_handover_analysis
