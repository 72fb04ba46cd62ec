from . import models
from .hooks import _note_settled_orders
