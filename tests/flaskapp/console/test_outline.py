"""JSON as lines for reading."""

import json
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from alerting.detector import scan
from alerting.finding import JsonValue
from alerting.json_text import json_text
from alerting.masking import masked
from flaskapp.console.outline import Line, excerpt_lines, payload_lines

PAYLOAD: JsonValue = {
    "to": ['say "hi" to ann@example.com', {}, [], None, 4111111111111111],
    "ann@example.com": {"phone": "+380961234567"},
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inside: st.lists(inside) | st.dictionaries(st.text(), inside),
    max_leaves=12,
)


def text_of(lines: Iterable[Line]) -> str:
    """Return the lines as one text."""
    return "\n".join(
        "  " * line.depth + "".join(piece.text for piece in line.pieces) for line in lines
    )


def marked(lines: Iterable[Line]) -> list[tuple[str, tuple[str, ...]]]:
    """Return what is marked, and as what."""
    return [(piece.text, piece.kinds) for line in lines for piece in line.pieces if piece.kinds]


def test_found_values_are_marked_to_the_character() -> None:
    """In a payload each found value is a piece of its own, names and numbers too."""
    assert marked(payload_lines(PAYLOAD, scan(PAYLOAD))) == [
        ("ann@example.com", ("email",)),
        ("4111111111111111", ("card",)),
        ("ann@example.com", ("email",)),
        ("+380961234567", ("phone",)),
    ]


def test_masked_values_are_marked_whole() -> None:
    """In an excerpt spans mean nothing, so that the text around is marked."""
    findings = scan(PAYLOAD)
    excerpt = json_text(masked(PAYLOAD, findings))[0].decode()

    assert marked(excerpt_lines(excerpt, findings)) == [
        ('"say \\"hi\\" to a***@e***.com"', ("email",)),
        ('"***11"', ("card",)),
        ('"a***@e***.com"', ("email",)),
        ('"***67"', ("phone",)),
    ]


def test_excerpt_may_end_anywhere() -> None:
    """However a text is cut off, nothing that is left of it is lost."""
    excerpt = json_text(PAYLOAD)[0].decode()
    for length in range(len(excerpt)):
        shown = text_of(excerpt_lines(excerpt[:length], scan(PAYLOAD)))
        assert "".join(shown.split()) == "".join(excerpt[:length].split())


@given(JSON)
def test_lines_are_the_payload(payload: JsonValue) -> None:
    """The lines are the payload's JSON, laid out as the standard library does it."""
    expected = json.dumps(payload, indent=2, ensure_ascii=False)

    assert text_of(payload_lines(payload, [])) == expected
    assert json.loads(text_of(excerpt_lines(json_text(payload)[0].decode(), []))) == payload


@given(st.text(alphabet='{}[]",:\\a1 \n'))
def test_any_text_has_lines(text: str) -> None:
    """What is no JSON is shown as far as it goes."""
    shown = text_of(excerpt_lines(text, []))

    assert "".join(shown.split()) == "".join(text.split())
