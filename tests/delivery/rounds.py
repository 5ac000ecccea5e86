"""Rounds of the kill table: hold jobs at every step, kill, and see what becomes of each request."""

import signal
import time
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import redis

from tests.delivery.hold import OPENING, QUEUED, RUNNING, STEPS
from tests.delivery.system import WORKERS, System, any_alive, kill
from tests.e2e.gateway import eventually

TASKS = {"note-again": True, "note": False}
"""The tasks, and whether each is idempotent."""
FROZEN_S = 8
FROZEN_AT_ONCE = 4
_HELD_WITHIN_S = 40
_ANSWERED_WITHIN_S = 60
_ENDS = {"finished", "failed", "timed-out", "canceled"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What became of one accepted request."""

    victim: str
    step: str
    is_idempotent: bool
    status: str
    runs: int
    recovery_s: float

    @property
    def is_broken(self) -> bool:
        """Whether what docs/delivery.md promises of the request was not kept."""
        if self.status not in _ENDS:
            return True
        if self.is_idempotent:
            return self.runs < 1
        return self.runs > 1 or (self.status == "finished" and self.runs != 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """Requests whose jobs are held at the same time."""

    system: System
    name: str

    @property
    def folder(self) -> Path:
        return self.system.home / self.name

    @classmethod
    def of(cls, system: System) -> "_Batch":
        batch = cls(system=system, name=f"batch-{uuid.uuid4().hex[:8]}")
        (batch.folder / "held").mkdir(parents=True)
        (batch.folder / "told").mkdir()
        return batch

    def held(self) -> list[tuple[int, int]]:
        """Return the worker and the job's process of each job that is held."""
        paths = (self.folder / "held").iterdir()
        return [(int(one[0]), int(one[1])) for one in (path.read_text().split() for path in paths)]

    def release(self) -> None:
        (self.folder / "released").touch()

    def runs(self) -> Counter[str]:
        path = self.folder / "runs"
        return Counter(path.read_text().split() if path.exists() else [])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    job_id: str
    status: str
    at: float


def kill_worker(batch: _Batch) -> None:
    """Kill the workers; the jobs' processes die with them."""
    held = batch.held()
    for worker, _ in held:
        kill(worker, signal.SIGKILL)
    pids = [pid for pair in held for pid in pair]
    _await(lambda: not any_alive(pids), "all are dead")
    batch.release()


def kill_horse(batch: _Batch) -> None:
    """Kill the processes in which the jobs run."""
    for _, horse in batch.held():
        kill(horse, signal.SIGKILL)
    batch.release()


def kill_gateway(batch: _Batch) -> None:
    """Kill every process that answers requests."""
    for pid in batch.system.gateway_processes:
        kill(pid, signal.SIGKILL)
    batch.release()


def kill_redis(batch: _Batch) -> None:
    """Kill Redis and start it again, as a supervisor does."""
    batch.system.redis.kill()
    batch.release()
    batch.system.redis.start()


def freeze_worker(batch: _Batch) -> None:
    """Stop the workers and their jobs' processes for a while, as a frozen machine does."""
    pids = [pid for pair in batch.held() for pid in pair]
    for pid in pids:
        kill(pid, signal.SIGSTOP)
    time.sleep(FROZEN_S)
    batch.release()
    for pid in pids:
        kill(pid, signal.SIGCONT)


VICTIMS: dict[str, Callable[[_Batch], None]] = {
    "worker": kill_worker,
    "job's process": kill_horse,
    "gunicorn process": kill_gateway,
    "Redis": kill_redis,
}
FROZEN = f"worker frozen {FROZEN_S} s"


def rounds(system: System, victim: str, *, in_streaks: bool) -> list[Seen]:
    """Kill the victim while a job of each task is held at each step.

    The workers hand the jobs to their processes, or these take them themselves ``in_streaks``.
    """
    opened = _open_streaks(system) if in_streaks else None
    return _run(system, victim, VICTIMS[victim], STEPS, opened)


def frozen_rounds(system: System, count: int, *, in_streaks: bool) -> list[Seen]:
    """Freeze as many workers of each task while their jobs run; others must be left."""
    opened = _open_streaks(system) if in_streaks else None
    return _run(system, FROZEN, freeze_worker, (RUNNING,) * count, opened)


def _open_streaks(system: System) -> set[tuple[int, int]]:
    """Let the process of every worker wait for a job itself; return workers and processes."""
    batch = _Batch.of(system)
    with ThreadPoolExecutor(WORKERS) as pool, _released(batch):
        for _ in range(WORKERS):
            pool.submit(_ask, batch, OPENING, "note-again")
        _await(lambda: len(batch.held()) == WORKERS, "every worker is held")
        batch.release()
    with system.redis.client() as client:
        _await(lambda: _waiting(client) == WORKERS, "every process waits")
    return set(batch.held())


def _waiting(client: redis.Redis) -> int:
    return sum(one["cmd"] == "blmove" and "b" in one["flags"] for one in client.client_list())


def _await(condition: Callable[[], bool], what: str) -> None:
    eventually(condition, within_s=_HELD_WITHIN_S, what=what)


def _run(
    system: System,
    victim: str,
    strike: Callable[[_Batch], None],
    steps: tuple[str, ...],
    opened: set[tuple[int, int]] | None,
) -> list[Seen]:
    batch = _Batch.of(system)
    # Those that stay in the queue come last: by then every worker is held with another.
    in_order = sorted(steps, key=lambda step: step == QUEUED)
    wanted = [(step, task) for step in in_order for task in TASKS]
    held = [one for one in wanted if one[0] != QUEUED]
    with ThreadPoolExecutor(len(wanted)) as pool, _released(batch):
        asked = [pool.submit(_ask, batch, *one) for one in held]
        _await(lambda: len(batch.held()) == len(held), "all are held")
        assert opened is None or opened.issuperset(batch.held()), "one was not taken in a streak"
        asked += [pool.submit(_ask, batch, *one) for one in wanted[len(held) :]]
        with system.redis.client() as client:
            _await(
                lambda: client.llen("rq:queue:default") >= len(wanted) - len(held),
                "the others are queued",
            )
        begin = time.monotonic()
        strike(batch)
        ended = [one.result() for one in asked]
    runs = batch.runs()
    return [
        Seen(
            victim=victim,
            step=step,
            is_idempotent=TASKS[task],
            status=one.status,
            runs=runs[one.job_id],
            recovery_s=max(0.0, one.at - begin),
        )
        for (step, task), one in zip(wanted, ended, strict=True)
    ]


class _released(AbstractContextManager[None]):  # noqa: N801 - as contextlib names its own
    """Leave no job held, whatever happens."""

    def __init__(self, batch: _Batch) -> None:
        self._batch = batch

    def __exit__(self, *_: object) -> None:
        self._batch.release()


def _ask(batch: _Batch, step: str, task: str) -> _Ended:
    """Ask as a careful client does: again with the same key, until the job has an end."""
    key = uuid.uuid4().hex
    payload = {"batch": batch.name, "step": step}
    deadline = time.monotonic() + _ANSWERED_WITHIN_S
    job_id = ""
    status = "unknown"
    while status not in _ENDS and time.monotonic() < deadline:
        if job_id:
            body = batch.system.send(f"/jobs/{job_id}?wait=5").body
        else:
            answer = batch.system.send(f"/run/{task}", payload, key=key)
            assert answer.status not in {400, 401, 403, 404, 422}, answer
            body = answer.body
        job_id = job_id or str(body.get("job_id") or "")
        status = str(body.get("status"))
        time.sleep(0.05)
    return _Ended(job_id=job_id, status=status, at=time.monotonic())
