"""An entry in a Redis stream for each telling, for consumers of their own pace."""

import json

from alerting.telling.notice import Notice, Publish, Sink
from alerting.telling.settings import TellingSettings


def create(settings: TellingSettings, publish: Publish) -> Sink:
    """Return the sink; ``publish`` knows where streams are."""

    def tell(notice: Notice) -> None:
        fields = {"id": notice.id, "notice": json.dumps(notice.facts(), ensure_ascii=False)}
        publish(settings.alert_stream, fields)

    return tell
