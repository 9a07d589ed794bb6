"""Severity: that an incident is worse, or not so bad, becomes a fact, and stops what must stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from attending.clock import stamp
from attending.errors import GateNotMet, Refused
from attending.facts.fact import By, Fact
from attending.facts.incident import SEVERITIES, Clock, Regraded, stops
from attending.loops.carry_out import obey
from attending.loops.deadlines import clocks_of, shipped, undeclared
from attending.loops.say import Said, ordered_fact
from attending.loops.sealing import reason
from attending.loops.today import today

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attending.decide.incident import Held
    from attending.loops.incident_steps import Taken


def regrade(case: Taken, severity: int, *, why: str) -> Held:
    """Say how bad an incident is now; one that comes to be of 1 or 2 suspends in the same commit.

    Raises
    ------
    GateNotMet
        It is closed.
    Refused
        There is no such severity, it is of that severity already, or no reason is given.

    """
    held, hands, folded = case.held(), case.hands, case.folded
    was = held.opened.severity
    if severity not in SEVERITIES:
        said = [f"{n}: {words}" for n, words in SEVERITIES.items()]
        raise Refused(f"there is no severity {severity}", accepted=said)
    if not case.person.strip():
        raise Refused("say who does it")
    refused = folded.incidents.refusal(case.incident, "severity")
    if refused is not None:
        raise GateNotMet(refused)
    if severity == was:
        raise Refused(f"incident {case.incident} is of severity {was} already")
    payload, named = reason(why, of="another severity")
    orders: list[Fact] = []
    if stops(severity) and not stops(was):
        because = f"incident {case.incident}, severity {severity}"
        said_by = [Said("suspend", s, case.person, because, case.via) for s in held.opened.sites]
        orders = [ordered_fact(hands, folded, each, today(hands, folded)) for each in said_by]
    told = Regraded(
        incident=case.incident,
        severity=severity,
        was=was,
        why=named,
        orders=tuple(order.key for order in orders),
    )
    _write(case, told, orders, payload)
    obey(hands, folded, today(hands, folded))
    return case.held()


def _write(case: Taken, told: Regraded, orders: Sequence[Fact], payload: bytes) -> None:
    hands, at = case.hands, stamp(case.hands.clock.now())
    rules: Sequence[Fact] = ()
    try:
        there = shipped()
        told = msgspec.structs.replace(told, clocks=_new_clocks(case, told, at))
        rules = undeclared(hands, there, at)
    except Exception as error:  # noqa: BLE001  whatever it was: what must stop, stops all the same
        told = msgspec.structs.replace(told, no_clocks=type(error).__name__)
    fact = Fact(
        kind="said",
        key=f"{hands.use_case}/{case.incident}/{case.folded.next_index}/severity",
        at=at,
        by=By(person=case.person, via=case.via),
        use_case=hands.use_case,
        body={"type": "severity/1", **msgspec.to_builtins(told)},
    )
    hands.pen.append([*orders, *rules, fact], [payload])


def _new_clocks(case: Taken, told: Regraded, at: str) -> tuple[Clock, ...]:
    """Start the clocks that the new severity owes and that do not run yet, from now."""
    held = case.held()
    asked = msgspec.structs.replace(held.opened, severity=told.severity, known_at=at)
    running = {clock.rule for clock in held.clocks}
    found = clocks_of(case.hands, asked, shipped())
    return tuple(clock for clock in found if clock.rule not in running)
