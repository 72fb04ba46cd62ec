from . import policy
from . import pause
from . import claim
from . import run
from . import debtor
from . import hold
