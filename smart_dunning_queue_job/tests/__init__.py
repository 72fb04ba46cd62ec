from . import test_jobs, test_task, test_task_handover, test_task_plan
