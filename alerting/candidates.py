"""Candidates that several kinds share: runs of digits. Knows no kind."""

GAP = rb"(?:[ ().\-/]|\xc2\xa0|\xc2\xad|\xe2\x80[\x8b-\x95\xaf]|\xe2\x81\xa0|%20|&nbsp;)"
"""What may stand between the digits of one number, line breaks and letters left out."""

NUMBER = rb"[+(]{0,2}[0-9](?:" + GAP + rb"{0,3}[0-9]){6,}"
"""Seven digits or more, with little between them."""

MAX_NUMBER_BYTES = 400
"""A longer run of digits is a table or noise, and not looked at."""
