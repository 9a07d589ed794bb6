"""How bad an incident is after somebody said so again: what it then owes, and what it stops.

A worse severity starts the clocks that it owes, from the moment it was known to be worse; what
already runs goes on as it began, since what was known then does not change. A lesser one ends
no clock: what was owed stays owed until somebody says that it was met. An incident that comes to
suspend is open again until it is contained again; a suspension stands until it is lifted.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from attending.facts.incident import Regraded, stops

if TYPE_CHECKING:
    from attending.decide.incident import Held
    from attending.facts.entry import Entry


def regraded(held: Held, entry: Entry) -> Held:
    """Give an incident as it is after a fact said how bad it is; the same where that is stale."""
    told = msgspec.convert(entry.fact.body, Regraded)
    if told.was != held.opened.severity or told.severity == told.was:
        return held
    running = {clock.rule for clock in held.clocks}
    new = replace(
        held,
        opened=msgspec.structs.replace(
            held.opened, severity=told.severity, orders=(*held.opened.orders, *told.orders)
        ),
        clocks=(*held.clocks, *(c for c in told.clocks if c.rule not in running)),
        severities=(*held.severities, (told.was, told.severity, entry.index)),
    )
    if stops(told.severity) and not stops(told.was):
        return replace(new, contained=None, contained_at="", checked=None)
    return new
