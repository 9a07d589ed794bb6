"""Deadlines: the rules and calendars that ship with the platform, and those an incident starts.

The rules that started a clock are declared in the ledger beside it, so that an auditor finds
the text and the version that were in force, whatever ships later.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from attending.admit import read_lone
from attending.decide.clock_rule import applicable, due, started
from attending.digest import digest
from attending.facts.fact import By, Fact
from attending.loops.declare import declared
from attending.spec.clock import Calendar, ClockRules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attending.facts.incident import Clock, Incident
    from attending.loops.parts import Hands
    from attending.spec.clock import ClockRule
    from attending.spec.site import Site

FOLDER = "calendars"
NO_ZONE = "UTC"


class Deadlines(NamedTuple):
    """Rules, and the calendars they count by."""

    rules: tuple[ClockRule, ...]
    calendars: Mapping[str, Calendar]

    def fact(self, at: str) -> Fact:
        """Give the fact that declares them; the same rules have the same key."""
        body = {
            "type": "clock_rules/1",
            "rules": msgspec.to_builtins(self.rules),
            "calendars": msgspec.to_builtins(self.calendars),
        }
        key = f"clock_rules/{digest(body)[:16]}/declared"
        return Fact(kind="declared", key=key, at=at, by=By(person="platform"), body=body)


@cache  # what is installed does not change while a process runs
def shipped() -> Deadlines:
    """Read the rules and the calendars that ship with the platform."""
    calendars: dict[str, Calendar] = {}
    rules: list[ClockRule] = []
    with as_file(files("attending") / FOLDER) as folder:
        for path in sorted(folder.glob("*.yaml")):
            if path.name.startswith("clock_rules"):
                rules += read_lone(path, ClockRules)[0].rules
            else:
                calendar = read_lone(path, Calendar)[0]
                calendars[calendar.name] = calendar
    return Deadlines(tuple(rules), calendars)


def clocks_of(hands: Hands, incident: Incident, there: Deadlines) -> tuple[Clock, ...]:
    """Start the clocks of an incident; where its sites lie in several zones, the first to end."""
    sites = _sites(hands)
    about = [sites[name] for name in incident.sites if name in sites]
    laws = [_law(site) for site in about]
    said = frozenset(laws) if all(laws) else frozenset()  # where one is not known, none is left out
    zones = sorted({_zone(s.timezone) for s in about}) or [NO_ZONE]
    known_at = datetime.fromisoformat(incident.known_at)
    found = []
    for rule in applicable(there.rules, incident, said):
        calendar = there.calendars.get(rule.calendar)
        where = "" if said else f"{rule.jurisdiction}, if the sites lie there"
        clocks = [started(rule, known_at, z, calendar, jurisdiction=where) for z in zones]
        found.append(min(clocks, key=lambda c: (due(c) is None, c.due_at or "")))
    return tuple(found)


def undeclared(hands: Hands, there: Deadlines, at: str) -> Sequence[Fact]:
    """Give the fact that declares the rules, unless these very rules are on record."""
    fact = there.fact(at)
    return [] if hands.reader.latest(fact.key) is not None else [fact]


def _sites(hands: Hands) -> Mapping[str, Site]:
    """Give the sites as they were declared; a clock that cannot be placed still runs, in UTC."""
    last = hands.reader.latest(f"{hands.use_case}/specs/declared")
    if last is None or "documents" not in last.fact.body:
        return {}
    return declared(hands.reader, hands.use_case).sites


def _law(site: Site) -> str:
    """Give whose law holds at a site, as rules of clocks write it; empty where it does not say."""
    own = site.jurisdiction
    return (site.attributes.get("jurisdiction", "") if own is msgspec.UNSET else own).lower()


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return NO_ZONE
    return name
