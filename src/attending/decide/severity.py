"""How bad an incident is after somebody said so again: what it then owes, and what it stops.

A worse severity starts the clocks that it owes, from the moment it was known to be worse; what
already runs goes on as it began, since what was known then does not change. A lesser one ends
no clock: what was owed stays owed until somebody says that it was met. An incident that comes to
suspend is open again until it is contained again; a suspension stands until it is lifted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from attending import shapes
from attending.facts.incident import Clock, Incident, Regraded, stops

if TYPE_CHECKING:
    from attending.facts.fact import Fact


class Now(NamedTuple):
    """An incident as it is after that: its severity and orders, its clocks, and if it reopens."""

    opened: Incident
    clocks: tuple[Clock, ...]
    reopens: bool


def regraded(opened: Incident, clocks: tuple[Clock, ...], fact: Fact) -> Now | None:
    """Give an incident as it is after a fact said how bad it is; None where that is stale."""
    told = shapes.convert(fact.body, Regraded)
    if told.was != opened.severity or told.severity == told.was:
        return None
    running = {clock.rule for clock in clocks}
    orders = (*opened.orders, *told.orders)
    return Now(
        msgspec.structs.replace(opened, severity=told.severity, orders=orders),
        (*clocks, *(clock for clock in told.clocks if clock.rule not in running)),
        reopens=stops(told.severity) and not stops(told.was),
    )
