from . import dunning_debtor
from . import dunning_debtor_refresh
from . import dunning_debtor_change
from . import change_events
from . import res_partner
from . import dunning_letter
