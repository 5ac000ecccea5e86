"""A table of hostile requests: each is answered right, says nothing, and is one line in the log."""

import io
import json
from dataclasses import dataclass, field

import pytest
from flask.testing import FlaskClient
from gunicorn.http.errors import ChunkMissingTerminator, InvalidChunkSize, NoMoreData

from flaskapp.settings import WebSettings
from tests.flaskapp.conftest import Auth, LogLines, token_of

SECRET = "zanaryvalue"
EMAIL = "zanary.person@example.com"
PHONE = "+380961112233"


@dataclass(frozen=True, kw_only=True)
class Hostile:
    """A request, and how it is answered."""

    name: str
    status: int
    slug: str | None
    method: str = "POST"
    path: str = "/run"
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    caller: str | None = "alice"


def bodies(status: int, slug: str, bodies_: dict[str, bytes]) -> list[Hostile]:
    """Return one request for each body, in turn to each address that takes payloads."""
    paths = ("/run", "/run/echo", "/scan")
    return [
        Hostile(name=name, status=status, slug=slug, body=body, path=paths[number % 3])
        for number, (name, body) in enumerate(bodies_.items())
    ]


def requests(status: int, slug: str | None, rows: dict[str, tuple[str, str]]) -> list[Hostile]:
    """Return one request for each method and path."""
    return [
        Hostile(name=name, status=status, slug=slug, method=method, path=path)
        for name, (method, path) in rows.items()
    ]


NOT_JSON = bodies(
    400,
    "bad-json",
    {
        "word": SECRET.encode(),
        "email": EMAIL.encode(),
        "open object": b"{",
        "open list": b"[1,",
        "open string": f'"{EMAIL}'.encode(),
        "open member": f'{{"{EMAIL}"'.encode(),
        "no value": f'{{"{EMAIL}":'.encode(),
        "trailing comma": f'{{"email":"{EMAIL}",}}'.encode(),
        "single quotes": f"{{'email':'{EMAIL}'}}".encode(),
        "bare name": f"{{email:'{EMAIL}'}}".encode(),
        "number as name": b"{1:2}",
        "comment": f"/* {EMAIL} */ 1".encode(),
        "two values": f'"{EMAIL}" "{PHONE}"'.encode(),
        "garbage after": f'{{"email":"{EMAIL}"}}{SECRET}'.encode(),
        "nul after": b"{}\0",
        "white space only": b" \r\n\t",
        "exotic white space": "\u00a01".encode(),
        "closing bracket": b"]",
        "wrong bracket": b"[1}",
        "lone minus": b"-",
        "plus": b"+380961112233",
        "leading zero": b"0961112233",
        "trailing point": b"1.",
        "leading point": b".5",
        "hexadecimal": b"0x10",
        "underscore": b"1_000",
        "open exponent": b"1e",
        "foreign digits": "١٢".encode(),
        "NaN": b"NaN",
        "NaN inside": f'{{"email":"{EMAIL}","n":NaN}}'.encode(),
        "infinity": b"[Infinity]",
        "minus infinity": b"[-Infinity]",
        "upper case": b"[TRUE]",
        "python": b"[None]",
        "undefined": b"undefined",
        "raw line break": f'"{EMAIL}\n"'.encode(),
        "raw control": b'"a\x00b"',
        "raw tab": b'"a\tb"',
        "bad escape": b'"\\x41"',
        "bad escape of a letter": f'"\\{SECRET}"'.encode(),
        "short unicode escape": b'"\\u12"',
        "bad unicode escape": b'"\\uzzzz"',
        "byte order mark": b"\xef\xbb\xbf{}",
        "utf-16": f'"{EMAIL}"'.encode("utf-16"),
        "utf-32": f'"{EMAIL}"'.encode("utf-32-le"),
        "latin-1": '"ï"'.encode("latin-1"),
        "cut utf-8": b'"\xd0',
        "overlong utf-8": b'"\xc0\xaf"',
        "surrogate in utf-8": b'"\xed\xa0\x80"',
        "beyond unicode": b'"\xf4\x90\x80\x80"',
        "form": f"email={EMAIL}".encode(),
        "xml": f"<e>{EMAIL}</e>".encode(),
        "pickle": b"\x80\x04\x95",
        "gzip": b"\x1f\x8b\x08\x00",
        "ndjson": b"1\n2\n",
    },
)

INVALID = bodies(
    422,
    "invalid-payload",
    {
        "two members": f'{{"e":"{EMAIL}","e":"{PHONE}"}}'.encode(),
        "two members by escape": b'{"a":1,"\\u0061":2}',
        "two members deep": b'[[[{"a":{"b":1,"b":1}}]]]',
        "two members named by data": f'{{"{EMAIL}":1,"{EMAIL}":2}}'.encode(),
        "two empty names": b'{"":1,"":2}',
        "deep list": b"[" * 101 + b"]" * 101,
        "deep object": b'{"a":' * 101 + b"1" + b"}" * 101,
        "bottomless list": b"[" * 50_000 + b"]" * 50_000,
        "bottomless object": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
        "many values": b"[" + b"1," * 100_000 + b"1]",
        "many lists": b"[" + b"[]," * 100_000 + b"[]]",
        "lone high surrogate": b'"\\ud800"',
        "lone low surrogate": b'["\\udfff"]',
        "surrogate in a name": b'{"\\uDBFF":1}',
        "surrogates in reverse": b'"\\udc00\\ud800"',
        "high surrogate before a letter": f'"\\ud83d{EMAIL}"'.encode(),
        "too large": b"1e400",
        "too small": b"[-1e400]",
        "huge exponent": b"1e99999999999",
        "too many digits": b"9" * 5000,
        "too many digits inside": b'{"n":-' + b"1" * 10_000 + b"}",
    },
)

BODY = json.dumps({"email": EMAIL, "phone": PHONE, "note": SECRET}).encode()
MEDIA = [
    Hostile(
        name=f"media {media or 'missing'}",
        status=415,
        slug="unsupported-media-type",
        body=BODY,
        headers={"Content-Type": media},
    )
    for media in (
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/jsonp",
        "application/x-json",
        "text/json",
        "json",
        "image/svg+json",
        "application/json; charset=utf-16",
        "application/json; charset=latin-1",
        f"{SECRET}/{SECRET}",
    )
] + [
    Hostile(
        name=f"coding {coding}",
        status=415,
        slug="unsupported-media-type",
        body=BODY,
        headers={"Content-Encoding": coding},
    )
    for coding in ("gzip", "deflate", "br", SECRET)
]

SIZE = [
    Hostile(name="large", status=413, slug="payload-too-large", body=b'"' + b"a" * 2**20 + b'"'),
    Hostile(
        name="large before its type is seen",
        status=413,
        slug="payload-too-large",
        body=EMAIL.encode() * 2**17,
        headers={"Content-Type": "text/plain"},
    ),
]

UNAUTHORIZED = [
    Hostile(
        name=f"authorization {given[:40]!r}",
        status=401,
        slug="unauthorized",
        body=BODY,
        caller=None,
        headers={"Authorization": given} if given else {},
    )
    for given in (
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        f"Bearer {EMAIL}",
        "Bearer " + "x" * 5000,
        f"Bearer {token_of('alice')}x",
        f"Bearer {token_of('alice')[:-1]}",
        f"Bearer {token_of('alice')} {token_of('alice')}",
        f"Basic {token_of('alice')}",
        "Basic YWxpY2U6cGFzc3dvcmQ=",
        "Basic %%%",
        f"Token {token_of('alice')}",
        token_of("alice"),
        "Bearer \u00e9\u00e9",
        'Digest username="x"',
    )
] + [
    Hostile(
        name=f"no token for {path}",
        status=401,
        slug="unauthorized",
        method=method,
        path=path,
        caller=None,
    )
    for method, path in (
        ("GET", "/tasks"),
        ("POST", "/scan"),
        ("POST", "/run/echo"),
        ("POST", f"/run/{EMAIL}"),
        ("GET", "/jobs/1"),
        ("GET", f"/jobs/{EMAIL}?wait=x"),
        ("DELETE", f"/jobs/{EMAIL}"),
        ("GET", f"/jobs/{EMAIL}/events"),
    )
]

FORBIDDEN = [
    Hostile(
        name=f"scope for {path}",
        status=403,
        slug="forbidden",
        method=method,
        path=path,
        caller="reviewer",
    )
    for method, path in (("POST", "/run"), ("POST", "/scan"), ("GET", "/tasks"), ("GET", "/jobs/1"))
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

TABLE = [
    *NOT_JSON,
    *INVALID,
    *MEDIA,
    *SIZE,
    *UNAUTHORIZED,
    *FORBIDDEN,
    *UNKNOWN_TASKS,
    *UNKNOWN_PLACES,
    *METHODS,
    *WAITS,
]


def test_the_table_is_long() -> None:
    """At least a hundred hostile requests, no two of one name."""
    assert len(TABLE) >= 100
    assert len({one.name for one in TABLE}) == len(TABLE)


def assert_quiet(text: str) -> None:
    """Nothing that a hostile request sent stands in a text, nor how we are built."""
    for word in (SECRET, EMAIL, "zanary", PHONE, "961112233", "Traceback", token_of("alice")):
        assert word.lower() not in text.lower()


@pytest.mark.parametrize("hostile", TABLE, ids=lambda one: one.name)
def test_a_hostile_request_is_a_problem_and_one_line(
    client: FlaskClient, auth: Auth, log_lines: LogLines, settings: WebSettings, hostile: Hostile
) -> None:
    """The right status and kind of problem, nothing repeated, no job, no alert, one line."""
    authorization = auth(hostile.caller) if hostile.caller else {}
    before = len(log_lines())
    answer = client.open(
        hostile.path,
        method=hostile.method,
        data=hostile.body,
        headers={"Content-Type": "application/json"} | authorization | hostile.headers,
    )
    assert answer.status_code == hostile.status
    assert answer.mimetype == "application/problem+json"
    problem = answer.get_json()
    assert problem["type"] == f"/docs#problem-{hostile.slug}"
    assert problem["status"] == hostile.status
    assert problem["request_id"] == answer.headers["X-Request-ID"]
    assert_quiet(answer.text + str(answer.headers))
    [line] = log_lines()[before:]
    assert f"status={hostile.status}" in line
    assert f"reason={hostile.slug}" in line
    assert problem["request_id"] in line
    assert_quiet(line)
    assert list(settings.error_reports.iterdir()) == []


def test_a_chunked_body_is_limited_too(
    client: FlaskClient, auth: Auth, log_lines: LogLines
) -> None:
    """A body that does not say its length is cut off at the limit."""
    answer = client.post(
        "/run",
        input_stream=io.BytesIO(b'"' + b"a" * 2**20 + b'"'),
        headers=auth() | {"Transfer-Encoding": "chunked", "Content-Type": "application/json"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert answer.status_code == 413
    assert len(log_lines()) == 1


@pytest.mark.parametrize("is_terminated", [True, False])
def test_a_body_that_ends_early_is_no_payload(
    client: FlaskClient, auth: Auth, is_terminated: bool
) -> None:
    """Half a body is refused even where the half happens to be JSON."""
    environ: dict[str, object] = {"CONTENT_LENGTH": "100"}
    if is_terminated:
        environ["wsgi.input_terminated"] = True
    answer = client.post(
        "/run",
        input_stream=io.BytesIO(b"{}"),
        headers=auth() | {"Content-Type": "application/json"},
        environ_overrides=environ,
    )
    assert answer.status_code == 400
    assert answer.get_json()["type"] == "/docs#problem-bad-json"


class BrokenStream(io.BytesIO):
    """A body that the server fails to read."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def read(self, size: int | None = -1, /) -> bytes:
        """Fail as the server does."""
        raise self.error


@pytest.mark.parametrize(
    "error",
    [InvalidChunkSize(b"zz"), ChunkMissingTerminator(b""), NoMoreData(), ConnectionResetError()],
    ids=lambda one: type(one).__name__,
)
def test_a_body_that_breaks_is_the_clients_fault(
    client: FlaskClient, auth: Auth, log_lines: LogLines, error: Exception
) -> None:
    """What gunicorn says of broken chunks is not a failure of the gateway."""
    answer = client.post(
        "/run",
        input_stream=BrokenStream(error),
        headers=auth() | {"Transfer-Encoding": "chunked", "Content-Type": "application/json"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert answer.status_code == 400
    assert answer.get_json()["type"] == "/docs#problem-bad-json"
    [line] = log_lines()
    assert " INFO " in line
