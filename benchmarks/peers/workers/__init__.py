"""Other workers, one file each, to be measured alone on a queue of echo jobs.

``fill(jobs)`` enqueues them on the Redis of ``REDIS_URL`` and returns the keys that the results of
the first and of the last one will have there.
"""
