"""Configuration of RQ's own commands: ``rq worker -c tasks.rq_config``. Holds nothing but it.

RQ takes the upper-case names; the values come from piigate's settings, as everywhere.
"""

import sys

from alerting.errors import InvalidSettings
from alerting.telling.sinks import open_sinks
from tasks.alert_teller import publisher
from tasks.connection import connect, sentinel_address
from tasks.errors import UnsupportedRedisUrl
from tasks.payload_keys import process_keys
from tasks.settings import TasksSettings

try:
    process_keys()
    _settings = TasksSettings.load()
    # Connects to nothing yet, but tells an address that is none, and sinks that miss a setting.
    open_sinks(_settings, publish=publisher(connect(_settings)))
    _url = _settings.redis_url.get_secret_value()
    if _url.startswith("sentinel://"):
        SENTINEL = sentinel_address(_url)
    else:
        REDIS_URL = _url
except (InvalidSettings, UnsupportedRedisUrl) as error:
    sys.exit(str(error))
