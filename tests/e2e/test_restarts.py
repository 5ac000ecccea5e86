import os
import signal

import pytest

from tests.e2e.conftest import Start
from tests.e2e.gateway import ENDED_WITHIN_S, Gateway, eventually, is_alive, parent_of

RECOVERED_WITHIN_S = 20

# The word in their command lines, how many there are, and which of them is killed, parents first.
PARTS = {
    "gunicorn worker": ("gunicorn", 3, -1),
    "gunicorn master": ("gunicorn", 3, 0),
    "RQ worker": ("rq.cli", 3, -1),
    "Redis": ("-server", 1, 0),
}


@pytest.mark.parametrize("part", PARTS)
def test_a_killed_part_comes_back(gateway: Gateway, part: str) -> None:
    """Whatever is killed is started again, jobs run as before, and the log tells of it."""
    word, count, index = PARTS[part]
    eventually(lambda: len(_parts(gateway, word)) == count, within_s=15, what="all parts run")
    victim = _parts(gateway, word)[index]
    lines = len(gateway.log.splitlines())
    os.kill(victim, signal.SIGKILL)
    eventually(lambda: not is_alive(victim), within_s=15, what="the end of the part")
    eventually(
        lambda: len(_parts(gateway, word)) == count and gateway.serves(),
        within_s=RECOVERED_WITHIN_S,
        what=f"{part} is back",
    )
    told = "\n".join(gateway.log.splitlines()[lines:])
    assert "a part ended and is restarted" in told or f"(pid:{victim})" in told


def _parts(gateway: Gateway, word: str) -> list[int]:
    """Return the processes of a part, without those in which RQ workers run their jobs."""
    pids = list(gateway.parts(word))
    return [pid for pid in pids if word != "rq.cli" or parent_of(pid) not in pids]


def test_jobs_survive_the_end_of_redis(gateway: Gateway) -> None:
    """What was stored a second before the server is killed is there after its restart."""
    job = gateway.send("/run", {"kept": True}).body["job_id"]
    (server,) = gateway.parts("-server")
    eventually(lambda: _is_on_disk(gateway, str(job)), within_s=15, what="the job is on disk")
    os.kill(server, signal.SIGKILL)
    eventually(gateway.serves, within_s=RECOVERED_WITHIN_S, what="Redis is back")
    assert gateway.send(f"/jobs/{job}", method="GET").status == 200


def _is_on_disk(gateway: Gateway, job: str) -> bool:
    files = (gateway.home / "instance" / "redis" / "appendonlydir").iterdir()
    return any(job.encode() in path.read_bytes() for path in files)


@pytest.mark.parametrize("victim", ["launcher", "supervisor"])
def test_a_killed_parent_leaves_nothing(start: Start, victim: str) -> None:
    """When a parent is killed and cannot tell anybody, every process below it ends by itself."""
    gateway = start().wait_until_ready()
    launcher, (supervisor, *rest) = gateway.process.pid, gateway.parts("")
    os.kill(launcher if victim == "launcher" else supervisor, signal.SIGKILL)
    assert gateway.process.wait(timeout=ENDED_WITHIN_S) != 0
    everybody = [supervisor, *rest]
    eventually(
        lambda: not any(map(is_alive, everybody)), within_s=ENDED_WITHIN_S, what="all have ended"
    )


def test_it_starts_again_where_it_was_killed(start: Start) -> None:
    """After a power cut, which leaves stale files behind, the next start works."""
    first = start().wait_until_ready()
    first.destroy()
    assert start().wait_until_ready().serves()
