from . import dunning_pause_record
from . import dunning_activation
