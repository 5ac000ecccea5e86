"""A hostile request, and the data in it that nothing may repeat."""

from dataclasses import dataclass, field

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
