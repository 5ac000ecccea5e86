#!/bin/sh
# The image's commands. `web` serves HTTP, `pool` runs as many workers as WORKERS says, `worker [QUEUE]` is one of them;
# anything else runs as it is.
set -eu
case "${1:-web}" in
    web) exec gunicorn wsgi:app ;;
    pool) exec python -m tasks.pool ;;
    worker) exec rq worker -c tasks.rq_config -w tasks.worker.Worker "${2:-default}" ;;
    *) exec "$@" ;;
esac
