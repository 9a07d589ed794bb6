"""Incidents as people read them: a list, one of them, its clocks and what it waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.console.listing import Cell, Detail, Line, Listing, detail
from attending.console.words import SUSPENDED, Tag, listed, many, opened
from attending.decide.clock_rule import was_met
from attending.decide.clock_words import clock_words
from attending.decide.incident import NEXT
from attending.facts.incident import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from attending.console.course import Course
    from attending.decide.incident import Held, Register

STATES = {
    "open": Tag("open", "■", "ochre"),
    "contained": Tag("contained", "❚❚", "ochre"),
    "fixed": Tag("fixed", "◐", "blue"),
    "checked": Tag("checked", "✓", "teal"),
    "closed": Tag("closed", "○", "plain"),
}
LATE = Tag("late", "✕", "ochre strong")
RUNS = Tag("running", "◇", "plain")
MET = Tag("met", "✓", "teal")
NOT_CONFIRMED = Tag("not confirmed", "■", "ochre strong")


def kind_words(kind: str) -> str:
    """Write a kind or a cause as people say it."""
    return kind.replace("_", " ")


def listing(
    title: str, found: Sequence[Held], courses: Mapping[str, Course], empty: str
) -> Listing:
    """Give incidents as a list, in the order they come."""
    return Listing(
        title=title,
        columns=("incident", "use case", "where", "severity", "state", "suspension", "due next"),
        lines=[_line(held, courses) for held in found],
        empty=empty,
    )


def where(held: Held, course: Course | None) -> str:
    """Give the sites of an incident, by the names people know."""
    sites = held.opened.sites
    return listed([*sites] if course is None else [course.sites.get(s, s) for s in sites])


def _line(held: Held, courses: Mapping[str, Course]) -> Line:
    incident = held.opened
    course = courses.get(incident.use_case)
    due = min((c.due_at for c in held.clocks if c.due_at and not c.met_at), default="")
    return Line(
        (
            Cell(
                opened(kind_words(incident.kind)),
                href=f"/incidents/{incident.incident}",
                fact=held.index,
            ),
            Cell(incident.use_case if course is None else course.title),
            Cell(where(held, course)),
            Cell(str(incident.severity)),
            Cell(tag=STATES[held.state]),
            suspension(held, course),
            Cell(due[:10] or "none"),
        )
    )


def suspension(held: Held, course: Course | None) -> Cell:
    """Say how far the suspension that came with it has come, and whether it still stands."""
    if held.unanswered:
        return Cell("ordered, and not carried out yet", tag=NOT_CONFIRMED)
    if held.waits:
        return Cell(f"at {listed(list(held.not_confirmed))}", tag=NOT_CONFIRMED)
    if not held.opened.stops:
        return Cell("none")
    standing = None if course is None else course.standing()
    there = () if standing is None else [standing.within(site) for site in held.opened.sites]
    if any(spot.mode == "suspended" for spots in there for spot in spots.values()):
        return Cell("and read back", tag=SUSPENDED)
    return Cell("read back, and lifted since")


def about(held: Held, course: Course | None) -> Detail:
    """Give all that is known of one incident."""
    incident = held.opened
    kept = "What was written about it is kept sealed; its digest is on record."
    told = detail(
        "What is known",
        {
            "Use case": Cell(
                incident.use_case if course is None else course.title,
                href=f"/use-cases/{incident.use_case}",
            ),
            "Where": where(held, course),
            "Releases": listed(list(incident.releases)),
            "Severity": [
                Cell(f"{incident.severity}: {SEVERITIES[incident.severity]}"),
                *(Cell(f"until then {was}", fact=i) for was, _, i in reversed(held.severities)),
            ],
            "Found by": opened(incident.found_by.told),
            "Began on": incident.began_on,
            "Known at": Cell(incident.known_at, fact=held.index),
            "Suspension": suspension(held, course),
            "Causes": listed([kind_words(cause) for cause in held.causes]),
        },
    )
    return Detail(told.title, told.said, [kept])


def clocks(held: Held, now: datetime) -> Listing:
    """Give the deadlines of an incident, each told with its place and what is left."""
    lines = []
    for clock in held.clocks:
        met = was_met(clock, now)
        tag = LATE if met is False else MET if met else RUNS
        rule = f"{clock.rule}, version {clock.version}"
        told = Cell(clock_words(clock, now), tag=tag)
        lines.append(Line((Cell(clock.title), told, Cell(rule), Cell(clock.jurisdiction))))
    empty = "No rule that ships here starts a clock for it."
    if held.opened.no_clocks:
        empty = f"No clock could be started ({held.opened.no_clocks}); look them up by hand."
    columns = ("what is owed", "by when", "rule", "where it applies")
    return Listing("Clocks", columns, lines, empty)


def actions(held: Held) -> Listing:
    """Give the corrective actions."""
    lines = []
    for number, action in sorted(held.actions.items()):
        done = action.done is not None
        tag = Tag("done", "✓", "teal") if done else Tag("not done", "◇", "plain")
        shown = action.told.check or "no condition is named"
        cells = (Cell(f"Action {number}"), Cell(action.told.owner), Cell(action.told.due))
        lines.append(Line((*cells, Cell(tag=tag, fact=action.done), Cell(shown))))
    columns = ("action", "owner", "due", "state", "shown to work by")
    return Listing("Corrective actions", columns, lines, "None is written down yet.")


def waits(register: Register, held: Held) -> str:
    """Say in one sentence what an incident waits for."""
    if held.state == "closed":
        return f"It was closed on {held.closed_at[:10]}."
    if held.state == "contained":
        left = sum(action.done is None for action in held.actions.values())
        if not held.actions:
            return "It waits for a corrective action."
        return f"It waits for {many(left, 'corrective action')} to be done."
    refused = register.refusal(held.opened.incident, NEXT[held.state])
    if refused is not None:
        return f"It cannot go on: {refused}."
    said = {"contain": "be contained", "check": "be checked", "close": "be closed"}
    return f"It can {said[NEXT[held.state]]}."
