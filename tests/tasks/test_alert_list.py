"""The list of alerts that wait: what a job takes of it is in nobody else's hands, nor lost."""

import pytest

from alerting.records.record import Filter
from tasks.alert_list import AlertList
from tasks.keyspace import ALERTS, ALERTS_REFUSED
from tests.tasks.alert_office import QUEUED, Office


def test_a_job_that_is_delivered_again_goes_on(office: Office) -> None:
    """What a job has taken when its process dies is there when it runs again, in another one."""
    alerts = office.accept(3)
    job_id = (office.client.lindex(QUEUED, 0) or b"").decode()
    assert len(AlertList(office.client).take(job_id)) == 3
    office.accept(1)
    assert len(AlertList(office.client).take(job_id)) == 3
    assert office.desk.handle(job_id)["handled"] == 3
    assert office.desk.handle(job_id)["handled"] == 1
    assert len(office.store.page(Filter(), limit=9).records) == len(alerts) + 1


def test_a_job_takes_no_more_than_it_may_hold(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alerts with large payloads are taken in the order of their coming, by several jobs."""
    office.accept(3)
    before = office.client.lrange(ALERTS, 0, -1)
    waiting = AlertList(office.client)
    monkeypatch.setattr("tasks.alert_list._MOST_BYTES", len(before[0]) + 1)
    assert waiting.take("one") == before[:2]
    assert waiting.take("another") == before[2:]
    assert waiting.take("a third") == []
    assert len(waiting) == 0


def test_what_a_lost_job_has_taken_goes_back(office: Office) -> None:
    """A job that will not run again leaves its alerts to the next one, in their order."""
    office.accept(3)
    before = office.client.lrange(ALERTS, 0, -1)
    AlertList(office.client).take("gone")
    office.accept(1)
    AlertList(office.client).give_back_lost(but="another")
    assert office.client.lrange(ALERTS, 0, -1)[:3] == before
    office.run_waiting()
    assert len(office.store.page(Filter(), limit=9).records) == 4


def test_what_cannot_be_opened_is_put_aside(office: Office) -> None:
    """A forged entry harms nobody's alert, and stays for a person to look at."""
    forged = b"0" * 32 + b"pg1.forged"
    office.client.rpush(ALERTS, forged)
    office.accept(1)
    office.run_waiting()
    assert office.client.lrange(ALERTS_REFUSED, 0, -1) == [forged]
    assert len(office.store.page(Filter(), limit=9).records) == 1
