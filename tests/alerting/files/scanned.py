"""What the tests of scanned files share."""

import io

from alerting.detector import default_detector
from alerting.files.located import Located
from alerting.files.scan import scan_binary

EMAIL = "test@example.com"
PHONE = "+380961234567"

Found = list[tuple[str, int, int]]


def scanned(content: str | bytes, *, ending: str = "") -> list[Located]:
    """Scan content as if it were a file of this ending."""
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    return list(scan_binary(default_detector(), io.BytesIO(data), ending=ending))


def places(content: str | bytes, *, ending: str = "") -> Found:
    """Return kind, line and column of what a scan finds."""
    return [(one.kind, one.start.line, one.start.column) for one in scanned(content, ending=ending)]


def cut(content: str, located: Located) -> str:
    """Return what stands in a text at a finding's place, which lies in one line."""
    assert located.start.line == located.end.line
    line = content.split("\n")[located.start.line - 1]
    return line[located.start.column - 1 : located.end.column - 1]
