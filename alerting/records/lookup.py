"""Looks up which alerts a filter takes, newest first, as fast among millions as among few.

There is an index for each kind, caller and task, for every two of them, and for none. In each of
them state and severity follow, and then the number: where one of those is not asked for, the
newest alerts of all its values, which are few, are merged. Knows neither pages nor texts.
"""

from functools import cache
from itertools import product
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Integer,
    Select,
    bindparam,
    desc,
    literal,
    select,
    union_all,
)

from alerting.records.dialect import ordered_equal
from alerting.records.numbers import first_number
from alerting.records.record import Filter, Severity, State
from alerting.records.tables import alerts, kinds

_NAMES = ("kind", "caller", "task")
# The largest number that a column can hold; some moments would have a larger one.
_LAST = 2**63 - 1


def has_index(wanted: Filter) -> bool:
    """Whether the filter asks for anything that has an index here, and for nothing rarer."""
    asked = (wanted.kind, wanted.severity, wanted.state, wanted.caller, wanted.task)
    is_rare = wanted.digest is not None or wanted.incident_id is not None
    return not is_rare and any(one is not None for one in asked)


def rows(of_alerts: Select[Any], wanted: Filter, *, dialect: str) -> Select[Any]:
    """Return the query with only what the filter takes, newest first.

    It is executed with the values of :func:`parameters`.
    """
    names = tuple(name for name in _NAMES if getattr(wanted, name) is not None)
    states = tuple(State) if wanted.state is None else (wanted.state,)
    severities = tuple(Severity) if wanted.severity is None else (wanted.severity,)
    return _rows(of_alerts, names, tuple(product(states, severities)), dialect)


def parameters(wanted: Filter, *, before: int | None, limit: int) -> dict[str, Any]:
    """Return the values for a query: what is asked for, the bounds, and how many are taken."""
    named = {name: getattr(wanted, name) for name in _NAMES}
    until = _LAST if wanted.until is None else first_number(wanted.until)
    return {
        **{name: value for name, value in named.items() if value is not None},
        "first": 0 if wanted.since is None else min(max(first_number(wanted.since), 0), _LAST),
        "end": max(min(until, _LAST if before is None else before), 0),
        "most": limit,
    }


def bounds(number: ColumnElement[int]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions of the time and of where a page begins."""
    first, end = (bindparam(name, type_=BigInteger) for name in ("first", "end"))
    return number >= first, number < end


# Kept, as making a query of a dozen parts takes longer than asking it.
@cache
def _rows(
    of_alerts: Select[Any],
    names: tuple[str, ...],
    grades: tuple[tuple[State, Severity], ...],
    dialect: str,
) -> Select[Any]:
    # Bounded each, or PostgreSQL sorts them whole.
    each = [_newest(names, *one, dialect=dialect).limit(_most()).subquery() for one in grades]
    newest = union_all(*(one.select() for one in each)).order_by(desc("number"))
    found = newest.limit(_most()).subquery()
    query = of_alerts.join(found, found.c.number == alerts.c.number)
    return query.order_by(found.c.number.desc())


def _newest(
    names: tuple[str, ...], state: State, severity: Severity, *, dialect: str
) -> Select[Any]:
    """Return the query of the numbers that have all of this, in the order of their index."""
    table, number = (kinds, kinds.c.alert) if "kind" in names else (alerts, alerts.c.number)
    equal: list[tuple[Column[Any], ColumnElement[Any]]] = [
        *((table.c[name], bindparam(name, type_=table.c[name].type)) for name in names),
        (table.c.state, literal(state)),
        (table.c.severity, literal(int(severity))),
    ]
    first, wanted = equal[0]
    return (
        select(number.label("number"))
        .where(ordered_equal(first, wanted, dialect=dialect), *bounds(number))
        .where(*(column == value for column, value in equal[1:]))
        .order_by(first.desc(), number.desc())
    )


def _most() -> ColumnElement[int]:
    return bindparam("most", type_=Integer)
