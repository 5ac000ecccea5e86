"""The words of the console in every language."""

import re
import string
from pathlib import Path

import pytest

import flaskapp
from alerting.records.record import Action, Severity, State
from flaskapp.console.overview import SPANS
from flaskapp.console.texts import TEXTS
from flaskapp.console.words import Words
from flaskapp.language import LANGUAGES
from flaskapp.login_texts import TEXTS as LOGIN_TEXTS

TEMPLATES = Path(flaskapp.__file__).parent / "templates" / "console"
FORMS = {"en": ("one", "many"), "uk": ("one", "few", "many")}
COUNTED = {key.removesuffix(".one") for key in TEXTS["en"] if key.endswith(".one")}


def plain_keys(language: str) -> set[str]:
    """Return the keys of a language that are no forms of a counted noun."""
    forms = {f"{key}.{form}" for key in COUNTED for form in FORMS[language]}
    assert forms <= set(TEXTS[language])
    return set(TEXTS[language]) - forms


def fields_of(text: str) -> set[str | None]:
    """Return what is filled in to a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_language_has_every_word() -> None:
    """No key is missing in one language, neither here nor on the login page."""
    assert set(TEXTS) == set(LOGIN_TEXTS) == set(LANGUAGES)
    assert plain_keys("en") == plain_keys("uk")
    assert set(LOGIN_TEXTS["en"]) == set(LOGIN_TEXTS["uk"])


@pytest.mark.parametrize("key", sorted(plain_keys("en")))
def test_languages_fill_in_the_same(key: str) -> None:
    """A translation drops no fact and asks for no other."""
    assert fields_of(TEXTS["en"][key]) == fields_of(TEXTS["uk"][key])


def test_every_key_of_the_templates_exists() -> None:
    """What templates ask for by name is there; what they put together is there for every value."""
    used = {
        key
        for template in TEMPLATES.glob("*.html")
        for key in re.findall(r"words\(['\"]([^'\"]+[^.])['\"]\s*[,)]", template.read_text("utf-8"))
    }
    made = {
        *(f"severity.{one.word}" for one in Severity),
        *(f"state.{one}" for one in State),
        *(f"{what}.{one}" for one in Action for what in ("done", "history")),
        *(f"span.{one}" for one in SPANS),
        "alert.changed",
        "alert.sealed",
    }
    assert len(used) > 60
    assert used | made <= set(TEXTS["en"])


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 знахідок"),
        (1, "1 знахідка"),
        (3, "3 знахідки"),
        (5, "5 знахідок"),
        (12, "12 знахідок"),
        (21, "21 знахідка"),
        (1022, "1\u00a0022 знахідки"),
    ],
)
def test_ukrainian_counts(number: int, text: str) -> None:
    """A noun has the form that its number asks for."""
    assert Words("uk").count("n findings", number) == text


def test_numbers_and_periods_are_short() -> None:
    """Axes and waits are told in few characters."""
    words = Words("en")

    assert [words.short(n) for n in (5, 2000, 250_000, 10**6)] == ["5", "2k", "250k", "1M"]
    assert [words.period(s) for s in (0.4, 59, 61, 7200, 200_000)] == [
        "0 s",
        "59 s",
        "1 min",
        "2 h",
        "2 days",
    ]
    assert words.count("n alerts", 12_345) == "12,345 alerts"
