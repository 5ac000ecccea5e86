#!/bin/sh
# The image's commands. `web` serves HTTP, `worker [QUEUE]` runs jobs of one queue; anything else runs as it is.
set -eu
case "${1:-web}" in
    web) exec gunicorn wsgi:app ;;
    worker) exec rq worker -c tasks.rq_config -w tasks.worker.Worker "${2:-default}" ;;
    *) exec "$@" ;;
esac
