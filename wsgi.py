"""The entry point of a WSGI server: ``gunicorn wsgi:app``."""

import sys

from alerting.errors import AlertingError
from flaskapp import create_app
from flaskapp.errors import GatewayError
from tasks.errors import TasksError

CANNOT_BOOT = 3
"""The exit status by which gunicorn's master knows that another try cannot help."""

try:
    app = create_app()
except (AlertingError, GatewayError, TasksError) as fault:
    print(f"piigate cannot start. {fault}", file=sys.stderr)  # noqa: T201 - there is no log yet
    sys.exit(CANNOT_BOOT)
