"""FastAPI + Celery: ``uvicorn benchmarks.peers.gateways.fastapi_celery:app``."""

import json
import os
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio.to_thread
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from benchmarks.peers.gateways.celery_jobs import ask
from benchmarks.peers.gateways.desk import is_known, kinds_in, log_to_file

_log = log_to_file()


@asynccontextmanager
async def _as_many_threads_as_the_others(_app: FastAPI) -> AsyncIterator[None]:
    limit = anyio.to_thread.current_default_thread_limiter()
    limit.total_tokens = int(os.environ["WEB_THREADS"])
    yield


app = FastAPI(lifespan=_as_many_threads_as_the_others)


@app.post("/run")  # type: ignore[untyped-decorator] # not in every environment
async def run(request: Request) -> JSONResponse:
    """Search the payload, have it echoed and answer with the result."""
    begin = time.perf_counter()
    if not is_known(request.headers.get("authorization", "")):
        return JSONResponse({"title": "unauthorized"}, status_code=401)
    request_id = uuid.uuid4().hex
    body = await request.body()
    kinds = kinds_in(body.decode())
    result = await anyio.to_thread.run_sync(ask, json.loads(body), request_id)
    _log.info(
        "request request_id=%s status=200 kinds=%s duration_ms=%.1f",
        request_id,
        ",".join(kinds),
        (time.perf_counter() - begin) * 1000,
    )
    return JSONResponse({"status": "finished", "result": result, "kinds": kinds})
