"""Sealing: what comes back, and everything that does not."""

import os
from collections import Counter

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import InvalidKeys, SealBroken, UnknownSealKey
from tasks.sealing import MARK, Context, Key, KeyRing, Sealed, parse_keys

FIRST, SECOND = Key.of(bytes(range(32))), Key.of(bytes(range(1, 33)))
WORDS: Context = ("call", "default", "id-1", "echo", "ann", None)

contexts = st.lists(st.none() | st.text()).map(tuple)


@given(text=st.binary(), context=contexts)
def test_sealed_text_opens_for_its_context(text: bytes, context: Context) -> None:
    """Whatever the bytes and the words they are bound to, they come back."""
    sealed = KeyRing([FIRST]).seal(text, context)

    assert isinstance(sealed, Sealed)
    assert sealed.startswith(MARK)
    assert KeyRing([SECOND, FIRST]).open(sealed, context) == text


@given(secret=st.binary(min_size=32, max_size=32))
def test_keys_are_derived_as_the_rfc_has_it(secret: bytes) -> None:
    """The id of a key and the key of a text are those of an HKDF of somebody else's."""

    def expanded(info: bytes, length: int) -> bytes:
        return HKDFExpand(algorithm=SHA256(), length=length, info=info).derive(secret)

    key = Key.of(secret)
    sealed = KeyRing([key]).seal(b"text", ())
    salt, nonce, text = sealed[8:24], sealed[24:36], sealed[36:]

    assert key.id == expanded(b"piigate key id", 4)
    cipher = AESGCM(expanded(b"piigate seal" + salt, 32))
    assert cipher.decrypt(nonce, text, b"()") == b"text"


@given(one=contexts, other=contexts)
def test_sealed_text_opens_for_no_other_context(one: Context, other: Context) -> None:
    """Words that differ in any way, their borders included, open nothing."""
    sealed = KeyRing([FIRST]).seal(b"text", one)

    if one != other:
        with pytest.raises(SealBroken):
            KeyRing([FIRST]).open(sealed, other)


@pytest.mark.parametrize(
    "other",
    [("ab", "c"), ("a", "b", "c"), ("abc",), ("a", "bc", None), ("a", 'b","c'), ()],
)
def test_words_do_not_run_into_each_other(other: Context) -> None:
    """Texts of one length and sum of letters are still different words."""
    sealed = KeyRing([FIRST]).seal(b"text", ("a", "bc"))

    with pytest.raises(SealBroken):
        KeyRing([FIRST]).open(sealed, other)


def test_every_byte_counts() -> None:
    """A sealed text of which any byte is changed, missing or added does not open."""
    ring = KeyRing([FIRST])
    sealed = ring.seal(b'{"mail":"x"}', WORDS)
    forged = [
        sealed[:at] + bytes([sealed[at] ^ bit]) + sealed[at + 1 :]
        for at in range(len(sealed))
        for bit in (1, 128)
    ]
    forged += [sealed[:at] for at in range(len(sealed))]
    forged += [sealed + b"\0", b"", b"{}", bytes(100), MARK + bytes(100)]

    for one in forged:
        with pytest.raises(SealBroken):
            ring.open(one, WORDS)


def test_equal_texts_are_sealed_differently() -> None:
    """Nobody sees from Redis that two payloads are the same."""
    ring = KeyRing([FIRST])

    assert len({bytes(ring.seal(b"same", WORDS))[8:36] for _ in range(100)}) == 100


def test_texts_of_a_process_share_a_derived_key_and_no_nonce() -> None:
    """Two texts one after the other have one salt; each still opens for its own context alone."""
    ring = KeyRing([FIRST])

    call, result = ring.seal(b"text", ("call",)), ring.seal(b"text", ("result",))

    assert result[:24] == call[:24]
    assert result[24:36] != call[24:36]
    assert KeyRing([FIRST]).open(result, ("result",)) == b"text"
    with pytest.raises(SealBroken):
        ring.open(result, ("call",))


def test_no_derived_key_seals_more_than_a_thousand_texts() -> None:
    """However many texts there are, none of their keys wears out."""
    ring = KeyRing([FIRST])

    salts = Counter(bytes(ring.seal(b"text", ())[8:24]) for _ in range(2_500))

    assert sorted(salts.values()) == [500, 1000, 1000]


def test_processes_share_no_derived_key() -> None:
    """A fork seals under a key of its own, or all forks of a worker would wear out one."""
    ring = KeyRing([FIRST])
    ours = ring.seal(b"text", ())
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, ring.seal(b"text", ()))
        os._exit(0)

    theirs = os.read(read, len(ours))

    os.waitpid(child, 0)
    assert theirs[8:24] != ours[8:24]
    assert ring.open(theirs, ()) == b"text"
    assert ring.seal(b"text", ())[8:24] == ours[8:24]


def test_key_that_the_ring_lacks_is_named_as_such() -> None:
    """An unknown key is told from a forgery, for it can be a fault of the settings."""
    sealed = KeyRing([FIRST]).seal(b"text", WORDS)

    with pytest.raises(UnknownSealKey):
        KeyRing([SECOND]).open(sealed, WORDS)


def test_first_key_seals() -> None:
    """Of several keys the first one seals: a ring with it alone opens the text."""
    sealed = KeyRing([SECOND, FIRST]).seal(b"text", WORDS)

    assert KeyRing([SECOND]).open(sealed, WORDS) == b"text"
    assert KeyRing([SECOND, FIRST]).ids == (SECOND.id.hex(), FIRST.id.hex())


def test_ring_asks_for_keys_that_it_does_not_know() -> None:
    """After a rotation elsewhere a ring takes the new keys, and seals with the first of them."""
    ring = KeyRing([FIRST], reload=lambda: [SECOND, FIRST])
    sealed = KeyRing([SECOND]).seal(b"text", WORDS)

    assert ring.open(sealed, WORDS) == b"text"
    assert ring.ids == (SECOND.id.hex(), FIRST.id.hex())


def test_key_is_not_shown() -> None:
    """What is printed of a key, by accident or not, is its id alone."""
    secret = os.urandom(32)

    assert secret.hex() not in repr(Key.of(secret))
    assert repr(secret) not in repr(Key.of(secret))


@pytest.mark.parametrize("space", [" ", "\n", "\r\n", "\t ", "\n\n"])
def test_keys_stand_between_white_space(space: str) -> None:
    """Keys are read in their order, in capitals or not."""
    text = f" {FIRST.secret.hex()}{space}{SECOND.secret.hex().upper()}\n"

    assert parse_keys(text) == (FIRST, SECOND)


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", ["there is no key"]),
        (" \n", ["there is no key"]),
        ("0" * 63, ["key 1 is not 64 hexadecimal digits"]),
        ("0" * 65, ["key 1 is not 64 hexadecimal digits"]),
        (f"{'a' * 64},{'b' * 64}", ["key 1 is not 64 hexadecimal digits"]),
        (f"{'a' * 64} {'A' * 64}", ["key 2 repeats an earlier one"]),
        (
            f"g{'a' * 63} {'a' * 64} secret",
            [f"key {n} is not 64 hexadecimal digits" for n in (1, 3)],
        ),
    ],
)
def test_each_fault_of_the_keys_is_named(text: str, faults: list[str]) -> None:
    """Malformed keys are named by their place, never by what they hold."""
    with pytest.raises(InvalidKeys) as caught:
        parse_keys(text)

    assert caught.value.faults == faults
