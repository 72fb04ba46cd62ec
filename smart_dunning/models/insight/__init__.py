from . import digest_digest
from . import dunning_dashboard
from . import dunning_ledger_days
from . import dunning_open_report
from . import dunning_snapshot
from . import dunning_forecast_week
from . import dunning_policy_draft
from . import dunning_policy_backtest
