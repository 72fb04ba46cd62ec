from . import dunning_item
from . import account_move_line
from . import account_move
