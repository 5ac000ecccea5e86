"""Fills a queue in a process of its own: ``python -m benchmarks.filling MODULE JOBS``.

Prints the two keys that ``MODULE.fill(JOBS)`` returns.
"""

import importlib
import sys


def main(module: str, jobs: str) -> None:
    """Fill the queue of a module and print the keys of the first and the last result."""
    print(*importlib.import_module(module).fill(int(jobs)), sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
