"""A worker that empties a queue, in a process of its own; prints how many jobs it ran a second."""

import importlib
import logging
import sys
import time

import redis
from rq import Queue


def main(worker_class: str, url: str, queue: str) -> None:
    """Run the worker until the queue is empty."""
    module, _, name = worker_class.rpartition(".")
    connection = redis.Redis.from_url(url)
    worker = getattr(importlib.import_module(module), name)([queue], connection=connection)
    jobs = Queue(queue, connection=connection).count
    begin = time.perf_counter()
    worker.work(burst=True, logging_level=logging.ERROR)
    print(jobs / (time.perf_counter() - begin))


if __name__ == "__main__":
    main(*sys.argv[1:])
