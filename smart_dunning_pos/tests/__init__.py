from . import test_till
from . import test_till_orders
from . import test_till_release
from . import test_till_rights
from . import test_till_tour
