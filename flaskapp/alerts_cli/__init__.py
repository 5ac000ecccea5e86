"""``flask alerts``: review and deletion of alerts from the command line, a file for each command.

Knows no HTTP.
"""

from flask import Flask
from flask.cli import AppGroup

from flaskapp.alerts_cli.export_alerts import export
from flaskapp.alerts_cli.forget_value import forget
from flaskapp.alerts_cli.list_alerts import list_
from flaskapp.alerts_cli.prune_alerts import prune
from flaskapp.alerts_cli.reveal_alert import reveal
from flaskapp.alerts_cli.show_alert import show

alerts = AppGroup("alerts", help="List, show, export and delete alerts.")
for _command in (list_, show, reveal, export, prune, forget):
    alerts.add_command(_command)


def register(app: Flask) -> None:
    """Add the commands to ``flask``."""
    app.cli.add_command(alerts)
