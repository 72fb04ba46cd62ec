from . import test_shop
from . import test_shop_languages
from . import test_shop_tour
