"""How fast smart_dunning is, measured on ledgers of any size: `python -m bench --help`."""
