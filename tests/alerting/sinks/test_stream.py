"""Telling by an entry of a stream."""

import json

from alerting.telling.settings import TellingSettings
from alerting.telling.sinks import open_sinks
from tests.alerting.sinks.conftest import NOTICE


def test_a_telling_is_one_entry_of_the_named_stream() -> None:
    """Consumers get the id, to drop what they have, and the notice as JSON."""
    published: list[tuple[str, dict[str, str]]] = []
    settings = TellingSettings.load(alert_sinks="stream", alert_stream="pii")
    sinks = open_sinks(settings, publish=lambda stream, fields: published.append((stream, fields)))
    sinks["stream"](NOTICE)
    ((stream, fields),) = published
    assert (stream, fields["id"]) == ("pii", NOTICE.id)
    assert json.loads(fields["notice"]) == NOTICE.facts()
