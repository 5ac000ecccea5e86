"""The Flask application of the gateways that differ in their queue only."""

import time
import uuid
from collections.abc import Callable

from flask import Flask, Response, jsonify, request

from benchmarks.peers.gateways.desk import is_known, kinds_in, log_to_file


def create_app(ask: Callable[[object, str], object], *, searches: bool) -> Flask:
    """Return an application that answers with what ``ask(payload, request_id)`` returns."""
    app = Flask("bench")
    log = log_to_file()

    @app.post("/run")
    def run() -> Response:
        begin = time.perf_counter()
        if not is_known(request.headers.get("Authorization", "")):
            return Response(status=401)
        request_id = uuid.uuid4().hex
        kinds = kinds_in(request.get_data(as_text=True)) if searches else []
        result = ask(request.get_json(), request_id)
        log.info(
            "request request_id=%s status=200 kinds=%s duration_ms=%.1f",
            request_id,
            ",".join(kinds),
            (time.perf_counter() - begin) * 1000,
        )
        return jsonify({"status": "finished", "result": result, "kinds": kinds})

    return app
