from . import test_jobs, test_task
