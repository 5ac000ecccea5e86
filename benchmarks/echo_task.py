"""The task of workers that are not ours, in a module that is imported in no time."""


def echo(payload: object) -> object:
    """Return the payload."""
    return payload
