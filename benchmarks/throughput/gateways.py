"""The gateways under load: ours and its peers, each a web server, two workers and a Redis."""

from dataclasses import dataclass
from importlib import metadata

from flaskapp.settings import WebSettings

OURS = "piigate"
CELERY = "FastAPI + Celery"
STOCK_RQ = "Flask + stock RQ"
BARE = "bare echo"
PROCESSES = 2
OUR_WORKER = (
    *("rq.cli", "worker", "-c", "tasks.rq_config"),
    *("-w", "tasks.worker.Worker", "default"),
)

_PEERS = "benchmarks.peers.gateways"
_GUNICORN = ("gunicorn", "-c", f"python:{_PEERS}.gunicorn_settings")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """How a gateway is started; the commands are modules of Python and their arguments.

    ``most_users`` is how many it can take before its queue needs minutes to empty.
    """

    name: str
    setup: str
    web: tuple[str, ...]
    worker: tuple[str, ...]
    workers: int = PROCESSES
    path: str = "/run"
    most_users: int | None = None
    threads: int | None = None
    """Of each web process, where it is not to have one for each user."""


def gateways() -> list[Gateway]:
    """Return what is measured, ours first."""
    return [ours(), _celery(), _stock_rq(), _bare()]


def ours() -> Gateway:
    """Return our own."""
    return Gateway(
        name=OURS,
        setup="`gunicorn wsgi:app` and two `rq worker -c tasks.rq_config -w tasks.worker.Worker`, "
        "all defaults: every recognizer, payloads and results sealed, `POST /run/echo`",
        web=("gunicorn", "wsgi:app"),
        worker=OUR_WORKER,
        path="/run/echo",
        threads=int(WebSettings.model_fields["web_threads"].default),
    )


def _celery() -> Gateway:
    versions = f"FastAPI {_version('fastapi')}, uvicorn {_version('uvicorn')} (asyncio, h11), "
    return Gateway(
        name=CELERY,
        setup=f"{versions}Celery {_version('celery')} with `--pool prefork --concurrency 2`, Redis "
        "as broker and backend, late acknowledgement, payloads and results under AES-GCM; the wait "
        "is on the result's channel in a thread; the two regexes search for e-mail addresses and "
        "phone numbers",
        web=(f"{_PEERS}.fastapi_server",),
        worker=(
            *("celery", "-A", f"{_PEERS}.celery_jobs", "worker", "--pool", "prefork"),
            *("--concurrency", str(PROCESSES), "--loglevel", "WARNING"),
        ),
        workers=1,
    )


def _stock_rq() -> Gateway:
    return Gateway(
        name=STOCK_RQ,
        setup=f"gunicorn (gthread), two `rq worker` of RQ {_version('rq')}, the result looked for "
        "every 10 ms; the two regexes search",
        web=(*_GUNICORN, f"{_PEERS}.flask_rq:app"),
        worker=("rq.cli", "worker", "--quiet", "default"),
        most_users=100,
    )


def _bare() -> Gateway:
    return Gateway(
        name=BARE,
        setup="gunicorn (gthread), two processes that echo from `BRPOP` to `LPUSH`; nothing is "
        "searched, nothing guaranteed: the practical limit",
        web=(*_GUNICORN, f"{_PEERS}.flask_bare:app"),
        worker=(f"{_PEERS}.bare_worker",),
    )


def _version(package: str) -> str:
    return metadata.version(package)
