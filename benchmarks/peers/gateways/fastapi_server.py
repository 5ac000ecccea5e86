"""The server of FastAPI + Celery: ``python -m benchmarks.peers.gateways.fastapi_server``.

The same as ``uvicorn benchmarks.peers.gateways.fastapi_celery:app --workers 2``, but on a socket
that says it is one of TCP: without that, asyncio leaves Nagle's algorithm on, and every answer on
a connection that is kept open takes 40 ms more.
"""

import os
import socket

import uvicorn
from uvicorn.supervisors import Multiprocess


def main() -> None:
    """Serve until told to stop."""
    config = uvicorn.Config(
        "benchmarks.peers.gateways.fastapi_celery:app",
        workers=int(os.environ["WEB_PROCESSES"]),
        access_log=False,
        log_level="warning",
    )
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", int(os.environ["PORT"])))
    listening.set_inheritable(True)
    Multiprocess(config, sockets=[listening]).run()


if __name__ == "__main__":
    main()
