"""JSON for programs."""

import json
from pathlib import Path

from flaskapp.scan_outputs import json as output
from tests.flaskapp.scan_outputs.surveys import EMAIL, survey_of


def test_the_document_has_every_fact(tmp_path: Path) -> None:
    """Place, kind, confidence and fingerprint stand there; the value does not."""
    found = survey_of(tmp_path, a__csv=f"id,mail\n1,{EMAIL}\n", b__bin="\0")
    text = output.render(found, found.findings, width=None)
    document = json.loads(text)

    (finding,) = document["findings"]
    assert len(finding.pop("fingerprint")) == 32
    assert finding.pop("why")
    assert finding == {
        "path": str(tmp_path / "a.csv"),
        "line": 2,
        "column": 3,
        "end_line": 2,
        "end_column": 19,
        "kind": "email",
        "confidence": 0.95,
        "pointer": None,
        "column_name": "mail",
        "excerpt": "t***@e***.com",
    }
    assert document["files"] == 1
    assert document["skipped"] == [
        {"path": str(tmp_path / "b.bin"), "reason": "binary", "detail": "binary"}
    ]
    assert EMAIL not in text
