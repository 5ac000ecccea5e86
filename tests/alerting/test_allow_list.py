"""What is allowed, and what is not although it looks alike."""

from collections.abc import Sequence

import pytest

from alerting.allow_list import AllowList
from alerting.detector import scan
from alerting.finding import JsonValue
from alerting.pseudonym import allow_digest

KEY = "a key that is for tests only, no. 1"
PAYLOAD: JsonValue = {
    "items": [
        {"support_email": "help@example.com", "email": "ann@example.com"},
        {"support_email": ["desk@example.com", {"x": "help@EXAMPLE.com"}]},
    ],
    "a/b~c": "tilde@example.com",
    "bob@example.com": {"eve@example.com": "+380671234567"},
}
ALL = [
    "email /items/0/support_email",
    "email /items/0/email",
    "email /items/1/support_email/0",
    "email /items/1/support_email/1/x",
    "email /a~1b~0c",
    "email /<email>",
    "email /<email>/<email>",
    "phone /<email>/<email>",
]


def left(
    *, kinds: Sequence[str] = (), pointers: Sequence[str] = (), values: Sequence[str] = ()
) -> list[str]:
    """Return kind and pointer of what is not allowed in the payload."""
    allowed = AllowList(
        kinds=frozenset(kinds),
        pointers=tuple(pointers),
        digests=frozenset(allow_digest(KEY, *value.split(maxsplit=1)) for value in values),
        key=KEY,
    )
    return [f"{one.kind} {one.pointer}" for one in allowed.unexpected(PAYLOAD, scan(PAYLOAD))]


def without(*numbers: int) -> list[str]:
    """Return all findings but those."""
    return [one for number, one in enumerate(ALL) if number not in numbers]


def test_an_empty_list_allows_nothing() -> None:
    """Without settings every finding counts."""
    assert left() == ALL


def test_a_kind_is_allowed_wherever_it_stands() -> None:
    """Names and values of the kind are ignored, other kinds are not."""
    assert left(kinds=["phone"]) == without(7)
    assert left(kinds=["email"]) == ["phone /<email>/<email>"]


@pytest.mark.parametrize(
    ("pointer", "numbers"),
    [
        ("/items/*/support_email", (0, 2, 3)),
        ("/items/0/support_email", (0,)),
        ("/items/1/support_email/1", (3,)),
        ("/items", (0, 1, 2, 3)),
        ("/item", ()),
        ("/items/*/support", ()),
        ("/items/*/support_email/", ()),
        ("/a~1b~0c", (4,)),
        ("/a/b~0c", ()),
        ("/*/*", (0, 1, 2, 3, 7)),
        ("/*", (0, 1, 2, 3, 4, 6, 7)),
    ],
)
def test_a_pointer_allows_what_is_in_its_value(pointer: str, numbers: tuple[int, ...]) -> None:
    """The subtree counts, a name only with the object around it, and no prefix of a name does."""
    assert left(pointers=[pointer]) == without(*numbers)


def test_a_value_is_allowed_in_each_of_its_forms_as_its_kind() -> None:
    """Another way to write it is the same value; another kind or value is not."""
    assert left(values=["email help@Example.com"]) == without(0, 3)
    assert left(values=["email bob@example.com"]) == without(5)
    assert left(values=["phone 067 123-45-67"]) == without(7)
    assert left(values=["card 067 123-45-67", "email nobody@example.com"]) == ALL


def test_a_digest_under_another_key_allows_nothing() -> None:
    """After a change of the key the digests have to be made anew."""
    allowed = AllowList(
        kinds=frozenset(),
        pointers=(),
        digests=frozenset({allow_digest(KEY[::-1], "email", "help@example.com")}),
        key=KEY,
    )
    assert len(allowed.unexpected(PAYLOAD, scan(PAYLOAD))) == len(ALL)


def test_what_is_allowed_together_leaves_nothing() -> None:
    """Kinds, pointers and values add up."""
    values = ["email ann@example.com", "email bob@example.com", "email eve@example.com"]
    pointers = ["/items/*/support_email", "/a~1b~0c"]
    assert left(kinds=["phone"], pointers=pointers, values=values) == []
