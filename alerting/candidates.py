"""Candidates that several kinds and disguises share: runs of digits."""

GAP = rb"[ ().\-/]"
"""What may stand between the digits of one number."""

_DIGIT = rb"(?:" + GAP + rb"{0,3}[0-9])"
NUMBER = (
    rb"(?:\b|[A-Za-z_]|[+(]{1,2})(?:[0-9]" + GAP + rb"{1,3}[0-9]" + _DIGIT + rb"{5,}"
    rb"|[0-9]{2}" + GAP + rb"{1,3}[0-9]" + _DIGIT + rb"{4,}"
    rb"|[0-9]{3}" + GAP + rb"{1,3}[0-9]" + _DIGIT + rb"{3,}"
    rb"|[03-9][0-9]{3}" + GAP + rb"{1,3}[0-9]" + _DIGIT + rb"{2,}"
    rb"|[12][0-9]{3}(?:[ ().\-/]{0,2}[ ()./]|-)[0-9]{3}" + _DIGIT + rb"*"
    rb"|[12][0-9]{3}[ ()./][0-9]{2}" + _DIGIT + rb"+"
    rb"|[12][0-9]{3}-[0-9]{2}-[0-9]{2}-" + _DIGIT + rb"*"
    rb"|[0-9]{5}" + _DIGIT + rb"{2,})"
)
"""Seven digits or more, with little between them, that are no date of the form 2024-03-12."""

PHONE_BEGINNING = rb"(?:\+[0-9]{1,6}|\(?0[3-9][0-9]\)?|3?80[0-9]{0,2})"
"""How telephone numbers begin: in two parts, any other number could be anything."""
