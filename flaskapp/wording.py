"""Numbers with their nouns, for the commands that count."""


def number(count: int, noun: str) -> str:
    """Return how many there are, as in ``1 alert`` and ``2 alerts``."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
