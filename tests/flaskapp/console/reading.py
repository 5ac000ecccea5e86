"""What a person reads of a page."""

import html
import re


def text_of(page: str) -> str:
    """Return what a person reads of a page."""
    body = page.partition("<main")[2]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())
