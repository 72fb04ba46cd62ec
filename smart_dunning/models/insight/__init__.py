from . import dunning_ledger_days
from . import dunning_snapshot
