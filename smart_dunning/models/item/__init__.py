from . import dunning_item
from . import dunning_item_underway
from . import account_move_line
from . import account_move
