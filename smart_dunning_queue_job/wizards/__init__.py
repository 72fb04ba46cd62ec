from . import dunning_credit_import, dunning_handover_import
