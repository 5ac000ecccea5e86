"""Settings of piigate: copy this file to instance/config.py and take the # off what you change.

The values shown are the defaults. Environment variables of the same names win over this file.
Relative paths start at the folder that holds instance/. `make run`, gunicorn, flask and the
workers all read it when they start.
"""

# Folder of the alert reports.
# ERROR_REPORTS = "error_reports"

# Whether DATA of a report shows values or masks them.
# ALERT_DATA = "raw"

# Sinks that must record an alert before its payload is accepted, by name.
# ALERT_SINKS = ("file",)

# When an alert cannot be recorded: refuse the payload (`closed`), or run it and log an error
# (`open`).
# ALERT_FAILURE = "closed"

# When a scan ends before it saw through every disguise: refuse the payload (`closed`), or run it
# and say so in answer and log (`open`).
# SCAN_FAILURE = "closed"

# Kinds that are looked for; by default all.
# DETECT_KINDS = None

# Countries (ISO 3166-1 alpha-2, as in `PL DE`) whose valid national telephone numbers are found
# without further evidence.
# DETECT_REGIONS = ()

# Kinds that are found and then ignored.
# ALLOW_KINDS = ()

# JSON pointers (RFC 6901) to values in which findings are ignored, however deep; `*` stands for
# any one name or number, as in `/items/*/support_email`.
# ALLOW_POINTERS = ()

# Values that are ignored, as the digests that `flask allow-value` prints.
# ALLOW_VALUES = ()

# Keys pseudonyms and the digests of `ALLOW_VALUES`; by default made on first start in `instance`.
# Machines that work together need the same.
# PSEUDONYM_KEY = None

# The log file shared by all processes; `-` logs to stderr only.
# LOG_FILE = "logs/app.log"

# `text` for people, `ecs` for Elastic Common Schema JSON lines.
# LOG_FORMAT = "text"

# Lowest level that is logged.
# LOG_LEVEL = "INFO"

# Size at which the log rotates; 0 never rotates.
# LOG_MAX_BYTES = 52_428_800

# Rotated logs that are kept.
# LOG_BACKUPS = 5

# `redis://`, `rediss://`, `unix://` or `sentinel://host:port,host:port/service?db=0`; the default
# is the socket of the server that `make run` starts.
# REDIS_URL = "redis://127.0.0.1:6379/0"

# Seconds a job may run when its task sets no timeout.
# JOB_TIMEOUT = 60

# Seconds a job may stay queued before it is dropped.
# JOB_TTL = 3600

# Seconds a result is kept.
# RESULT_TTL = 600

# Seconds a failed job is kept.
# FAILURE_TTL = 3600

# Keys that seal payloads and results in Redis: 64 hexadecimal digits each, separated by white
# space; the first seals, all open. By default made on first start in `instance`. Machines that work
# together need the same.
# PAYLOAD_KEYS = None

# Seconds an `Idempotency-Key` stands for its first request.
# IDEMPOTENCY_TTL = 86_400

# Seconds that a job may go on after its timeout before it is killed.
# JOB_GRACE = 5

# Times a job is given to a worker when workers die of it, before it fails.
# MAX_DELIVERIES = 3

# Jobs after which the process that runs them is made anew.
# WORKER_MAX_JOBS = 1000

# Mebibytes of memory after which the process that runs jobs is made anew.
# WORKER_MAX_MEMORY = 512

# Worker processes for each queue, as in `2`, by name, as in `default=2,high=1`, or both, as in
# `1,high=4`; bounds, as in `default=1..6`, follow the load. 0 leaves a queue to other machines.
# WORKERS = 2

# Queues beside those of the tasks, for `POST /run/<task>?queue=`; they have `WORKERS` as those do.
# QUEUES = ()

# Seconds a job may wait before a queue with bounds gets another worker, one at a time.
# POOL_GROW_AFTER = 2

# Seconds one worker more than needed is kept in a queue with bounds.
# POOL_SHRINK_AFTER = 60

# Address the gateway listens on.
# HOST = "127.0.0.1"

# Port the gateway listens on.
# PORT = 8000

# gunicorn processes.
# WEB_PROCESSES = 2

# Requests one gunicorn process serves at a time.
# WEB_THREADS = 64

# Streams of events one gunicorn process serves at a time; each holds a thread.
# EVENT_STREAMS = 16

# Task of a bare `POST /run`.
# DEFAULT_TASK = "transform"

# Seconds a request waits for its result before it answers 202.
# WAIT_TIMEOUT = 30

# Longest wait in seconds that a client may ask for.
# MAX_WAIT = 300

# Seconds a client may take to send the head of a request, again to send its body, and
# to take the answer.
# CLIENT_TIMEOUT = 30

# Largest body of a request.
# MAX_BODY_BYTES = 1_048_576

# Deepest nesting of a payload.
# MAX_DEPTH = 100

# Most values in a payload.
# MAX_VALUES = 100_000

# Most lines in a batch of payloads.
# MAX_LINES = 1000

# Digests of the API tokens; managed by `flask tokens`.
# TOKENS_FILE = "instance/tokens.toml"

# Tokens from the environment, in place of the file, for containers:
# `name:<SHA-256 of the token>:scope,scope[:expiry]`, separated by white space.
# API_TOKENS = None

# Signs the session cookie and keys the digests of `Idempotency-Key`; by default made on first
# start in `instance`. Machines that work together need the same.
# SECRET_KEY = None

# Seconds after which a browser has to sign in again.
# SESSION_LIFETIME = 43_200

# Send the session cookie over HTTPS only.
# SESSION_COOKIE_SECURE = False

# Reverse proxies in front whose headers are believed.
# TRUSTED_PROXIES = 0
