from . import dunning_policy
from . import dunning_level
from . import account_move
from . import res_company
from . import res_company_calendar
from . import res_partner
from . import res_users
from . import res_config_settings
