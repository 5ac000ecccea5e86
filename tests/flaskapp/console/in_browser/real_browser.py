"""What every test in a real browser is marked with: it needs one, which may leave a file open."""

import pytest

from tests.flaskapp.console.browser import PROGRAM

IN_BROWSER = [
    pytest.mark.skipif(PROGRAM is None, reason="There is no Chromium on this machine"),
    # A window that has gone leaves the server of these tests with an open file.
    pytest.mark.filterwarnings(
        "ignore:.*/flaskapp/static/:pytest.PytestUnraisableExceptionWarning"
    ),
]
