"""Whatever is wrong with the database is one line, whichever command meets it."""

import pytest
from flask.testing import FlaskCliRunner

from flaskapp.settings import WebSettings


@pytest.mark.parametrize(
    "args",
    [
        ["list"],
        ["list", "--json"],
        ["show", "0" * 32],
        ["export"],
        ["export", "--format", "ndjson"],
        ["prune", "--keep", "0"],
        ["forget", "--yes"],
    ],
)
def test_says_what_the_database_says(
    runner: FlaskCliRunner, settings: WebSettings, args: list[str]
) -> None:
    """A database that is none is told in a line on standard error, with exit status 1."""
    database = settings.tokens_file.parent / "alerts.db"
    database.parent.mkdir(exist_ok=True)
    database.write_text("This is no database of any kind, and long enough to be read as one." * 20)
    failed = runner.invoke(args=["alerts", *args], input="ann@example.com")
    assert (failed.exit_code, failed.stdout) == (1, "")
    (line,) = failed.stderr.splitlines()
    assert line.startswith("Error: The database of alerts cannot be reached or written. ")
