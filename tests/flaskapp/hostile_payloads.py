"""Hostile payloads: no JSON, JSON that is not taken, of another type, or too large."""

import json

from tests.flaskapp.hostile import EMAIL, PHONE, SECRET, Hostile


def bodies(status: int, slug: str, bodies_: dict[str, bytes]) -> list[Hostile]:
    """Return one request for each body, in turn to each address that takes payloads."""
    paths = ("/run", "/run/echo", "/scan")
    return [
        Hostile(name=name, status=status, slug=slug, body=body, path=paths[number % 3])
        for number, (name, body) in enumerate(bodies_.items())
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
