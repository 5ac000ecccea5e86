"""Values with HTML elements or comments in the middle that do not show on a page."""

import re

from alerting.disguise import Disguise

_ELEMENTS = "a|abbr|b|big|em|font|i|mark|s|small|span|strong|sub|sup|tt|u|wbr"
_TAG = rf"</?(?:{_ELEMENTS})(?:[ /][^<>\"\n\r]{{0,200}})?>|<!--[^<>\"\n\r]{{0,200}}-->"


def _plain(_token: str) -> str:
    return ""


DISGUISE = Disguise(
    pattern=rb"[0-9A-Za-z@.+)\-](?:" + _TAG.encode() + rb"){1,3}[0-9A-Za-z@.(\-]" + rb'[^"\n\r]*',
    tokens=re.compile(rf"(?:{_TAG})+"),
    plain=_plain,
    is_line=True,
    certainty=0.9,
    hidden={
        "ann<b>@</b>example.com": "ann<b>@</b>example.com",
        "ann<!-- no robots -->@example.com": "ann<!-- no robots -->@example.com",
        "096<span>123</span>4567": "096<span>123</span>4567",
    },
)
