"""Nothing that was accepted is lost, whatever is killed and when; docs/delivery.md shows it."""

from collections.abc import Iterator
from itertools import product

import pytest

from tests.delivery.__main__ import ROUNDS
from tests.delivery.hold import RUNNING, STEPS
from tests.delivery.page import rows
from tests.delivery.rounds import FROZEN, VICTIMS, frozen_rounds, rounds
from tests.delivery.system import System
from tests.e2e.gateway import eventually

STUCK_AFTER_S = 10
DISCARDED = "late end of a job discarded"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Run one system for every round."""
    with System(tmp_path_factory.mktemp("delivery")) as running:
        yield running


in_both = pytest.mark.parametrize("in_streaks", [False, True], ids=["handed", "in streaks"])


@pytest.mark.parametrize("victim", VICTIMS)
@in_both
def test_nothing_accepted_is_lost(system: System, victim: str, in_streaks: bool) -> None:
    """Every request gets its end; a job runs at least once, or at most once, as its task says."""
    seen = rounds(system, victim, in_streaks=in_streaks)

    assert {one.step for one in seen} == set(STEPS)
    assert not [one for one in seen if one.is_broken]


@in_both
def test_worker_that_was_frozen_stores_no_end(system: System, in_streaks: bool) -> None:
    """The second delivery of a job counts, or its failure; the end of the first is discarded."""
    log = system.home / "logs" / "app.log"
    before = log.read_text().count(DISCARDED)

    seen = frozen_rounds(system, 1, in_streaks=in_streaks)

    assert {(one.is_idempotent, one.status) for one in seen} == {
        (True, "finished"),
        (False, "failed"),
    }
    assert not [one for one in seen if one.is_broken]
    eventually(
        lambda: log.read_text().count(DISCARDED) == before + len(seen),
        within_s=20,
        what="both late ends are told",
    )


def test_page_shows_every_cell_and_no_loss() -> None:
    """The table of docs/delivery.md has all its rounds; none broke a promise or was stuck."""
    assert {(victim, step) for victim, step, *_ in rows()} == {
        *product(VICTIMS, STEPS),
        (FROZEN, RUNNING),
    }
    for row in rows():
        *_, broken, _, longest = row
        assert (row[2], broken) == (str(ROUNDS), "0"), row
        assert float(longest.removesuffix(" s")) <= STUCK_AFTER_S, row
