"""Settings of ``gunicorn wsgi:app``, taken from piigate's own; gunicorn reads it by its name."""

import gc
import sys
from pathlib import Path

from alerting import log
from alerting.errors import InvalidSettings
from flaskapp.launch.gunicorn_worker import Worker
from flaskapp.launch.programs import web_drain_s
from flaskapp.settings import WebSettings
from tasks.cpu_scheduling import use_batch_policy

try:
    _settings = WebSettings.load()
except InvalidSettings as fault:
    sys.exit(f"piigate cannot start. {fault}")

bind = (
    f"[{_settings.host}]:{_settings.port}"
    if ":" in _settings.host
    else (f"{_settings.host}:{_settings.port}")
)
proc_name = "piigate"

# Our worker serves payloads in one thread, and has threads for all that takes longer. Loaded once
# and then forked: a fault in the application ends the start at once, and a worker that died is back
# in no time.
worker_class = "flaskapp.launch.gunicorn_worker.Worker"
workers = _settings.web_processes
threads = _settings.web_threads
preload_app = True
max_requests = 0

# No answer under way is cut off, neither by a stop nor by the watch over hanging workers.
graceful_timeout = web_drain_s(_settings)
timeout = graceful_timeout + 30
keepalive = 5
backlog = 512

# The request line holds at most an id, the headers a token and what proxies add.
limit_request_line = 2048
limit_request_fields = 64
limit_request_field_size = 8190

# The application writes the line of a request; gunicorn's own lines join them in the same log.
logger_class = "flaskapp.launch.gunicorn_log.Log"
accesslog = None
errorlog = None

# Nothing of ours needs it, and it would open a socket in the home folder.
control_socket_disable = True
# Heartbeats must not wait for a busy disk.
worker_tmp_dir = next((place for place in ("/dev/shm",) if Path(place).is_dir()), None)  # noqa: S108


def on_starting(_server: object) -> None:
    """Show the log to a person who started gunicorn by hand; the application asks for its file."""
    log.configure(_settings, stderr=_settings.log_file is None or sys.stderr.isatty())


def post_fork(_server: object, worker: Worker) -> None:
    """Tell a worker what it cannot learn from gunicorn's own settings."""
    use_batch_policy()
    # What is loaded is no garbage; what is under way is none yet, and is not looked through for
    # each request anew.
    gc.freeze()
    gc.set_threshold(10_000)
    worker.client_timeout_s = _settings.client_timeout
