"""Other gateways, small and honest, built to the description of ours.

Each checks a bearer token by its digest in constant time, reads a JSON body, searches it (the bare
one does not), has a job run by its queue, waits and answers with the result; each request and each
job writes one line of the log. What they are told stands in the environment.
"""
