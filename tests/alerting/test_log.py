"""The log: one line per event, nothing personal in it, no line lost."""

import json
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import warnings
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from alerting import log
from alerting.errors import InvalidSettings
from alerting.log_file import LogFile
from alerting.log_format import TextFormatter
from alerting.log_safety import MAX_CHARS
from alerting.masking import Masked
from alerting.settings import AlertingSettings
from tests.alerting.conftest import ReadLog

LOGGER = logging.getLogger("piigate.tests")

# A process forks again and again while a thread of it logs; each child logs one line.
FORKS = """
import logging, os, sys, threading
from pathlib import Path
from alerting import log
from alerting.settings import AlertingSettings

log.configure(AlertingSettings.load(log_file=Path(sys.argv[1])), stderr=False)
logger = logging.getLogger("forks")
log.event(logger, "ready")

def talk():
    while True:
        log.event(logger, "parent")

threading.Thread(target=talk, daemon=True).start()
for _ in range(25):
    if os.fork() == 0:
        log.event(logger, "child")
        os._exit(0)
for _ in range(25):
    os.wait()
os._exit(0)
"""

# Two processes of the same settings each fork two more, and all six log at once.
WRITERS = """
import logging, os, sys
from pathlib import Path
from alerting import log
from alerting.settings import AlertingSettings

name, lines, home = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
settings = AlertingSettings.load(log_file=home / "app.log", log_max_bytes=10_000, log_backups=900)
log.configure(settings, stderr=False)
logger = logging.getLogger("writer")
log.event(logger, "ready", line=f"{name}-start")
children = [f"{name}{letter}" for letter in "xy"]
for child in children:
    if os.fork() == 0:
        name, children = child, []
        break
for number in range(lines):
    log.event(logger, "counted", line=f"{name}-{number}")
for child in children:
    assert os.wait()[1] == 0
"""

# Logs more than the system lets it write, and goes on.
ON_A_SMALL_DISK = """
import logging, resource, sys
from pathlib import Path
from alerting import log
from alerting.settings import AlertingSettings

log.configure(AlertingSettings.load(log_file=Path(sys.argv[1]) / "app.log"), stderr=False)
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))
for number in range(50):
    log.event(logging.getLogger("writer"), "counted", mail="ann@example.com", number=number)
print("done")
"""


def raise_chain() -> None:
    """Raise an exception with a cause, both quoting personal data over several lines."""
    try:
        Path("/nowhere/ann@example.com").read_text(encoding="utf-8")
    except OSError as error:
        raise ValueError("secret value\nof ann@example.com") from error


def test_an_event_is_one_line_for_people(read_log: ReadLog) -> None:
    """Local time with offset, level, logger and process, message and fields, in that order."""
    log.event(LOGGER, "request", request_id="r1", status=200, duration_ms=1.5, kinds=("a", "b"))
    (line,) = read_log()
    time, rest = line.split(" ", 1)
    assert datetime.fromisoformat(time).utcoffset() == datetime.now().astimezone().utcoffset()
    assert re.sub(r"\[\d+\]", "[1]", rest) == (
        "INFO    piigate.tests[1] request request_id=r1 status=200 duration_ms=1.5 kinds=a,b"
    )


def test_a_line_may_be_put_into_words_before_its_time(read_log: ReadLog) -> None:
    """It is logged when it has happened, as it was then; what never happened is not logged."""
    happened = log.prepared(LOGGER, "job", caller="ann", result="of test@example.com")
    log.prepared(LOGGER, "job that was lost")
    log.prepared(LOGGER, "job that nobody wants to know of", level=logging.DEBUG)()
    log.event(LOGGER, "between")

    happened()

    between, line = read_log()
    assert "between" in between
    assert line.endswith('job caller=ann result="of t***@e***.com"')


@pytest.mark.usefixtures("clean_logging")
def test_a_prepared_line_is_logged_wherever_others_are(
    settings: AlertingSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where it goes to no file."""
    log.configure(settings, stderr=True)

    log.prepared(LOGGER, "job", result=Masked("done"))()

    assert capsys.readouterr().err.endswith("job result=done\n")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("plain/route-1", "plain/route-1"),
        ("two words", '"two words"'),
        ("", '""'),
        ("a=b", '"a=b"'),
        ('say "x"', r'"say \"x\""'),
        ("back\\slash", r'"back\\slash"'),
        ("one\ntwo", r'"one\ntwo"'),
        ("\u2028\x1b[31m\u202e\ud800", r'"\u2028\x1b[31m\u202e\ud800"'),
        ("пошта", "пошта"),
        (True, "true"),
        ({"a": [1, None]}, r'"{\"a\":[1,null]}"'),
        (FileNotFoundError(2, "x"), '"FileNotFoundError ENOENT"'),
        (KeyError("x"), "KeyError"),
    ],
)
def test_values_are_quoted_so_that_they_end_where_they_end(
    read_log: ReadLog, value: object, shown: str
) -> None:
    """A value with spaces, quotes or control characters is quoted and escaped."""
    log.event(LOGGER, "happened", value=value, status=1)
    assert read_log()[0].endswith(f" happened value={shown} status=1")


def test_facts_that_are_missing_are_left_out(read_log: ReadLog) -> None:
    """None and the empty tuple make no field, zero and false do."""
    log.event(LOGGER, "happened", alert_id=None, kinds=(), status=0, ok=False)
    assert read_log()[0].endswith(" happened status=0 ok=false")


@given(text=st.text(st.characters(exclude_categories=())))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_can_forge_a_line(read_log: ReadLog, text: str) -> None:
    """Whatever a client sends, in a field or in somebody's message, stays on one line."""
    before = len(read_log())
    log.event(LOGGER, "happened", value=text)
    LOGGER.warning("got %s", text)
    after = read_log()
    assert len(after) == before + 2
    assert all(line.isprintable() for line in after)


def test_personal_values_are_masked_in_messages_and_fields(read_log: ReadLog) -> None:
    """The last defence masks what callers did not, and leaves our own ids alone."""
    number = "380671234567"
    log.event(LOGGER, "from ann@example.com", job_id=number, route=f"/x/+{number}")
    LOGGER.info("to %s", {"mail": "bob@example.com"})
    shown = "\n".join(read_log())
    assert f"job_id={number} " in shown
    assert f"+{number}" not in shown
    assert "ann@" not in shown
    assert "bob@" not in shown


def test_what_was_masked_already_vouches_for_no_other_text(read_log: ReadLog) -> None:
    """A text is searched although one that equals it needed no search, in a line before."""
    log.event(LOGGER, "job", result=Masked("ann@example.com"))
    log.event(LOGGER, "job", result="ann@example.com")
    told, searched = read_log()
    assert told.endswith("result=ann@example.com")
    assert searched.endswith("result=a***@e***.com")


def test_numbers_of_the_configured_regions_are_masked(
    settings: AlertingSettings, read_log: ReadLog
) -> None:
    """What an installation takes for a personal value does not stand in its log either."""
    log.event(LOGGER, "before", note="601 234 567")
    log.configure(settings.model_copy(update={"detect_regions": ("PL",)}), stderr=False)
    log.event(LOGGER, "after", note="601 234 567", notes=("or 22 123 45 67",))
    before, after = read_log()
    assert before.endswith('note="601 234 567"')
    assert after.endswith('note=***67 notes="or ***67"')


def test_a_huge_value_is_cut_without_showing_a_half_value(read_log: ReadLog) -> None:
    """A long result is cut, the cut is told, and a value across the cut is masked or gone."""
    for before in range(MAX_CHARS - 30, MAX_CHARS + 2, 4):
        text = "x " * (before // 2) + "firstname.lastname@example.com" + " y" * 2000
        log.event(LOGGER, "result", result=text)
    lines = read_log()
    assert len(lines) == 8
    for line in lines:
        assert re.search(r"… \(\d+ more characters\)\"$", line)
        assert "name" not in line.partition("result=")[2]
        assert len(line) < MAX_CHARS + 200


def test_an_exception_shows_types_and_frames_but_no_message(read_log: ReadLog) -> None:
    """An exception and its cause are told on one line, by what they are and where."""
    try:
        raise_chain()
    except ValueError as error:
        log.event(LOGGER, "failed", level=logging.ERROR, error=error)
        LOGGER.exception("failed: %s", error)  # noqa: TRY401 - what careless code does
        LOGGER.error(error)  # noqa: TRY400
    told, logged, bare = read_log()
    assert " ERROR   piigate.tests[" in told
    assert re.search(
        r' failed error="ValueError at alerting/test_log\.py:\d+ test_\w+ > '
        r"alerting/test_log\.py:\d+ raise_chain; "
        r'from FileNotFoundError ENOENT at alerting/test_log\.py:\d+ raise_chain > .+"$',
        told,
    )
    assert " failed: ValueError error=" in logged
    assert bare.endswith("] ValueError")
    assert not any("secret" in line or "ann@" in line for line in (told, logged, bare))


def test_causes_that_go_in_a_circle_end(read_log: ReadLog) -> None:
    """An exception that causes itself in the end, and one never raised, are told."""
    first, second = ValueError("x"), TypeError("y")
    first.__cause__, second.__cause__ = second, first
    log.event(LOGGER, "failed", error=first)
    assert read_log()[0].endswith('error="ValueError at no frame; from TypeError at no frame"')


def test_a_traceback_inside_a_message_is_left_out(read_log: ReadLog) -> None:
    """What a library formats into its message after a traceback's first line is not shown."""
    LOGGER.error("job %s failed\n%s", 7, "Traceback (most recent call last):\n  secret")
    assert read_log()[0].endswith("] job 7 failed")


def test_what_others_attach_to_a_record_is_not_logged(settings: AlertingSettings) -> None:
    """Fields that a library attaches may hold a payload: neither format shows them."""
    for form in ("text", "ecs"):
        path = settings.error_reports / f"{form}.log"
        log.configure(AlertingSettings.load(log_format=form, log_file=path), stderr=False)
        LOGGER.error("failed", extra={"arguments": ("secret",), "kwargs": {"x": "secret"}})
        assert "failed" in path.read_text(encoding="utf-8")
        assert "secret" not in path.read_text(encoding="utf-8")


def test_a_malformed_call_is_still_logged() -> None:
    """When arguments do not fit the message, the message alone is logged."""
    record = LOGGER.makeRecord("x", logging.INFO, "x.py", 1, "%d of %s", ("x",), None)
    assert TextFormatter().format(record).endswith("] %d of %s")


@pytest.mark.usefixtures("clean_logging")
def test_ecs_names_every_field_by_the_schema(settings: AlertingSettings) -> None:
    """With ``LOG_FORMAT=ecs`` a line is one document of the Elastic Common Schema."""
    log.configure(settings.model_copy(update={"log_format": "ecs"}), stderr=False)
    log.event(
        LOGGER,
        "request",
        request_id="r1",
        method="POST",
        route="/run",
        caller="dev",
        task="echo",
        status=200,
        duration_ms=1.5,
        kinds=("email", "phone"),
        reason="to ann@example.com\n",
        result={"n": 1},
    )
    assert settings.log_file
    document = json.loads(settings.log_file.read_text(encoding="utf-8"))
    assert datetime.fromisoformat(document.pop("@timestamp")).tzinfo
    assert document.pop("ecs.version")
    assert document.pop("process")["pid"]
    assert document == {
        "log.level": "info",
        "log": {"logger": "piigate.tests"},
        "message": "request",
        "service": {"name": "piigate"},
        "http": {"request": {"id": "r1", "method": "POST"}, "response": {"status_code": 200}},
        "event": {"duration": 1_500_000, "reason": "to a***@e***.com\n"},
        "user": {"name": "dev"},
        "piigate": {
            "route": "/run",
            "task": "echo",
            "kinds": ["email", "phone"],
            "result": '{"n":1}',
        },
    }


@pytest.mark.usefixtures("clean_logging")
def test_ecs_tells_exceptions_and_the_status_of_jobs(settings: AlertingSettings) -> None:
    """An exception has type and frames; a status that is no HTTP status is our own field."""
    log.configure(settings.model_copy(update={"log_format": "ecs"}), stderr=False)
    try:
        raise_chain()
    except ValueError as error:
        log.event(LOGGER, "job", error=error, status="failed", duration_ms="unknown")
    assert settings.log_file
    text = settings.log_file.read_text(encoding="utf-8")
    document = json.loads(text)
    assert document["error"]["type"] == "ValueError"
    assert document["error"]["stack_trace"].startswith("ValueError at alerting/test_log.py:")
    assert document["piigate"] == {"status": "failed"}
    assert not any(word in text for word in ("secret", "ann@"))


def test_levels_and_chatty_libraries_are_kept_down(read_log: ReadLog) -> None:
    """Below LOG_LEVEL nothing is logged; lines per job or request of libraries are not either."""
    log.event(LOGGER, "detail", level=logging.DEBUG)
    for name in ("rq.worker", "werkzeug"):
        library = logging.getLogger(name)
        library.setLevel(logging.INFO)  # libraries set the level of their own loggers
        library.info("chat")
        library.warning("trouble")
        library.setLevel(logging.NOTSET)
    assert [line.rpartition(" ")[2] for line in read_log()] == ["trouble", "trouble"]


@pytest.mark.usefixtures("clean_logging")
def test_warnings_are_logged(settings: AlertingSettings) -> None:
    """A Python warning becomes a line of the log."""
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        log.configure(settings, stderr=False)
        warnings.warn("soon gone", DeprecationWarning, stacklevel=1)
    assert settings.log_file
    (line,) = settings.log_file.read_text(encoding="utf-8").splitlines()
    assert " WARNING py.warnings[" in line
    assert "DeprecationWarning: soon gone" in line


def test_configuring_again_replaces_our_handlers_only(
    settings: AlertingSettings, read_log: ReadLog
) -> None:
    """A second call doubles no line and leaves other people's handlers alone."""
    other = logging.NullHandler()
    other.name = "somebody's"
    logging.getLogger().addHandler(other)
    log.configure(settings, stderr=False)
    log.event(LOGGER, "once")
    assert len(read_log()) == 1
    assert other in logging.getLogger().handlers


def test_file_that_somebody_took_away_is_made_anew(
    settings: AlertingSettings, read_log: ReadLog
) -> None:
    """A line goes to the file that has the name, not to the one that had it."""
    path = settings.log_file
    assert path
    log.event(LOGGER, "first")
    log.event(LOGGER, "second")
    path.rename(path.with_suffix(".old"))
    log.event(LOGGER, "third")
    log.event(LOGGER, "fourth")
    assert [line.rpartition(" ")[2] for line in read_log()] == ["third", "fourth"]
    path.unlink()
    path.write_text("", encoding="utf-8")
    log.event(LOGGER, "fifth")
    assert [line.rpartition(" ")[2] for line in read_log()] == ["fifth"]
    old = path.with_suffix(".old").read_text(encoding="utf-8")
    assert [line.rpartition(" ")[2] for line in old.splitlines()] == ["first", "second"]


def test_line_after_the_end_reaches_the_file(settings: AlertingSettings, read_log: ReadLog) -> None:
    """Whoever still holds a handler that was closed writes no line where it does not belong."""
    log.event(LOGGER, "first")
    (handler,) = (one for one in logging.getLogger().handlers if isinstance(one, LogFile))
    handler.close()
    assert settings.log_file
    with settings.log_file.with_name("other").open("w", encoding="utf-8") as other:
        log.event(LOGGER, "late")
        assert Path(other.name).stat().st_size == 0
    assert [line.rpartition(" ")[2] for line in read_log()] == ["first", "late"]


@pytest.mark.usefixtures("clean_logging")
def test_stderr_is_used_when_asked_or_when_there_is_no_file(
    settings: AlertingSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    """``LOG_FILE=-`` logs to stderr only; asked for, stderr gets the lines as well."""
    log.configure(settings, stderr=True)
    log.event(LOGGER, "both")
    log.configure(settings.model_copy(update={"log_file": None}), stderr=False)
    log.event(LOGGER, "alone")
    lines = capsys.readouterr().err.splitlines()
    assert [line.rpartition(" ")[2] for line in lines] == ["both", "alone"]
    assert settings.log_file
    assert "alone" not in settings.log_file.read_text(encoding="utf-8")


@pytest.mark.usefixtures("clean_logging")
def test_a_log_file_that_cannot_be_opened_stops_the_start(settings: AlertingSettings) -> None:
    """The setting is named with the reason, and the log stays as it was."""
    before = list(logging.getLogger().handlers)
    blocked = settings.model_copy(update={"log_file": Path("/dev/null/app.log")})
    with pytest.raises(InvalidSettings, match=r"LOG_FILE: /dev/null/app\.log cannot be opened: "):
        log.configure(blocked, stderr=False)
    assert logging.getLogger().handlers == before


def test_a_log_folder_that_vanishes_is_told_and_waited_for(
    settings: AlertingSettings, read_log: ReadLog, capsys: pytest.CaptureFixture[str]
) -> None:
    """Losing the folder stops nothing and is told once; when it is back, lines are written."""
    assert settings.log_file
    shutil.rmtree(settings.log_file.parent)
    for _ in range(2):
        log.event(LOGGER, "lost", caller="ann@example.com")
    path = settings.log_file
    told = f"piigate: log lines are lost, {path} fails: FileNotFoundError ENOENT\n"
    assert capsys.readouterr().err.endswith(told)
    path.parent.mkdir()
    log.event(LOGGER, "back")
    assert len(read_log()) == 1


def test_a_log_that_cannot_be_written_is_told_once(tmp_path: Path) -> None:
    """On a full disk the work goes on; stderr tells it once and shows no record."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", ON_A_SMALL_DISK, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout == "done\n"
    path = tmp_path / "app.log"
    told = [line for line in done.stderr.splitlines() if line.startswith("piigate")]
    assert told == [f"piigate: log lines are lost, {path} fails: OSError EFBIG"]
    assert "ann@" not in done.stderr
    assert path.stat().st_mode & 0o777 == 0o640


def test_processes_share_and_rotate_the_log_without_losing_a_line(tmp_path: Path) -> None:
    """Six processes, four of them forked, rotate one small log: each line is there once."""
    lines = 150
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITERS, name, str(lines), str(tmp_path)])
        for name in "ab"
    ]
    assert [writer.wait(timeout=120) for writer in writers] == [0, 0]
    logs = list(tmp_path.glob("app.log*"))
    assert len(logs) > 5
    found = Counter(
        match[1]
        for path in logs
        for line in path.read_text(encoding="utf-8").splitlines()
        if (match := re.search(r"\] (?:ready|counted) line=(\S+)$", line))
    )
    names = ["a", "ax", "ay", "b", "bx", "by"]
    expected = {f"{name}-{number}" for name in names for number in range(lines)}
    assert found == Counter(expected | {"a-start", "b-start"})


def test_threads_that_log_at_once_lose_no_line(settings: AlertingSettings) -> None:
    """Each line is in the file once, and when the call that logged it returns."""
    log.configure(settings, stderr=False)
    logger = logging.getLogger("many")
    path = settings.log_file
    assert path is not None

    def write(number: int) -> bool:
        log.event(logger, "line", request_id=f"request-{number}-")
        return f"request-{number}-" in path.read_text()

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(write, range(400)))
    lines = path.read_text().splitlines()
    assert len(lines) == len(set(lines)) == 400


def test_fork_while_a_thread_logs_stops_nobody(tmp_path: Path) -> None:
    """No child waits for a lock that a thread of its parent held at the fork."""
    words = [sys.executable, "-W", "ignore", "-c", FORKS, str(tmp_path / "app.log")]
    with subprocess.Popen(words, start_new_session=True) as process:
        try:
            assert process.wait(timeout=30) == 0
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    assert (tmp_path / "app.log").read_text().count("child") == 25
