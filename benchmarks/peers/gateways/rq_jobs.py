"""The job of Flask + stock RQ, in a module that its worker's forks import in no time."""

from benchmarks.peers.gateways.desk import log_to_file


def echo(payload: object, request_id: str) -> object:
    """Return the payload."""
    log_to_file().info("job task=echo request_id=%s status=finished", request_id)
    return payload
