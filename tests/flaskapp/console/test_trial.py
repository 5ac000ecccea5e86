"""Payloads that are tried in the console."""

import html
from datetime import UTC, datetime
from io import BytesIO

import pytest

from alerting.records.store import RecordStore
from flaskapp.settings import WebSettings
from tests.flaskapp.conftest import LogLines
from tests.flaskapp.console.conftest import Send
from tests.flaskapp.console.reading import text_of

DAY = datetime(2020, 1, 1, tzinfo=UTC)


def test_payload_is_tried_without_a_trace(
    send: Send, records: RecordStore, settings: WebSettings, log_lines: LogLines
) -> None:
    """What is found is marked to the character; nothing is recorded, and the log has no kinds."""
    answer = send("/console/try", payload='{"note": "write to jane.roe@example.com today"}')

    assert answer.status_code == 200
    assert (
        '"write to <mark>jane.roe@example.com<span class="why">email</span></mark> today'
        in html.unescape(answer.text)
    )
    assert "1 finding" in text_of(answer.text)
    assert records.stats(since=DAY, until=DAY.replace(year=2100)).total == 0
    assert not list(settings.error_reports.iterdir())
    lines = "\n".join(log_lines())
    assert "jane" not in lines
    assert "kinds=" not in lines


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        ('{"a": 1,\n "b": }', "line 2, column 7"),
        ("", "line 1, column 1"),
        ('{"a": 1, "a": 2}', "two members of one name"),
    ],
)
def test_what_is_not_json_is_shown_at_its_place(send: Send, payload: str, says: str) -> None:
    """The error says where to look, and the text stays in the form."""
    answer = send("/console/try", payload=payload)

    assert answer.status_code in {400, 422}
    assert says in text_of(answer.text)
    assert f">\n{html.escape(payload)}</textarea>" in answer.text.replace("&#34;", "&quot;")


def test_long_payload_is_shown_in_part(send: Send) -> None:
    """A page ends after some thousand lines; everything is scanned."""
    answer = send("/console/try", payload=str(list(range(3000))))

    assert answer.status_code == 200
    assert "this page ends here" in answer.text


def test_form_that_is_too_large_is_refused(send: Send) -> None:
    """More than a form may have is refused in the look of the console."""
    file = BytesIO()  # makes the form multipart, as the page sends it

    answer = send("/console/try", payload="x" * 505_000, file=(file, "x"))

    assert answer.status_code == 413
    assert "This is too much" in answer.text
