from . import dunning_document
from . import ir_actions_report
