"""What operators may do with alerts, read from a form. Knows no pages."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from alerting.records.record import LONGEST_COMMENT, TRANSITIONS, Action, State
from flaskapp.problems import Problem

ON_MANY = (Action.ACKNOWLEDGE, Action.RESOLVE, Action.REOPEN)
ON_ONE = (*ON_MANY, Action.COMMENT)
_SEEN = re.compile(r"(?P<id>[0-9a-f]{32}):(?P<version>[0-9]{1,9})")
_COUNT = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was done just now: the action, and with how many alerts.

    Others were left: those in a state that it did not suit, and those that somebody had changed.
    """

    action: Action
    count: int
    skipped: int
    changed: int

    @property
    def is_nothing(self) -> bool:
        """Whether all alerts were left."""
        return not self.count and bool(self.skipped or self.changed)


def action_of(form: Mapping[str, str], *, allowed: tuple[Action, ...] = ON_MANY) -> Action:
    """Return the action that the pressed button names; raises the problem `invalid-parameter`."""
    told = form.get("action", "")
    for action in allowed:
        if action == told:
            return action
    raise Problem("invalid-parameter", "The form names no action.")


def seen_in(ticked: Iterable[str]) -> dict[str, int | None]:
    """Return the alerts that were ticked, with the version that the page showed of each.

    Raises the problem `invalid-parameter`.
    """
    found = [_SEEN.fullmatch(one) for one in ticked]
    if None in found:
        raise Problem("invalid-parameter", "The form names an alert in another way than its page.")
    return {one["id"]: int(one["version"]) for one in found if one}


def comment_of(form: Mapping[str, str]) -> str:
    """Return the comment, cut to the length that is kept."""
    return form.get("comment", "").strip()[:LONGEST_COMMENT]


def offered(state: State) -> list[Action]:
    """Return the actions that lead on from a state."""
    return [action for action in ON_MANY if state in TRANSITIONS[action][0]]


def done(args: Mapping[str, str]) -> Done | None:
    """Return what was done, as the address says that a form led to; anybody can write that."""
    told = args.get("done", "")
    if told not in [*Action]:
        return None
    counts = {name: _count(args, name) for name in ("count", "skipped", "changed")}
    return Done(action=Action(told), **counts)


def _count(args: Mapping[str, str], name: str) -> int:
    text = args.get(name, "")
    return int(text) if _COUNT.fullmatch(text) else 0
