"""Finds the sinks that the settings name. Knows none of them by name.

A sink is a file in ``alerting/sinks`` with ``create(settings, publish)``.
"""

import alerting.sinks
from alerting.errors import InvalidSettings
from alerting.plugins import discover
from alerting.telling.notice import Publish, Sink
from alerting.telling.settings import TellingSettings

ENTRY_POINT_GROUP = "piigate.sinks"


def open_sinks(settings: TellingSettings, *, publish: Publish) -> dict[str, Sink]:
    """Return the sinks of ``ALERT_SINKS`` by name; raises InvalidSettings, with every fault."""
    plugins = discover(alerting.sinks, ENTRY_POINT_GROUP)
    known = ", ".join(plugins)
    sinks: dict[str, Sink] = {}
    faults: list[str] = []
    for name in dict.fromkeys(settings.alert_sinks):
        if name not in plugins:
            faults.append(f"ALERT_SINKS: There is no sink {name!r}; there are: {known}")
            continue
        try:
            sinks[name] = plugins[name].create(settings, publish)
        except InvalidSettings as error:
            faults += error.faults
    if faults:
        raise InvalidSettings(faults)
    return sinks


def missing(sink: str, settings: TellingSettings, *names: str) -> None:
    """Raise InvalidSettings for those of the settings that a sink needs and that are not set."""
    faults = [
        f"{name.upper()}: The sink {sink!r} needs it"
        for name in names
        if not getattr(settings, name)
    ]
    if faults:
        raise InvalidSettings(faults)
