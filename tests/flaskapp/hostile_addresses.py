"""Requests for what is not there, in ways that are not offered."""

from tests.flaskapp.hostile import EMAIL, PHONE, SECRET, Hostile


def requests(status: int, slug: str | None, rows: dict[str, tuple[str, str]]) -> list[Hostile]:
    """Return one request for each method and path."""
    return [
        Hostile(name=name, status=status, slug=slug, method=method, path=path)
        for name, (method, path) in rows.items()
    ]


UNKNOWN_TASKS = requests(
    404,
    "unknown-task",
    {
        "unknown task": ("POST", "/run/no-such-task"),
        "email as task": ("POST", f"/run/{EMAIL}"),
        "function as task": ("POST", "/run/os.system"),
        "task in upper case": ("POST", "/run/ECHO"),
        "dunder task": ("POST", "/run/__class__"),
        "nul in task": ("POST", "/run/echo%00"),
        "line break in task": ("POST", f"/run/echo%0A{SECRET}"),
        "long task": ("POST", "/run/" + "x" * 4000),
        "broken utf-8 in task": ("POST", "/run/%ff%fe"),
    },
)

UNKNOWN_PLACES = requests(
    404,
    "not-found",
    {
        "nowhere": ("GET", "/nowhere"),
        "email as path": ("GET", f"/{EMAIL}"),
        "phone as path": ("POST", f"/{PHONE}"),
        "deeper than a task": ("POST", "/run/echo/more"),
        "slash after run": ("POST", "/run/"),
        "traversal": ("GET", "/static/../settings.py"),
        "escaped traversal": ("GET", "/static/%2e%2e/settings.py"),
        "absolute static": ("GET", "/static//etc/passwd"),
        "missing static": ("GET", f"/static/{SECRET}.css"),
        "environment file": ("GET", "/.env"),
        "admin page": ("GET", "/wp-login.php"),
        "no job": ("GET", "/jobs/"),
        "unknown job": ("GET", "/jobs/00000000-0000-4000-8000-000000000000"),
        "email as job": ("GET", f"/jobs/{EMAIL}"),
        "key as job": ("GET", "/jobs/rq:job:*"),
        "line break in job": ("GET", f"/jobs/a%0D%0Ab{SECRET}"),
        "format string": ("GET", "/%25s%25n{0}"),
        "script": ("GET", "/<script>alert(1)</script>"),
        "template": ("GET", "/{{7*7}}"),
    },
)

METHODS = requests(
    405,
    "method-not-allowed",
    {
        "get run": ("GET", "/run"),
        "get run with data": ("GET", f"/run?email={EMAIL}"),
        "put run": ("PUT", "/run"),
        "delete run": ("DELETE", "/run/echo"),
        "patch scan": ("PATCH", "/scan"),
        "post tasks": ("POST", "/tasks"),
        "post readyz": ("POST", "/readyz"),
        "put job": ("PUT", "/jobs/1"),
        "trace": ("TRACE", "/run"),
        "invented": ("ZANARYVALUE", "/run"),
        "webdav": ("PROPFIND", "/docs"),
    },
)

WAITS = requests(
    422,
    "invalid-parameter",
    {
        f"wait {wait[:12]!r}": ("GET", f"/jobs/1?wait={wait}")
        for wait in ("-1", "x", "1.5s", "11", "", "9" * 5000, EMAIL, "%00", "%D9%A3")
    },
)
