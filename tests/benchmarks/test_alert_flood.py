"""A flood of alerts is recorded whole, and told once."""

import pytest

from benchmarks.alert_flood import RECORDINGS, flood


@pytest.mark.parametrize("recording", RECORDINGS)
def test_a_flood_is_one_incident_and_one_mail(recording: str) -> None:
    """More alerts than a worker handles at once are all recorded, and one mail counts them."""
    seen = flood(recording, count=1500)
    assert (seen.recorded, seen.incidents, seen.told) == (1500, 1, (1500,))
    assert seen.row.endswith("| 1,500 | 1 | 1 (1,500) | reached |")
