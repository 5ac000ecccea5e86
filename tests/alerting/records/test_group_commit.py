"""Records that are kept at the same time share a transaction."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from alerting.records.group_commit import GroupCommit
from alerting.records.record import Record
from tests.alerting.records.conftest import record_of


def test_what_gathers_meanwhile_goes_together() -> None:
    """While one transaction runs the others wait, and share the next one."""
    begun, may_end = threading.Event(), threading.Event()
    together: list[list[Record]] = []

    def add(records: Sequence[Record]) -> None:
        together.append(list(records))
        begun.set()
        may_end.wait(timeout=10)

    keep = GroupCommit(add)
    records = [record_of(number) for number in range(20)]
    with ThreadPoolExecutor(max_workers=20) as threads:
        first = threads.submit(keep, records[0])
        assert begun.wait(timeout=10)
        others = [threads.submit(keep, one) for one in records[1:]]
        while len(keep._waiting) < 19:
            threading.Event().wait(0.01)
        may_end.set()
        for one in (first, *others):
            one.result(timeout=10)
    assert [len(one) for one in together] == [1, 19]
    assert sorted(one.alert.id for each in together for one in each) == [
        one.alert.id for one in records
    ]


def test_a_transaction_that_fails_fails_for_each() -> None:
    """Whoever had a record in it learns of it, and the next one is tried anew."""
    fails = True

    def add(records: Sequence[Record]) -> None:
        if fails:
            raise OSError("full")

    keep = GroupCommit(add)
    with pytest.raises(OSError, match="full"):
        keep(record_of(1))
    fails = False
    keep(record_of(2))
