from datetime import UTC, datetime

import pytest

from alerting.records.record import Filter, Severity, State
from flaskapp.alert_filter import before, limit, wanted
from flaskapp.problems import Problem


def test_query_becomes_a_filter() -> None:
    """Each parameter narrows the alerts down by what it names."""
    assert wanted(
        {
            "kind": "email",
            "severity": "high",
            "state": "acknowledged",
            "caller": "alice",
            "task": "transform",
            "incident": "a1b2",
            "since": "2026-05-09T13:58",
            "until": "2026-05-10",
            "text": "shop",
        }
    ) == Filter(
        kind="email",
        severity=Severity.HIGH,
        state=State.ACKNOWLEDGED,
        caller="alice",
        task="transform",
        incident_id="a1b2",
        since=datetime(2026, 5, 9, 13, 58, tzinfo=UTC),
        until=datetime(2026, 5, 10, tzinfo=UTC),
        text="shop",
    )


def test_blank_parameters_take_all() -> None:
    """A form sends every field, those that were left blank too."""
    assert wanted({"kind": "", "severity": " ", "since": "", "text": "", "other": "x"}) == Filter()


def test_moment_with_an_offset_is_taken_to_utc() -> None:
    """A time may be written with any offset from UTC."""
    assert wanted({"since": "2026-05-09T16:58+03:00"}).since == datetime(
        2026, 5, 9, 13, 58, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("severity", "4"),
        ("severity", "High"),
        ("state", "closed"),
        ("since", "yesterday"),
        ("until", "0001-01-01T00:00+14:00"),
        ("text", "x" * 201),
        ("caller", "a\x00b"),
    ],
)
def test_what_means_nothing_is_refused(name: str, value: str) -> None:
    """The refusal names the parameter, and never repeats what was sent."""
    with pytest.raises(Problem) as refused:
        wanted({name: value})

    assert refused.value.type.slug == "invalid-parameter"
    assert refused.value.members == {"parameter": name}
    assert value not in refused.value.detail.replace("`", "").split()


def test_pages_begin_where_the_one_before_ended() -> None:
    """`before` and `limit` cut a page; neither is needed."""
    assert before({"before": "17"}) == 17
    assert before({}) is None
    assert limit({"limit": "5"}, default=50, most=200) == 5
    assert limit({}, default=50, most=200) == 50


@pytest.mark.parametrize("value", ["-1", "1e3", "x", "9" * 19, "²"])
def test_page_that_cannot_be_is_refused(value: str) -> None:
    """A page begins at a whole number."""
    with pytest.raises(Problem):
        before({"before": value})


@pytest.mark.parametrize("value", ["0", "201", "-1", "x", "9" * 7])
def test_length_that_cannot_be_is_refused(value: str) -> None:
    """A page has at least one and not too many."""
    with pytest.raises(Problem):
        limit({"limit": value}, default=50, most=200)
