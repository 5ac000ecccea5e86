"""Keys of well-known services, by the prefixes that their makers document.

AWS access key ids, GitHub and GitLab tokens, Slack tokens, Google keys, Stripe keys, OpenAI-style
and Anthropic keys, SendGrid, npm and PyPI tokens.
"""

import re

from alerting.page import Page
from alerting.recognizer import Match, Recognizer, mask_all

_WORD = re.compile(rb"[0-9A-Za-z_]")


def check(page: Page, start: int, end: int) -> tuple[Match, ...]:
    """Take a candidate that does not begin inside a word and is not one repeated character."""
    data = page.data
    if (start and _WORD.match(data, start - 1)) or len(set(data[start + 4 : end])) < 5:
        return ()
    return (Match(start, end, 0.95, "prefix of a service"),)


RECOGNIZER = Recognizer(
    pattern=rb"(?:AKIA|ASIA)[A-Z2-7]{16}|gh[pousr]_[A-Za-z0-9]{36,255}"
    rb"|github_pat_[A-Za-z0-9_]{60,90}|glpat-[A-Za-z0-9_\-]{20,40}|xox[abeoprs]-[A-Za-z0-9\-]{10,200}"
    rb"|AIza[A-Za-z0-9_\-]{35}|[spr]k_(?:live|test)_[A-Za-z0-9]{16,120}"
    rb"|sk-(?:ant-|proj-|svcacct-)?[A-Za-z0-9_\-]{20,200}|SG\.[A-Za-z0-9_\-]{22}\.[A-Za-z0-9_\-]{43}"
    rb"|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_\-]{50,250}",
    check=check,
    found={
        "key AKIA" + "IOSFODNN7EXAMPLE"[:14] + "Q2 is": "AKIA" + "IOSFODNN7EXAMPLE"[:14] + "Q2",
        "ghp_" + "a1B2c3D4e5F6" * 3: "ghp_" + "a1B2c3D4e5F6" * 3,
        "sk-" + "a1B2c3D4e5F6" * 4: "sk-" + "a1B2c3D4e5F6" * 4,
        "xoxb-" + "123456789012-abcdef": "xoxb-" + "123456789012-abcdef",
    },
    ignored=("AKIA123", "task-" + "a1B2c3D4e5F6" * 2, "ghp_" + "x" * 36, "sk-learn"),
    mask=mask_all,
)
