"""The figures of a round of load, as wrk's script prints them."""

import pytest

from benchmarks.throughput.load import Load, NoWrk, find_wrk, parse

_OUTPUT = """\
Running 2s test @ http://127.0.0.1:8765/run
  1 threads and 10 connections
  800 requests in 2.00s, 160.00KB read
Requests/sec:    400.00
{"requests": 800, "duration_us": 2000000, "p50_us": 21500, "p99_us": 90000, \
"status": 100, "connect": 1, "read": 2, "write": 3, "timeout": 4}
"""


def test_figures_are_those_of_the_last_line() -> None:
    """Answers with an error are no answers, and every kind of fault is an error."""
    assert parse(_OUTPUT) == Load(answers=700, rate=350, p50_ms=21.5, p99_ms=90, errors=110)


def test_a_machine_without_wrk_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names wrk and how to get it."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NoWrk, match="install it"):
        find_wrk()
