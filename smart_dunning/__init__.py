from . import controllers
from . import models
from . import report
from . import wizards
from .hooks import _check_letter_engine, _keep_evidence, _set_up
