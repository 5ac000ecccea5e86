"""One command that runs every part on this machine: ``python -m flaskapp.launch``.

It checks that the parts can start, hands them to supervisor and tells where they are. Knows
nothing of requests or jobs.
"""
