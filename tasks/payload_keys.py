"""Where the keys of payloads and results come from. Knows settings and files, not what is sealed.

``PAYLOAD_KEYS``, or without it ``instance/payload_keys``, which the first start makes.
"""

import functools

from alerting.errors import InvalidSettings
from alerting.keys import load_key, prepend_key
from tasks.errors import InvalidKeys
from tasks.sealing import Key, KeyRing, parse_keys
from tasks.settings import TasksSettings, process_settings

_NAME = "payload_keys"


def open_keys(settings: TasksSettings) -> KeyRing:
    """Return the keys that the settings name; raises InvalidSettings.

    A ring from the file reads it again when it meets a key that it does not know.
    """
    if settings.payload_keys is not None:
        return KeyRing(parse_keys(settings.payload_keys.get_secret_value()))
    keys = _keys_of_file()
    return KeyRing(keys, reload=lambda: _keys_now(keys))


@functools.cache
def process_keys() -> KeyRing:
    """Return the keys of a process that RQ started, which hands none to a job."""
    return open_keys(process_settings())


def rotate_keys() -> None:
    """Put a new key before those of the file; raises InvalidSettings, OSError."""
    _keys_of_file()
    prepend_key(_NAME)


def _keys_of_file() -> tuple[Key, ...]:
    try:
        return parse_keys(load_key(_NAME, given=None))
    except InvalidKeys as error:
        raise InvalidSettings([f"{_NAME.upper()}: instance/{_NAME}: {error}"]) from None


def _keys_now(before: tuple[Key, ...]) -> tuple[Key, ...]:
    """Return the file's keys, or those of before when it cannot be read any more."""
    try:
        return _keys_of_file()
    except InvalidSettings:
        return before
