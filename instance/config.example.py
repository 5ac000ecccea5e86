"""Settings of piigate: copy this file to instance/config.py and take the # off what you change.

The values shown are the defaults. Environment variables of the same names win over this file.
Relative paths start at the folder that holds instance/. `make run`, gunicorn, flask and the
workers all read it when they start.
"""

# Folder of the alert reports.
# ERROR_REPORTS = "error_reports"

# Database of the alerts: `postgresql://user:password@host/name`; the default is a file for SQLite
# in `instance`. Machines that work together need the same.
# DATABASE_URL = "sqlite:////var/lib/piigate/alerts.db"

# Whether DATA of a report shows values or masks them; with `masked` the database keeps none to
# reveal either.
# ALERT_DATA = "raw"

# Whether each alert becomes a report, a file of its own.
# ALERT_REPORTS = "on"

# Alerts are recorded within the request (`direct`), or kept in Redis with the payload's job and
# recorded by the workers of the queue `alerts` (`queued`).
# ALERT_RECORDING = "direct"

# Days that alerts and reports are kept; 0 keeps them.
# ALERT_MAX_AGE = 0

# Most alerts and most reports that are kept; 0 keeps all.
# ALERT_MAX_COUNT = 0

# How severe alerts are, later rules before earlier ones: `kind=severity`, `*=severity` for all
# other kinds, `number=severity` for incidents of so many alerts; `low`, `medium`, `high` or
# `critical`.
# ALERT_SEVERITY = "*=high email=low phone=low ip=low mac=low api_key=critical 100=high"

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

# Who is told of incidents: any of `email`, `log`, `stream`, `syslog`, `webhook`.
# ALERT_SINKS = ()

# Seconds within which an alert joins the incident of those like it.
# ALERT_GROUP_WINDOW = 3600

# Seconds an incident may grow before it is first told of.
# ALERT_TELL_AFTER = 10

# Seconds between two tellings of one incident that grows.
# ALERT_TELL_EVERY = 300

# Seconds before each further try to tell a sink that failed; after the last one the job stays in
# RQ's failed jobs.
# ALERT_RETRY_AFTER = (5, 30, 120, 600, 1800, 3600, 7200, 14400)

# Seconds a telling that failed for good is kept among RQ's failed jobs; it is tried again after
# that.
# ALERT_FAILED_TTL = 604800

# Where the sink `webhook` posts to.
# ALERT_WEBHOOK_URL = None

# Signs what the sink `webhook` posts (Standard Webhooks): `whsec_` and the key in Base64.
# ALERT_WEBHOOK_SECRET = None

# Networks, as in `10.1.0.0/16`, that the sink `webhook` may reach though they are not public.
# ALERT_WEBHOOK_NETWORKS = ()

# Mail server of the sink `email`: `host` or `host:port`.
# ALERT_EMAIL_SERVER = None

# How the connection to the mail server is encrypted.
# ALERT_EMAIL_SECURITY = "starttls"

# User at the mail server.
# ALERT_EMAIL_USER = None

# Password at the mail server.
# ALERT_EMAIL_PASSWORD = None

# Sender of the mails.
# ALERT_EMAIL_FROM = None

# Who gets the mails.
# ALERT_EMAIL_TO = ()

# Where the sink `syslog` sends to (RFC 5424): `udp://host:514`, `tcp://host:601` or
# `unix:///dev/log`.
# ALERT_SYSLOG = None

# Name of the Redis stream of the sink `stream`; its key is `piigate:stream:` and this.
# ALERT_STREAM = "alerts"

# Seconds a sink may take to connect, and again for each answer.
# ALERT_TIMEOUT = 10

# `redis://`, `rediss://`, `unix://` or `sentinel://host:port,host:port/service?db=0`; the default
# is the socket of the server that `make run` starts.
# REDIS_URL = "redis://127.0.0.1:6379/0"

# Seconds a job may run when its task sets no timeout.
# JOB_TIMEOUT = 60

# Seconds a job may stay queued before it expires, unless `?ttl=` says less.
# JOB_TTL = 3600

# Seconds a result is kept.
# RESULT_TTL = 600

# Seconds a failed job is kept.
# FAILURE_TTL = 3600

# Keys that seal payloads and results in Redis: 64 hexadecimal digits each, separated by white
# space; the first seals, all open. By default made on first start in `instance`. Machines that
# work together need the same.
# PAYLOAD_KEYS = None

# Seconds an `Idempotency-Key` stands for its first request.
# IDEMPOTENCY_TTL = 86_400

# Seconds that a job may go on after its timeout before it is killed.
# JOB_GRACE = 5

# Times a job is given to a worker when workers die of it, before it fails.
# MAX_DELIVERIES = 3

# Jobs after which the process that runs them is made anew.
# WORKER_MAX_JOBS = 10000

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

# Threads of one gunicorn process for what takes long: pages, batches, streams.
# WEB_THREADS = 64

# Streams of events one gunicorn process serves at a time; each holds a thread.
# EVENT_STREAMS = 16

# Task of a bare `POST /run`.
# DEFAULT_TASK = "transform"

# Seconds a request waits for its result before it answers 202.
# WAIT_TIMEOUT = 30

# Longest wait in seconds that a client may ask for.
# MAX_WAIT = 300

# Longest predicted wait in a queue, in seconds, with which a job is accepted; a caller who waits
# for less gets less.
# MAX_QUEUE_WAIT = 600

# Most payloads of one caller, as in `100/second` or `20/second; 5000/day`; by default no limit. A
# line of a batch is a payload.
# RATE_LIMIT = None

# Seconds a client may take to send the head of a request, again to send its body, and to take the
# answer.
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

# Tokens from the environment, in place of the file, for containers: `name:<SHA-256 of the
# token>:scope,scope[:expiry]`, separated by white space.
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
