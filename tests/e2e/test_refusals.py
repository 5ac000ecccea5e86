import socket

import pytest

from tests.e2e.conftest import Start
from tests.e2e.gateway import Gateway, free_port

REFUSED_WITHIN_S = 15


def _refusal(gateway: Gateway) -> list[str]:
    """Return the lines a person reads; nothing may run any more by then."""
    assert gateway.process.wait(timeout=REFUSED_WITHIN_S) == 1
    assert gateway.parts("") == []
    return gateway.output.splitlines()


def test_a_taken_port_is_one_line(start: Start) -> None:
    """A port that another program holds ends the start with one line that names it."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        (line,) = _refusal(start(PORT=str(port)))
    assert f"Cannot listen on 127.0.0.1 port {port}" in line


def test_an_unreachable_redis_is_one_line_without_its_password(start: Start) -> None:
    """A REDIS_URL where nothing answers ends the start; the line shows the place only."""
    port = free_port()
    (line,) = _refusal(start(REDIS_URL=f"redis://user:hunter2@127.0.0.1:{port}/0"))
    assert f"redis://127.0.0.1:{port}" in line
    assert "hunter2" not in line


def test_a_folder_without_room_for_reports_is_one_line(start: Start) -> None:
    """Where no alert could be recorded, no payload would be run, so the start ends at once."""
    (line,) = _refusal(start(ERROR_REPORTS="/dev/null/reports"))
    assert "/dev/null/reports" in line
    assert "ERROR_REPORTS" in line


def test_all_bad_settings_are_named_at_once(start: Start) -> None:
    """Every fault in the settings has its line."""
    lines = _refusal(start(WORKERS="none", WEB_PROCESSES="0"))
    assert [name for name in ("WORKERS", "WEB_PROCESSES") if name not in "\n".join(lines)] == []
    assert len(lines) == 3


def test_another_address_needs_a_token(start: Start) -> None:
    """Where others could reach it, there is no development token and no start without one."""
    lines = _refusal(start(HOST="0.0.0.0"))
    assert len(lines) == 1
    assert "token" in lines[0]
    assert "Secret123" not in lines[0]


def test_two_on_one_home_are_refused(start: Start) -> None:
    """A second start on the same data is refused, and the first goes on."""
    first = start().wait_until_ready()
    (line,) = _refusal(start())
    assert "already runs" in line
    assert first.serves()


@pytest.mark.parametrize("folder", ["x" * 90])
def test_a_home_too_deep_for_a_socket_is_one_line(
    start: Start, folder: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A path that no socket can have ends the start with what to do."""
    home = tmp_path_factory.mktemp("deep") / folder
    home.mkdir()
    (line,) = _refusal(start(PIIGATE_HOME=str(home)))
    assert "PIIGATE_HOME" in line
