"""Finding the sinks that the settings name."""

import pytest

from alerting.errors import InvalidSettings
from alerting.telling.settings import TellingSettings
from alerting.telling.sinks import open_sinks
from tests.alerting.sinks.conftest import nobody


def test_every_fault_of_every_sink_is_named_at_once() -> None:
    """A misspelt sink stops the start, with all that the others miss."""
    settings = TellingSettings.load(alert_sinks="lgo, webhook, syslog, log")
    with pytest.raises(InvalidSettings) as raised:
        open_sinks(settings, publish=nobody)
    assert raised.value.faults == [
        "ALERT_SINKS: There is no sink 'lgo'; there are: email, log, stream, syslog, webhook",
        "ALERT_WEBHOOK_URL: The sink 'webhook' needs it",
        "ALERT_WEBHOOK_SECRET: The sink 'webhook' needs it",
        "ALERT_SYSLOG: The sink 'syslog' needs it",
    ]


def test_nobody_is_told_by_default() -> None:
    """Without a setting there is no sink."""
    assert open_sinks(TellingSettings.load(), publish=nobody) == {}
