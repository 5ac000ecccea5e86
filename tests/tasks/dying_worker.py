"""Workers whose process dies once at a moment that no signal from outside meets."""

import os
import signal
import time
from pathlib import Path
from typing import Any

from tasks.envelope import Envelope
from tasks.script import Call
from tasks.worker import Worker


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class DiesBeforeTheEnd(Worker):
    """Dies when the next job is taken, and the end of the one before not sent yet."""

    def become_horse(self) -> None:
        """Live as the process of the jobs."""
        super().become_horse()
        call = self.connection.call
        mark = Path(os.environ["PIIGATE_HOME"], "has-died")

        def die_once(which: Any, *, ahead: Call | None = None, **options: Any) -> Any:
            def die() -> Call:
                mark.touch()
                time.sleep(0.2)  # Redis takes the job meanwhile.
                _die()
                raise AssertionError

            return call(die if ahead and not mark.exists() else which, ahead=ahead, **options)

        self.connection.call = die_once  # type: ignore[assignment,method-assign] # here alone


class DiesOfLongCalls(Worker):
    """Dies when a call of more than 100,000 bytes is opened."""

    def become_horse(self) -> None:
        """Live as the process of the jobs."""
        super().become_horse()
        open_call = Envelope.open_call

        def die_of_long_ones(envelope: Envelope, sealed: bytes, **options: Any) -> Any:
            if len(sealed) > 100_000:
                _die()
            return open_call(envelope, sealed, **options)

        Envelope.open_call = die_of_long_ones  # type: ignore[assignment,method-assign] # likewise
