"""The workers of this machine under one command: ``python -m tasks.pool``.

Starts as many workers as WORKERS says, restarts what dies, and follows the load of queues with
bounds. SIGTERM lets the workers finish their jobs; a second one makes them hand the jobs back.
Knows no HTTP.
"""

import sys

from alerting.errors import AlertingError
from alerting.log import configure
from tasks.demand import Demand
from tasks.errors import TasksError
from tasks.payload_keys import process_keys
from tasks.program import supervisor_config
from tasks.registry import discover
from tasks.settings import TasksSettings
from tasks.supervision import Watch, supervise
from tasks.worker_programs import worker_programs


def main() -> str | None:
    """Run the pool to its end; return what kept it from starting."""
    try:
        settings = TasksSettings.load()
        process_keys()
        tasks = discover()
        config = supervisor_config(worker_programs(settings, tasks))
        demand = Demand.of(settings, tasks)
        configure(settings, stderr=settings.log_file is None or sys.stderr.isatty())
    except (AlertingError, TasksError, OSError) as fault:
        return f"The pool cannot start. {fault}"
    supervise(config, Watch(has_log_file=settings.log_file is not None, wanted=demand.wanted))
    return None


if __name__ == "__main__":
    sys.exit(main())
