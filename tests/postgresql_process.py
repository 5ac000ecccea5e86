"""A PostgreSQL server of the tests' own, on a free port of loopback."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_DEBIAN = Path("/usr/lib/postgresql")


def program(name: str) -> str | None:
    """Return the path of a program of PostgreSQL's server, which Debian keeps out of PATH."""
    newest = sorted(_DEBIAN.glob(f"*/bin/{name}"))
    return str(newest[-1]) if newest else shutil.which(name)


class PostgreSQLProcess:
    """A server over a folder; started again, it comes back with what it held."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._port = folder, _free_port()
        self.url = f"postgresql://piigate@127.0.0.1:{self._port}/postgres"
        account = _account()
        if account:
            os.chown(folder, account.pw_uid, account.pw_gid)
        _run("initdb", "-D", self._data, "-U", "piigate", "-A", "trust", "-E", "UTF8", "-N")

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    def start(self) -> None:
        """Start the server and return when it answers."""
        options = f"-p {self._port} -k {self._folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        log = str(self._folder / "log")
        _run("pg_ctl", "-D", self._data, "-o", options, "-l", log, "-w", "start")

    def stop(self) -> None:
        """Stop the server without a goodbye to anybody."""
        _run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")


@contextmanager
def postgresql() -> Iterator[str]:
    """Run a server; yield the address of its database ``postgres``."""
    with tempfile.TemporaryDirectory(prefix="pg-") as folder, postgresql_in(Path(folder)) as url:
        yield url


@contextmanager
def postgresql_in(folder: Path) -> Iterator[str]:
    """Run a server over an empty folder, which keeps what the server leaves."""
    server = PostgreSQLProcess(folder)
    server.start()
    try:
        yield server.url
    finally:
        server.stop()


def _account() -> pwd.struct_passwd | None:
    """Return whose processes the server's are: it refuses to run for root."""
    return pwd.getpwnam("postgres") if os.geteuid() == 0 else None


def _run(name: str, *arguments: str) -> None:
    account = _account()
    subprocess.run(
        [program(name) or name, *arguments],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd="/",
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
