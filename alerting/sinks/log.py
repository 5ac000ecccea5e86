"""One line in the log for each telling, for whatever gathers the log."""

import logging

from alerting.log_format import FIELDS
from alerting.telling.notice import Notice, Publish, Sink
from alerting.telling.settings import TellingSettings

_log = logging.getLogger(__name__)


def create(settings: TellingSettings, publish: Publish) -> Sink:  # noqa: ARG001 - as all sinks
    """Return the sink."""
    return _tell


def _tell(notice: Notice) -> None:
    facts = {**notice.facts(), "kinds": notice.kinds, "pointers": notice.pointers}
    del facts["excerpt"]  # The log says what happened, not what was sent.
    _log.warning("incident", extra={FIELDS: facts})
