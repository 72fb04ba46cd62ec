from . import dunning_credit_import
