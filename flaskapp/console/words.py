"""Words, counts and times as a person reads them in their language. Knows no HTML."""

from datetime import datetime

from flaskapp.console.texts import TEXTS
from flaskapp.language import LANGUAGES

_THOUSANDS = {"en": ",", "uk": "\u00a0"}
_SCALES = ((10**9, "G"), (10**6, "M"), (10**3, "k"))
_PERIODS = ((86_400, "days"), (3_600, "hours"), (60, "minutes"), (1, "seconds"))


class Words:
    """The words of one language; called with a key, it says what that means."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.languages = LANGUAGES
        self._texts = TEXTS[language]

    def __call__(self, key: str, /, **values: object) -> str:
        """Return a text with these values in it."""
        return self._texts[key].format(**values)

    def count(self, key: str, number: int) -> str:
        """Return a counted noun, in the form that the number asks for."""
        form = _form(self.language, number)
        return self._texts[f"{key}.{form}"].format(n=self.number(number))

    def number(self, number: int) -> str:
        """Return a whole number in groups of three digits."""
        return f"{number:,}".replace(",", _THOUSANDS[self.language])

    def short(self, number: int) -> str:
        """Return a round number in few characters, for an axis."""
        for scale, letter in _SCALES:
            if number >= scale:
                return f"{number / scale:g}{letter}"
        return str(number)

    def day(self, moment: datetime) -> str:
        """Return a day of the year, for an axis."""
        month = self._texts["months"].split()[moment.month - 1]
        return f"{moment.day} {month}"

    def moment(self, moment: datetime) -> str:
        """Return a moment to the second; the pages say that all are in UTC."""
        return f"{moment:%Y-%m-%d %H:%M:%S}"

    def period(self, seconds: float) -> str:
        """Return a length of time in its largest unit."""
        for length, unit in _PERIODS:
            if seconds >= length:
                return self.count(unit, int(seconds // length))
        return self.count("seconds", 0)


def _form(language: str, number: int) -> str:
    """Return which form of a noun follows a number (Unicode CLDR, plural rules)."""
    if language != "uk":
        return "one" if number == 1 else "many"
    if number % 10 == 1 and number % 100 != 11:
        return "one"
    if number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14):
        return "few"
    return "many"
