"""Where the keys come from: the settings, or a file that the first start makes."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from alerting.errors import InvalidSettings
from tasks.catalog.echo import echo
from tasks.errors import UnknownSealKey
from tasks.payload_keys import open_keys, rotate_keys
from tasks.queue import open_queue
from tasks.sealing import KeyRing
from tasks.settings import TasksSettings
from tests.redis_process import RedisProcess
from tests.tasks.conftest import queue_on
from tests.tasks.test_queue_contract import submit
from tests.tasks.worker_process import OURS, ended_rq, worker

KEY = "0123456789abcdef" * 4


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test a home of its own, without keys."""
    monkeypatch.setenv("PIIGATE_HOME", str(tmp_path))
    monkeypatch.delenv("PAYLOAD_KEYS")
    return tmp_path


def ring() -> KeyRing:
    """Return the keys as a process that starts now has them."""
    return open_keys(TasksSettings.load())


def test_first_start_makes_a_key_for_all(home: Path) -> None:
    """Processes that start at the same time share one private key."""
    with ThreadPoolExecutor(8) as pool:
        ids = {one.ids for one in pool.map(lambda _: ring(), range(8))}

    assert len(ids) == 1
    assert (home / "instance" / "payload_keys").stat().st_mode & 0o777 == 0o600


def test_given_keys_need_no_file(home: Path) -> None:
    """With PAYLOAD_KEYS nothing is made, and its first key seals."""
    keys = open_keys(TasksSettings.load(payload_keys=f"{KEY} {KEY[::-1]}"))

    assert keys.ids[0] == open_keys(TasksSettings.load(payload_keys=KEY)).ids[0]
    assert len(keys.ids) == 2
    assert not (home / "instance").exists()


def test_faults_of_given_keys_are_those_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A malformed PAYLOAD_KEYS stops the start, named with its fault and without a key."""
    monkeypatch.setenv("PAYLOAD_KEYS", f"{KEY} {KEY} tooshort")

    with pytest.raises(InvalidSettings) as caught:
        TasksSettings.load()

    (fault,) = caught.value.faults
    assert fault.startswith("PAYLOAD_KEYS: ")
    assert "key 2 repeats an earlier one" in fault
    assert "key 3 is not 64 hexadecimal digits" in fault
    assert KEY not in fault
    assert "tooshort" not in fault


def test_keys_are_masked_where_settings_are_shown() -> None:
    """The settings' own repr shows no key."""
    assert KEY not in repr(TasksSettings.load(payload_keys=KEY))


def test_damaged_file_stops_the_start(home: Path) -> None:
    """A file with something else in it is not sealed with, and the message names it."""
    (home / "instance").mkdir()
    (home / "instance" / "payload_keys").write_text(f"{KEY}\n# a remark\n")

    with pytest.raises(InvalidSettings, match="PAYLOAD_KEYS: instance/payload_keys: key 2 is not"):
        ring()


def test_rotation_adds_a_key_that_running_processes_learn(home: Path) -> None:
    """What is sealed after a rotation opens in processes that began before, and the other way."""
    before = ring()
    old = before.seal(b"old", ())

    rotate_keys()
    after = ring()
    new = after.seal(b"new", ())

    assert after.ids[1:] == before.ids
    assert after.open(old, ()) == b"old"
    assert before.open(new, ()) == b"new"
    assert before.ids == after.ids
    assert (home / "instance" / "payload_keys").stat().st_mode & 0o777 == 0o600


def test_rotation_makes_the_first_file_too() -> None:
    """Where there was no key yet, there are two then."""
    rotate_keys()

    assert len(ring().ids) == 2


def test_rotations_at_the_same_time_lose_no_key(home: Path) -> None:
    """Each of several rotations adds its key, and leaves nothing else behind."""
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(rotate_keys) for _ in range(8)]:
            done.result()

    assert len(ring().ids) == 9
    assert [entry.name for entry in (home / "instance").iterdir()] == ["payload_keys"]


def test_file_that_is_gone_leaves_a_process_its_keys(home: Path) -> None:
    """A process goes on with the keys that it has when the file is lost or becomes unreadable."""
    keys = ring()
    sealed = keys.seal(b"text", ())
    foreign = open_keys(TasksSettings.load(payload_keys=KEY)).seal(b"text", ())

    for damage in (Path.unlink, lambda path: path.write_text("not a key")):
        damage(home / "instance" / "payload_keys")
        with pytest.raises(UnknownSealKey):
            keys.open(foreign, ())
        assert keys.open(sealed, ()) == b"text"


def test_gateway_and_worker_share_the_file_through_a_rotation(
    own_redis: RedisProcess, home: Path
) -> None:
    """Without any setting both have the same keys, those that came while they ran included."""
    queue = queue_on(own_redis)
    with worker(*OURS, server=own_redis, home=home):
        before = queue.wait(submit(queue, echo, "before"), timeout_s=10)
        rotate_keys()
        restarted = queue_on(own_redis)
        job_id = submit(restarted, echo, "after")

        assert before.result == "before"
        assert restarted.wait(job_id, timeout_s=10).result == "after"
        assert queue.fetch(job_id).result == "after"


def test_worker_takes_its_keys_from_its_settings(
    own_redis: RedisProcess, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker opens with any key of PAYLOAD_KEYS, and seals with its first."""
    gateway = open_queue(
        TasksSettings.load(redis_url=own_redis.url, payload_keys=f"{KEY} {KEY[::-1]}")
    )
    monkeypatch.setenv("PAYLOAD_KEYS", f"{KEY[::-1]}\n{KEY}")

    with worker(*OURS, server=own_redis, home=home):
        assert gateway.wait(submit(gateway, echo, 1), timeout_s=10).result == 1
    assert not (home / "instance").exists()


def test_worker_does_not_start_with_faulty_keys(
    own_redis: RedisProcess, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker whose keys are malformed says so and ends, before it takes a job."""
    monkeypatch.setenv("PAYLOAD_KEYS", "secret")

    done = ended_rq("worker", *OURS, server=own_redis, home=home)

    assert done.returncode == 1
    assert "PAYLOAD_KEYS" in done.stderr
    assert "secret" not in done.stdout + done.stderr
