"""The parent of all parts: check, start, wait until ready, pass the signal to stop on."""

import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from alerting.errors import AlertingError
from flaskapp.errors import GatewayError
from flaskapp.launch.banner import banner, base_url
from flaskapp.launch.errors import NotReady
from flaskapp.launch.preflight import Launch, prepare
from flaskapp.launch.readiness import wait_until_ready
from tasks import redis_server
from tasks.errors import TasksError
from tasks.program import supervisor_config
from tasks.supervision import Watch, supervise

READY_WITHIN_S = 60
_PAUSE_S = 0.1
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


def main() -> int:
    """Run everything; return the exit status."""
    try:
        launch = prepare()
    except (AlertingError, GatewayError, TasksError, OSError) as fault:
        _tell(f"piigate cannot start. {fault}")
        return 1
    return _Parts(launch).run()


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - for the person at the terminal


class _Parts:
    """Supervisor, as a child of this process, with everything that it runs."""

    def __init__(self, launch: Launch) -> None:
        self._launch = launch
        self._is_stopping = False
        self._status: int | None = None
        self._pid = _fork(launch)
        for number in _STOP_SIGNALS:
            signal.signal(number, self._stop)

    def run(self) -> int:
        """Tell when everything is ready, then wait for the end; return the exit status."""
        url = base_url(self._launch.settings.host, self._launch.settings.port)
        try:
            if wait_until_ready(f"{url}/readyz", timeout_s=READY_WITHIN_S, go_on=self._is_starting):
                print(banner(self._launch), flush=True)  # noqa: T201 - for the person at the terminal
        except NotReady as fault:
            _tell(f"piigate cannot start. {fault}")
            self._is_stopping = True
            self._wait()
            return 1
        return self._wait()

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        """Note that somebody wants the end; repeated signals change nothing."""
        if not self._is_stopping:
            self._is_stopping = True
            _tell("Stopping: what is under way is finished first.")

    def _is_starting(self) -> bool:
        return not self._is_stopping and not self._has_ended()

    def _has_ended(self) -> bool:
        if self._status is None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                self._status = os.waitstatus_to_exitcode(status)
        return self._status is not None

    def _wait(self) -> int:
        """Pass the wish to stop on once; return the exit status when the last part is gone."""
        is_told = False
        while not self._has_ended():
            if self._is_stopping and not is_told:
                os.kill(self._pid, signal.SIGTERM)
                is_told = True
            time.sleep(_PAUSE_S)
        if self._is_stopping and self._status == 0:
            return 0
        _tell("piigate was ended from outside; start it again.")
        return 1


def _fork(launch: Launch) -> int:
    """Start supervisor and return its id; a fork, because it needs what is loaded already."""
    folder = redis_server.default_folder()
    watch = Watch(
        launcher=os.getpid(),
        first=redis_server.socket_in(folder) if launch.own_redis else None,
        has_log_file=launch.settings.log_file is not None,
        wanted=launch.demand.wanted,
    )
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        # Its own session: Ctrl-C in the terminal is for the parent alone, which passes it on.
        os.setsid()
        os.chdir(Path(__file__).parents[2])
        supervise(supervisor_config(launch.programs), watch)
        status = 0
    finally:
        os._exit(status)


if __name__ == "__main__":
    sys.exit(main())
