"""What waits for the next meeting: what was put on the docket, and what went wrong and is open.

An incident of severity 1 or 2 waits there until it is closed, and any incident while one of its
clocks is past its end. Nothing of that is written down: it is so as long as the facts say so.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from attending.decide.clock_rule import due, was_met
from attending.facts.incident import stops

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attending.decide.governed import Governed
    from attending.decide.incident import Held
    from attending.facts.incident import Clock


class Waiting(NamedTuple):
    """One thing that waits for a committee.

    Attributes
    ----------
    use_case, because
        Of which use case, and what it is, in a sentence without its full stop.
    incident
        The incident's name; empty where it is none.

    """

    use_case: str
    because: str
    incident: str = ""


def late(held: Held, now: datetime) -> tuple[Clock, ...]:
    """Give the clocks of an incident that have run out and that nobody has met."""
    return tuple(c for c in held.clocks if c.met_at is None and was_met(c, now) is False)


def presses(held: Held, now: datetime) -> bool:
    """Tell whether an incident is a matter for whoever governs: it stops output, or is late."""
    return held.is_open and (stops(held.opened.severity) or bool(late(held, now)))


def words(held: Held, now: datetime) -> str:
    """Say what is open and what is late, in a sentence without its full stop."""
    opened = held.opened
    kind, at = opened.kind.replace("_", " "), ", ".join(opened.sites) or "no site"
    said = f"incident {opened.incident}, severity {opened.severity} ({kind} at {at}), "
    said += f"is {held.state} and not closed"
    for clock in late(held, now):
        ends = due(clock)
        day = "" if ends is None else f" since {ends.astimezone(UTC).date().isoformat()}"
        said += f"; {clock.title} is past its end{day}"
    return said


def docket(
    use_case: str, governed: Governed, incidents: Iterable[Held], now: datetime
) -> tuple[Waiting, ...]:
    """Give what waits for the committee of a use case, incidents first and the worst of them."""
    wrong = [
        Waiting(use_case, words(held, now), held.opened.incident)
        for held in incidents
        if held.opened.use_case == use_case and presses(held, now)
    ]
    return (*wrong, *(Waiting(use_case, because) for because in governed.docket.values()))
