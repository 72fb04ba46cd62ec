from . import (
    dunning_letter,
    dunning_open_report,
    dunning_run,
    dunning_task,
    dunning_task_step,
    ir_cron,
)
