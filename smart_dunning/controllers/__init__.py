from . import letter
from . import portal
from . import portal_payment
from . import portal_letter
from . import portal_items
from . import portal_say
from . import portal_plan
