"""Ids: UUIDs that grow."""

import re
import time
import uuid

from alerting.ids import new_id, new_job_id


def test_ids_are_uuids_of_version_7() -> None:
    """Anybody's library reads them, and when they were made."""
    before = time.time_ns() // 1_000_000
    for made in (new_id(), new_job_id()):
        read = uuid.UUID(made)
        assert (read.version, read.variant) == (7, uuid.RFC_4122)
        assert before <= read.int >> 80 <= time.time_ns() // 1_000_000


def test_ids_differ_and_grow() -> None:
    """Of many made at once no two are alike; a later one is greater."""
    many = {new_id() for _ in range(10_000)}
    time.sleep(0.002)
    assert len(many) == 10_000
    assert new_id() > max(many)
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in many)
