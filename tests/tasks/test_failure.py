"""What is kept of an exception."""

from tasks.failure import describe, reason


def test_description_has_type_and_frames_but_no_message() -> None:
    """An exception is described by where it was raised, not by what it quotes or follows from."""
    try:
        try:
            raise KeyError("first secret")
        except KeyError as first:
            raise ValueError("second secret") from first
    except ValueError as error:
        text = describe(error)

    assert reason(text) == "builtins.ValueError"
    assert "test_failure.py:" in text
    assert "secret" not in text
