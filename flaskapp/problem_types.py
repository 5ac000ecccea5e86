"""The kinds of problem that the gateway answers with. Knows neither Flask nor what raises them.

The words here are all that a client reads besides ids and positions, so they quote nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass

RETRY_AFTER_S = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemType:
    """A kind of problem; ``detail`` stands in an answer that has nothing more exact to say."""

    slug: str
    status: int
    title: str
    detail: str
    headers: Mapping[str, str]

    @property
    def uri(self) -> str:
        """Reference to the kind's place on the documentation page."""
        return f"/docs#problem-{self.slug}"


def _table(*rows: tuple[str, int, str, str]) -> dict[str, ProblemType]:
    return {
        slug: ProblemType(
            slug=slug,
            status=status,
            title=title,
            detail=detail,
            headers={"Retry-After": str(RETRY_AFTER_S)} if status in {429, 503} else {},
        )
        for slug, status, title, detail in rows
    }


TYPES = _table(
    ("bad-json", 400, "The body is not JSON", "Send one JSON value in UTF-8."),
    (
        "invalid-idempotency-key",
        400,
        "The idempotency key is malformed",
        "Send one `Idempotency-Key` of at most 255 printable ASCII characters, in double quotes.",
    ),
    (
        "unauthorized",
        401,
        "A valid token is required",
        "Send a valid token as `Authorization: Bearer <token>`.",
    ),
    ("forbidden", 403, "The token's scopes do not allow this", "Use a token with that scope."),
    (
        "not-found",
        404,
        "There is nothing here",
        "Nothing is at this address, or it belongs to another caller, or it has expired.",
    ),
    ("unknown-task", 404, "There is no such task", "`GET /tasks` lists the tasks."),
    (
        "method-not-allowed",
        405,
        "This address does not take this method",
        "The header `Allow` lists the methods it takes.",
    ),
    (
        "request-too-slow",
        408,
        "The request took too long to arrive",
        "Send it again, over a faster connection or with a smaller body.",
    ),
    ("job-canceled", 409, "The job was canceled", "The job ended without a result; send it again."),
    (
        "job-ended",
        409,
        "The job has ended",
        "It cannot be canceled any more; `GET /jobs/<id>` has its result.",
    ),
    (
        "wrong-state",
        409,
        "The alert's state does not allow this",
        "Only an open alert is acknowledged, and only one that is not open is reopened.",
    ),
    (
        "idempotency-key-in-use",
        409,
        "The first request with this key is under way",
        "Try again later with the same key.",
    ),
    (
        "result-expired",
        410,
        "The result is no longer kept",
        "The payload was run; to run it again, send it with a new `Idempotency-Key`.",
    ),
    (
        "alert-changed",
        412,
        "Somebody else changed the alert meanwhile",
        "Read the alert again, and send its new `ETag` as `If-Match`.",
    ),
    ("payload-too-large", 413, "The body is too large", "Send a smaller body."),
    (
        "unsupported-media-type",
        415,
        "The body is not sent as JSON",
        "Send the payload uncompressed, in UTF-8, with `Content-Type: application/json`.",
    ),
    (
        "invalid-payload",
        422,
        "The payload cannot be taken",
        "The payload is JSON, but outside the limits of the gateway.",
    ),
    (
        "scan-partial",
        422,
        "The payload could not be scanned to its end",
        "Too many of its parts are encoded or disguised, or too often over; send them decoded.",
    ),
    (
        "idempotency-key-reused",
        422,
        "The idempotency key belongs to another request",
        "Send another payload or task with a key of its own.",
    ),
    (
        "invalid-parameter",
        422,
        "A parameter of the query is invalid",
        "See the documentation of the parameter.",
    ),
    (
        "rate-limited",
        429,
        "The caller sends too much",
        "Send no more payloads than the limit allows; `Retry-After` says when there is room again.",
    ),
    (
        "task-failed",
        500,
        "The task failed on this payload",
        "The task raised an error; its log line has the job's id.",
    ),
    (
        "internal-error",
        500,
        "The gateway failed",
        "This is a fault of the gateway; its log line has the request's id.",
    ),
    (
        "alert-not-recorded",
        503,
        "The alert could not be recorded",
        "The payload holds personal data, so it was not run without an alert. Try again later.",
    ),
    (
        "alerts-unavailable",
        503,
        "The database of alerts cannot be reached",
        "Nothing was changed. Try again later.",
    ),
    (
        "queue-unavailable",
        503,
        "The job queue cannot be reached",
        "The job was not accepted. Try again later.",
    ),
    (
        "queue-busy",
        503,
        "The queue is too long",
        "The job was not accepted: it would be queued for too long. Try again later.",
    ),
    (
        "too-many-streams",
        503,
        "Too many streams of events are open",
        "Try again later, or ask for the job's state with `GET /jobs/<id>?wait=s`.",
    ),
    ("not-ready", 503, "The gateway is not ready", "A part that it needs does not work."),
    (
        "task-timeout",
        504,
        "The task took too long",
        "The job overran the task's time limit and was stopped.",
    ),
    (
        "deadline-passed",
        504,
        "The job did not start in time",
        "It was queued for longer than `ttl` or the gateway's limit, and never ran; send it again.",
    ),
)
