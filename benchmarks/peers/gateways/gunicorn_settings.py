"""Settings of gunicorn for the peers: ``-c python:benchmarks.peers.gateways.gunicorn_settings``.

As many processes and threads as ours, and connections kept open as long.
"""

import os

bind = f"127.0.0.1:{os.environ['PORT']}"
worker_class = "gthread"
workers = int(os.environ["WEB_PROCESSES"])
threads = int(os.environ["WEB_THREADS"])
keepalive = 5
backlog = 512
loglevel = "warning"
control_socket_disable = True
