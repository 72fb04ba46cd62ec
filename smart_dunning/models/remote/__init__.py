from . import (
    dunning_remote,
    dunning_remote_call,
    dunning_remote_check,
    dunning_remote_debtor,
    dunning_remote_figures,
    dunning_remote_handover,
    dunning_remote_hold,
    dunning_remote_import,
    dunning_remote_run,
)
