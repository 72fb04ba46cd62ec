from . import letter
from . import portal
