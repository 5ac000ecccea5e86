"""The words of the login page, in English and Ukrainian."""

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Sign in",
        "intro": "Use an API token; its scopes decide what you may open.",
        "token": "Token",
        "hint": "Whoever runs this gateway makes tokens with",
        "submit": "Sign in",
        "wrong": "This token is not valid: mistyped, revoked or expired.",
        "scope": "Your token does not open this page. Sign in with one that has the scope",
        "who": "You are signed in as",
        "leave": "Sign out",
    },
    "uk": {
        "title": "Вхід",
        "intro": "Увійдіть за токеном API; його права визначають, що вам відкрито.",
        "token": "Токен",
        "hint": "Токени створює адміністратор цього шлюзу командою",
        "submit": "Увійти",
        "wrong": "Токен недійсний: хибно введений, відкликаний або прострочений.",
        "scope": "Ваш токен не відкриває цю сторінку. Увійдіть із токеном, що має право",
        "who": "Ви увійшли як",
        "leave": "Вийти",
    },
}
