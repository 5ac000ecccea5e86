"""Processes that leave connections to those which have fewer."""

import multiprocessing
import time

import pytest

from flaskapp.launch.fair_shares import FairShares


def test_the_next_connection_is_for_who_has_fewest() -> None:
    """Of those that have said how many they have, oneself not counted."""
    shares = FairShares()
    assert not shares.has_more(1, 5)
    shares.say(1, 3)
    assert not shares.has_more(1, 5)
    shares.say(2, 5)
    assert not shares.has_more(1, 5)
    assert shares.has_more(1, 6)
    assert shares.has_more(2, 5)


def test_processes_that_are_forked_hear_each_other() -> None:
    """What one says is there for all others."""
    shares = FairShares()
    forked = multiprocessing.get_context("fork").Process(target=shares.say, args=(2, 1))
    forked.start()
    forked.join()
    assert shares.has_more(1, 2)


def test_who_is_gone_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has said nothing for a while takes no connection."""
    shares = FairShares()
    shares.say(2, 0)
    assert shares.has_more(1, 1)
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 4)
    assert not shares.has_more(1, 1)
