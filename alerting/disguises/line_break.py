"""A telephone number over the end of a line."""

import re

from alerting.candidates import PHONE_BEGINNING
from alerting.disguise import Disguise, a_gap

DISGUISE = Disguise(
    pattern=PHONE_BEGINNING + rb"[0-9 ().\-]{0,12}[ \x1c]{0,2}[\n\r][ \t\n\r]{0,3}"
    rb"[0-9(][0-9 ().\-]{1,14}",
    tokens=re.compile(r"[ \x1c]*[\n\r][ \t\n\r]*"),
    plain=a_gap,
    certainty=0.9,
    hidden={"call 096\n123-45-67": "096\n123-45-67", "+380 96\r\n1234567": "+380 96\r\n1234567"},
)
