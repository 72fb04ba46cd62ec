from . import (
    dunning_handover,
    dunning_letter,
    dunning_open_report,
    dunning_run,
    dunning_task,
    dunning_task_step,
    dunning_task_work,
    ir_cron,
    queue_job,
)
