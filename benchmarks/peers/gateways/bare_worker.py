"""The worker of the bare echo: ``python -m benchmarks.peers.gateways.bare_worker``."""

import json

from benchmarks.peers.gateways.desk import log_to_file, redis_client

JOBS = "bare:jobs"
"""The list of jobs; each answer goes to a list that bears its request's id."""


def main() -> None:
    """Push back what is popped, for ever."""
    client, log = redis_client(), log_to_file()
    while True:
        popped = client.brpop([JOBS], timeout=1)
        if popped:
            request_id, payload = json.loads(popped[1])
            log.info("job task=echo request_id=%s status=finished", request_id)
            client.lpush(request_id, json.dumps(payload))


if __name__ == "__main__":
    main()
