"""Incidents: what people report, and what loops find, becomes facts, and stops what must stop.

An incident of severity 1 or 2 and its orders to suspend are one commit: neither is ever there
without the other. The orders take effect with it, are carried out at once, and are done when
every gateway has read them back. Nothing here waits for anybody to be told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, get_args

import msgspec

from attending import shapes
from attending.clock import stamp
from attending.decide.standing import EVERYWHERE
from attending.digest import digest
from attending.errors import NoSuchName, Refused
from attending.facts.days import REPLAYED
from attending.facts.fact import By, Fact
from attending.facts.incident import (
    SEVERITIES,
    Affected,
    Cause,
    FoundBy,
    Incident,
    Kind,
    stops,
)
from attending.facts.plan import Change
from attending.loops.carry_out import obey
from attending.loops.deadlines import clocks_of, shipped, undeclared
from attending.loops.say import Said, check_order, ordered_fact
from attending.loops.sealing import sealed
from attending.loops.widen import catch_up

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attending.facts.entry import Entry
    from attending.facts.fact import Via
    from attending.loops.parts import Folded, Hands

NAME_CHARACTERS = 8
LONGEST = 4000  # characters of what somebody writes
FOUND_BY_LOOP: tuple[Kind, int] = ("unexpected_behavior", 2)
KINDS, CAUSES = get_args(Kind), get_args(Cause)


@dataclass(frozen=True)
class Report:
    """What somebody reports.

    Attributes
    ----------
    kind, severity
        One of `KINDS`; 1 is worst.
    sites
        Where; all of the use case's when none is named.
    what
        What happened, in their words; it is sealed.
    found_by
        Who found it; with a role and no person where they wish to stay unnamed.
    began_on
        The day it began, as far as that is known; today when empty.
    death, widespread
        Whether somebody died; whether it is not of one place alone.
    via
        Through which door.

    """

    kind: str
    severity: int
    what: str
    found_by: FoundBy
    sites: tuple[str, ...] = ()
    began_on: str = ""
    death: bool = False
    widespread: bool = False
    via: Via = "cli"


def report(hands: Hands, folded: Folded, told: Report, day: int) -> Incident:
    """Open an incident; one of severity 1 or 2 suspends at its sites in the same commit.

    Raises
    ------
    NoSuchName
        The use case, a site or the kind is not known.
    Refused
        Nothing is said, nobody says it, or the severity is none.

    """
    catch_up(hands, folded)
    _check(told)
    scopes = _scopes(hands, folded, told)
    now, named = hands.clock.now(), told.found_by.told
    payload, what = sealed(told.what)
    incident = f"{hands.use_case}-{what[:NAME_CHARACTERS]}"
    sites = _sites(folded, told)
    orders = []
    if stops(told.severity):
        reason = f"incident {incident}, severity {told.severity}"
        said = [Said("suspend", scope, named, reason, told.via) for scope in scopes]
        orders = [ordered_fact(hands, folded, each, day) for each in said]
    releases = _releases(folded, sites)
    began_on = told.began_on or stamp(now)[:10]
    opened = Incident(
        incident=incident,
        kind=shapes.convert(told.kind, Kind),
        severity=told.severity,
        use_case=hands.use_case,
        sites=sites,
        releases=releases,
        found_by=told.found_by,
        began_on=began_on,
        known_at=stamp(now),
        affected=Affected(sites=sites, releases=releases, from_on=began_on),
        what=what,
        death=told.death,
        widespread=told.widespread,
        orders=tuple(order.key for order in orders),
    )
    by = By(person=named, role=told.found_by.role, via=told.via)
    opened = _write(hands, opened, by, orders=orders, words=payload)
    obey(hands, folded, day)
    catch_up(hands, folded)
    return opened


def open_incidents(hands: Hands, folded: Folded) -> int:
    """Open an incident for each suspension by a loop that none speaks of; give how many.

    Its name and its bytes come from the receipt, so that doing it twice is doing it once. A
    replay opens none: its days are no dates, and nobody was at a bedside.
    """
    if folded.standing.days.began == REPLAYED:
        return 0
    waiting = folded.incidents.unreported()
    for receipt in waiting:
        _write(hands, _of_receipt(hands, receipt), By(person="platform"))
    if waiting:
        catch_up(hands, folded)
    return len(waiting)


def open_now(folded: Folded, use_case: str) -> list[dict[str, object]]:
    """Tell the open incidents of a use case as a committee's packet has them."""
    return [
        {
            "incident": held.opened.incident,
            "kind": held.opened.kind,
            "severity": held.opened.severity,
            "sites": list(held.opened.sites),
            "state": held.state,
        }
        for held in folded.incidents.of(use_case, is_open=True)
    ]


def _of_receipt(hands: Hands, receipt: Entry) -> Incident:
    fact, body = receipt.fact, receipt.fact.body
    changes = shapes.convert(body["changes"], list[Change])
    sites = tuple(dict.fromkeys(c.site for c in changes))
    releases = tuple(dict.fromkeys(c.release[1] for c in changes if c.release[1]))
    kind, severity = FOUND_BY_LOOP
    named = digest({"plan": body["plan"]})[:NAME_CHARACTERS]
    return Incident(
        incident=f"{hands.use_case}-{named}",
        kind=kind,
        severity=severity,
        use_case=hands.use_case,
        sites=sites,
        releases=releases,
        found_by=FoundBy(source="loop"),
        began_on=fact.at[:10],
        known_at=fact.at,
        affected=Affected(sites=sites, releases=releases, from_on=fact.at[:10]),
        plan=str(body["plan"]),
    )


def _write(
    hands: Hands, opened: Incident, by: By, *, orders: Sequence[Fact] = (), words: bytes = b""
) -> Incident:
    rules: Sequence[Fact] = ()
    try:
        there = shipped()
        opened = msgspec.structs.replace(opened, clocks=clocks_of(hands, opened, there))
        rules = undeclared(hands, there, opened.known_at)
    except Exception as error:  # noqa: BLE001  whatever it was: what must stop, stops all the same
        opened = msgspec.structs.replace(opened, no_clocks=type(error).__name__)
    fact = Fact(
        kind="decided" if opened.found_by.source == "loop" else "said",
        key=f"{opened.use_case}/{opened.incident}/incident",
        at=opened.known_at,
        by=by,
        use_case=opened.use_case,
        site=opened.sites[0] if len(opened.sites) == 1 else None,
        body={"type": "incident/1", **msgspec.to_builtins(opened)},
    )
    facts = [*orders, *rules, fact]
    hands.pen.append(facts, [words] if words else [])
    return opened


def _check(told: Report) -> None:
    if told.kind not in KINDS:
        raise NoSuchName(told.kind, "the kinds of incident", KINDS)
    if told.severity not in SEVERITIES:
        said = [f"{n}: {words}" for n, words in SEVERITIES.items()]
        raise Refused(f"there is no severity {told.severity}", accepted=said)
    if not told.what.strip() or len(told.what) > LONGEST:
        raise Refused(f"say what happened, in at most {LONGEST:,} characters; it is sealed")
    if not told.found_by.person.strip() and not told.found_by.role.strip():
        raise Refused("say who found it, or in which role; a role alone keeps them unnamed")
    if told.began_on:
        try:
            date.fromisoformat(told.began_on)
        except ValueError:
            raise Refused(f"{told.began_on!r} is no date", accepted=["2026-10-13"]) from None


def _scopes(hands: Hands, folded: Folded, told: Report) -> tuple[str, ...]:
    """Give where it may suspend, each place checked as an order's is."""
    scopes = tuple(dict.fromkeys(told.sites)) or (EVERYWHERE,)
    for scope in (EVERYWHERE,) if EVERYWHERE in scopes else scopes:
        check_order(hands, folded, Said("suspend", scope, told.found_by.told, "an incident"))
    return (EVERYWHERE,) if EVERYWHERE in scopes else scopes


def _sites(folded: Folded, told: Report) -> tuple[str, ...]:
    if told.sites and EVERYWHERE not in told.sites:
        return tuple(dict.fromkeys(told.sites))
    return tuple(sorted({*folded.sites} | {site for site, _ in folded.standing.spots}))


def _releases(folded: Folded, sites: Sequence[str]) -> tuple[str, ...]:
    found = {s.release for (site, _), s in folded.standing.spots.items() if site in sites}
    return tuple(sorted(release for release in found if release))
