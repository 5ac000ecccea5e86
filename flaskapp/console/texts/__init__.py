"""The words of the console; one file for each language, and a test that none lacks any."""

from collections.abc import Mapping

from flaskapp.console.texts import en, uk

TEXTS: Mapping[str, Mapping[str, str]] = {"en": en.TEXTS, "uk": uk.TEXTS}
