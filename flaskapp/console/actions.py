"""What operators may do with alerts, read from a form. Knows no pages."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from alerting.records.record import LONGEST_COMMENT, TRANSITIONS, Action, State
from flaskapp.problems import Problem

ON_MANY = (Action.ACKNOWLEDGE, Action.RESOLVE, Action.REOPEN)
ON_ONE = (*ON_MANY, Action.COMMENT)
_COUNT = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was done just now: the action, with how many alerts, and how many it did not suit."""

    action: Action
    count: int
    skipped: int


def action_of(form: Mapping[str, str], *, allowed: tuple[Action, ...] = ON_MANY) -> Action:
    """Return the action that the pressed button names; raises the problem `invalid-parameter`."""
    told = form.get("action", "")
    for action in allowed:
        if action == told:
            return action
    raise Problem("invalid-parameter", "The form names no action.")


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
    return Done(action=Action(told), count=_count(args, "count"), skipped=_count(args, "skipped"))


def _count(args: Mapping[str, str], name: str) -> int:
    text = args.get(name, "")
    return int(text) if _COUNT.fullmatch(text) else 0
