"""Make the kill table of docs/delivery.md: ``python -m tests.delivery``, within ten minutes."""

import sys
import tempfile
from pathlib import Path

from tests.delivery.page import table, write
from tests.delivery.rounds import FROZEN_AT_ONCE, VICTIMS, Seen, frozen_rounds, rounds
from tests.delivery.system import System

ROUNDS = 20


def main() -> int:
    """Run all rounds; return 1 when a promise was broken."""
    seen: list[Seen] = []
    with tempfile.TemporaryDirectory() as folder, System(Path(folder)) as system:
        for victim in VICTIMS:
            for done in range(ROUNDS):
                seen += rounds(system, victim, in_streaks=done % 2 == 1)
                print(f"\r{victim}: {done + 1} of {ROUNDS}", end="", flush=True)  # noqa: T201 - for the person at the terminal
            print()  # noqa: T201 - likewise
        for done in range(ROUNDS // FROZEN_AT_ONCE):
            seen += frozen_rounds(system, FROZEN_AT_ONCE, in_streaks=done % 2 == 1)
    print(table(seen))  # noqa: T201 - likewise
    write(seen)
    return int(any(one.is_broken for one in seen))


if __name__ == "__main__":
    sys.exit(main())
