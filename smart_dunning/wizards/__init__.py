from . import dunning_pause_record
from . import dunning_activation
from . import dunning_release_grant
from . import dunning_release_request
from . import dunning_charge_waive
from . import dunning_level_preview
from . import base_module_uninstall
from . import dunning_credit_import
