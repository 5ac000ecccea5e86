"""Text that is safe to show: what could steer a terminal is written as an escape."""


def printable(text: str) -> str:
    """Return a text in which every character that is not printable is a Python escape."""
    if text.isprintable():
        return text
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text
    )
