from . import policy
from . import pause
from . import run
from . import debtor
from . import hold
