"""Pseudonyms and digests under a key."""

import re

from alerting.pseudonym import allow_digest, pseudonym

KEY = "a key that is for tests only, no. 1"
OTHER_KEY = "a key that is for tests only, no. 2"


def test_a_pseudonym_is_the_kind_and_80_bits() -> None:
    """It tells the kind, and 16 letters and digits of base 32."""
    assert re.fullmatch("ua_tax_id_[a-z2-7]{16}", pseudonym(KEY, "ua_tax_id", "3184710691"))


def test_a_pseudonym_stands_for_a_value_of_a_kind_under_a_key() -> None:
    """Another form has the same one; another value, kind or key has another."""
    first = pseudonym(KEY, "phone", "+380671234567")
    assert pseudonym(KEY, "phone", "067 123 45 67") == first
    assert pseudonym(KEY, "phone", "+380671234568") != first
    assert pseudonym(OTHER_KEY, "phone", "+380671234567") != first
    assert pseudonym(KEY, "card", "+380671234567")[-16:] != first[-16:]


def test_pseudonyms_outlive_versions() -> None:
    """What was pseudonymised last year matches what is pseudonymised today."""
    assert pseudonym(KEY, "email", "ann@example.com") == "email_vqvwc2jq7qmpm3hu"
    assert allow_digest(KEY, "email", "ann@example.com") == (
        "4a81d7866471108abf99ca3539b45d3306370d14ec965737ced458d3bcb97085"
    )


def test_lone_surrogates_have_pseudonyms() -> None:
    """A text that is no Unicode text is no reason to fail."""
    assert pseudonym(KEY, "email", "\ud800@example.com")
