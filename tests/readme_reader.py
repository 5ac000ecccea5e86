"""Somebody who reads the README and types what it says. Knows its form, not what it is about."""

import itertools
import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.gateway import (
    CHECKOUT,
    descendants,
    environment,
    eventually,
    free_port,
    is_alive,
)

READY_WITHIN_S = 30
ANSWERED_WITHIN_S = 20
STOPPED_WITHIN_S = 20
TOLD_WITHIN_S = 10

_BLOCK = re.compile(r"^```(sh|python|text|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# They run until they are stopped, each in a terminal of its own; the port is where they listen.
_SERVERS = {"make run": "8000", "redis-server": "6379", "rq worker": None, "gunicorn": "8000"}
_DIFFERS = {
    "<id>": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}",
    "<time>": r"\d{4}-\d\d-\d\d(T[\d:.]+[+-]\d\d:\d\d|_\d\d-\d\d-\d\d)",
    "[<process>]": r"\[\d+\]",
    "_ms=<duration>": r"_ms=[\d.]+",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A command or a file of the README; ``shown`` is the output that the next block shows."""

    language: str
    text: str
    shown: str | None = None

    @property
    def server(self) -> str | None:
        """The command's name where it runs until it is stopped."""
        return next((name for name in _SERVERS if name in self.text), None)


def blocks_of(section: str) -> list[Block]:
    """Return the commands and files of a section in order."""
    readme = (CHECKOUT / "README.md").read_text("utf-8")
    _, _, text = readme.partition(f"\n## {section}\n")
    found: list[Block] = []
    for language, content in _BLOCK.findall(text.partition("\n## ")[0]):
        if language in ("sh", "python"):
            found.append(Block(language=language, text=content))
        else:
            found[-1] = Block(language=found[-1].language, text=found[-1].text, shown=content)
    assert found, f"The README has no commands under {section!r}."
    return found


def masked(text: str) -> list[str]:
    """Return the lines without what differs each time; JSON is one line.

    They are sorted, because the two lines of a request come from two processes.
    """
    if text.startswith("{"):
        text = json.dumps(json.loads(text))
    for name, pattern in _DIFFERS.items():
        text = re.sub(pattern, name, text)
    return sorted(text.splitlines())


class Reader:
    """A reader with a fresh copy of the checkout, on ports that are free here."""

    def __init__(self, copy: Path) -> None:
        self.copy = copy
        self._ports = {"8000": free_port(), "6379": free_port()}
        self._servers: dict[str, subprocess.Popen[bytes]] = {}
        self._last: dict[str, Block] = {}
        # Not measured, because the files of the copy are not those of the checkout; and no child
        # of the `make` that may run the tests, because such a one says more.
        self._environment = {
            name: value
            for name, value in environment({"PORT": str(self._ports["8000"])}).items()
            if not name.startswith(("COV", "MAKE", "MFLAGS"))
        }

    def follow(self, section: str) -> None:
        """Do everything that a section says, in order."""
        for block in blocks_of(section):
            if block.language == "python":
                place = block.text.partition("\n")[0].removeprefix("# ")
                (self.copy / place).write_text(block.text, "utf-8")
            elif block.server:
                self._serve(block)
            else:
                self._type(block)
        for text, server in self._servers.items():
            assert server.poll() is None, f"{text}{self.screen(text)}"

    def repeat(self, command: str) -> str:
        """Type a command of the section again and return what it prints."""
        return self._run(self._last[command])

    def screen(self, server: str) -> str:
        """Return what the terminal of a server shows."""
        (number,) = (n for n, text in enumerate(self._servers) if server in text)
        return self._terminal(number).read_text("utf-8")

    def stop(self) -> None:
        """Press Ctrl-C in each terminal, the last one first; leave nothing behind."""
        running = [server for server in self._servers.values() if server.poll() is None]
        below = {server.pid: [*descendants(server.pid)] for server in running}
        try:
            for server in reversed(running):
                _interrupt(server, below[server.pid])
        finally:
            for pid in filter(is_alive, itertools.chain(below, *below.values())):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            for server in running:
                server.wait()

    def _serve(self, block: Block) -> None:
        """Start a server in a terminal of its own and wait until it shows or serves something."""
        terminal = self._terminal(len(self._servers))
        with terminal.open("wb") as screen:
            server = subprocess.Popen(
                ["bash", "-c", f"exec env {self._here(block.text)}"],
                cwd=self.copy,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=screen,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._servers[block.text] = server
        port = _SERVERS[block.server or ""]
        eventually(
            lambda: server.poll() is not None or port is None or _is_open(self._ports[port]),
            within_s=READY_WITHIN_S,
            what=f"{block.text}listens",
        )
        self._compare(block, lambda: terminal.read_text("utf-8"))

    def _type(self, block: Block) -> None:
        """Type a command and look at what it prints."""
        self._last[block.text.split()[0]] = block
        if block.shown is None:
            self._run(block)
        self._compare(block, lambda: self._run(block))

    def _compare(self, block: Block, read: Callable[[], str]) -> None:
        """Fail unless the README shows what is printed, soon if not at once."""
        if block.shown is None:
            return
        shown = masked(self._here(block.shown))
        deadline = time.monotonic() + TOLD_WITHIN_S
        while masked(printed := _soon(read)) != shown:
            assert time.monotonic() < deadline, f"{block.text}does not print that, but:\n{printed}"
            time.sleep(0.1)

    def _run(self, block: Block) -> str:
        """Run a command to its end, keep the variables it sets, and return what it prints."""
        kept = self.copy / "variables"
        done = subprocess.run(
            ["bash", "-eac", f"{self._here(block.text)}\nenv -0 > {kept.name}"],
            cwd=self.copy,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=ANSWERED_WITHIN_S,
            check=False,
        )
        assert done.returncode == 0, f"{block.text}{done.stderr}"
        pairs = kept.read_text("utf-8").strip("\0").split("\0")
        self._environment = dict(pair.split("=", 1) for pair in pairs)
        return done.stdout

    def _here(self, text: str) -> str:
        """Return a text of the README with the ports that are free here."""
        return re.sub("|".join(self._ports), lambda port: str(self._ports[port[0]]), text)

    def _terminal(self, number: int) -> Path:
        return self.copy / f"terminal {number}"


def _soon(read: Callable[[], str]) -> str:
    """Return what is printed, or how the command fails, as it does before there is a file."""
    try:
        return read()
    except AssertionError as failure:
        return str(failure)


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _interrupt(server: subprocess.Popen[bytes], below: list[int]) -> None:
    """Press Ctrl-C and wait until the server and all below it have ended."""
    os.killpg(server.pid, signal.SIGINT)
    eventually(
        lambda: server.poll() is not None and not any(map(is_alive, below)),
        within_s=STOPPED_WITHIN_S,
        what=f"the end of {server.args!r}",
    )
