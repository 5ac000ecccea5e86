"""Names and passwords in URLs: the user information before the host (RFC 3986, section 3.2.1)."""

from alerting.page import Page
from alerting.recognizer import Match, Recognizer, mask_all


def check(_: Page, start: int, end: int) -> tuple[Match, ...]:
    """Take what stands between the slashes and the ``@``."""
    first = start + len(b"://")
    return (Match(first, end - 1, 0.97, "user and password in a URL"),)


RECOGNIZER = Recognizer(
    pattern=rb"://[A-Za-z0-9._~%!$&'()*+,;=\-]{0,64}:[A-Za-z0-9._~%!$&'()*+,;=:\-]{1,128}@",
    check=check,
    found={"redis://default:s3cret@cache:6379/0": "default:s3cret", "db://:pw@h": ":pw"},
    ignored=("https://example.com:443/a@b", "https://ann@example.com"),
    mask=mask_all,
)
