"""Rewriting of a payload's JSON text: found values replaced where they stand. Knows no kinds.

That takes a fraction of what a copy of the payload takes, but cannot do all that
:mod:`alerting.rewriting` does.
"""

from collections.abc import Sequence

from alerting.json_text import scalar_text
from alerting.page import PayloadPage
from alerting.pointer import Hit
from alerting.rewriting import Replace


def rewritten_text(page: PayloadPage, hits: Sequence[Hit], replace: Replace) -> bytes | None:
    """Return the JSON text of a page's payload, the values of hits in ascending order replaced.

    None where that takes a copy of the payload: a value has escapes, stands in a member's name, is
    a number or in several texts.
    """
    raw = page.raw
    if not hits:
        return raw
    if page.data is not raw:
        return None
    pieces: list[bytes] = []
    position = closing = 0
    is_inside = False
    for hit in hits:
        start, end = hit.start, -hit.minus_end
        if raw.count(b'"', position, start) % 2:
            is_inside = not is_inside
        if not is_inside:
            return None
        if end > closing:
            closing = raw.find(b'"', start)
            if end > closing or raw.startswith(b":", closing + 1):
                return None
        value = replace(hit.kind, raw[start:end].decode("utf-8", "surrogatepass"))
        pieces += (raw[position:start], scalar_text(value)[1:-1])
        position = end
    pieces.append(raw[position:])
    return b"".join(pieces)
