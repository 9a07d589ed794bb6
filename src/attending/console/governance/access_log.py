"""The access log as people read it: counts that lead to their looks, and days that stand out."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from attending.console.governance.set_aside import BY_PAGE, IMPROPER, PROPER, WAITS
from attending.console.listing import Cell, Line, Listing
from attending.console.words import many
from attending.report.data.access_log import BY, access_log

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attending.console.page import Asked
    from attending.report.data.access_log import AccessLog, Seen, Settled
    from attending.report.data.unusual_access import Unusual

ASKED = (*BY, "use_case", "on")
HEADINGS = {"person": "By person", "purpose": "By purpose", "patient": "By patient"}
SHORT = 12  # characters of a pseudonym that are read; the link bears the whole
MOST_COUNTED, MOST_LISTED = 20, 200

Found = tuple["Unusual", "Settled | None"]


def log_of(asked: Asked) -> AccessLog:
    """Give every look at what is about a patient, up to now."""
    return asked.parts.history.folded("access_log", access_log)


def asked_for(asked: Asked) -> dict[str, str]:
    """Give what looks were asked for, by value; nothing where all are."""
    return {name: asked.query[name] for name in ASKED if asked.query.get(name)}


def link(**told: str) -> str:
    """Give the address of the looks of some values."""
    return f"/access?{urlencode(told)}#looks"


def headline(log: AccessLog, waiting: int, days: Sequence[Found]) -> str:
    """Say how many looked at how many, and what waits to be looked into."""
    looks, open_days = len(log.looks()), sum(settled is None for _, settled in days)
    if not looks:
        return "Nobody has looked at anybody's record here."
    people, patients = len(log.counts("person")), len(log.counts("patient"))
    said = f"{many(people, 'person', 'people')} looked {many(looks, 'time')} at records of "
    said += f"{many(patients, 'patient')}. "
    if not waiting + open_days:
        return said + "Nothing waits to be looked into."
    told = [many(waiting, "break-glass look")] * bool(waiting)
    told += [many(open_days, "unusual day")] * bool(open_days)
    return said + f"To look into: {' and '.join(told)}."


def counted(log: AccessLog) -> list[Listing]:
    """Give how often somebody looked, by person, purpose and patient; the most first."""
    return [_counted(log, by) for by in BY]


def _counted(log: AccessLog, by: str) -> Listing:
    counts = log.counts(by).most_common()
    lines = [
        Line([Cell(_words(by, value)), Cell(n, href=link(**{by: value}))])
        for value, n in counts[:MOST_COUNTED]
    ]
    left = len(counts) - MOST_COUNTED
    if left > 0:
        lines.append(Line([Cell(f"and {left:,} more, looked at no more often"), Cell("")]))
    return Listing(HEADINGS[by], (by, "looks"), lines, "Nobody has looked.")


def listed(log: AccessLog, asked: Mapping[str, str], known_as: Mapping[str, str]) -> Listing:
    """Give the looks that were asked for, the newest first."""
    looks = log.looks(asked)
    told = ", ".join(f"{name.replace('_', ' ')} {_words(name, v)}" for name, v in asked.items())
    title = f"{many(len(looks), 'look')}: {told or 'all'}"
    if len(looks) > MOST_LISTED:
        title += f"; the newest {MOST_LISTED} are shown"
    columns = ("who", "when (UTC)", "what for", "patient", "tool", "site", "by page")
    lines = [_look(seen, known_as) for seen in looks[:MOST_LISTED]]
    return Listing(title, columns, lines, "Nobody has looked at that.")


def unusual_days(days: Sequence[Found]) -> Listing:
    """Give the days that stand out, with what was found of each."""
    columns = ("who", "day", "that day", "usual", "found", "by")
    lines = [_day(day, settled) for day, settled in days]
    return Listing("Unusual days", columns, lines, "No day stands out.")


def _day(day: Unusual, settled: Settled | None) -> Line:
    tag = WAITS if settled is None else PROPER if settled.found == "proper" else IMPROPER
    what = many(day.n, "patient") if day.whose == "person" else many(day.n, "person", "people")
    return Line(
        [
            Cell(f"{day.whose} {_words(day.whose, day.who)}"),
            Cell(str(day.on)),
            Cell(what, href=link(**{day.whose: day.who, "on": str(day.on)})),
            Cell(f"{day.usual:.1f}"),
            Cell(tag=tag, fact=None if settled is None else settled.fact),
            Cell(settled.by if settled is not None else "nobody yet"),
        ]
    )


def _look(seen: Seen, known_as: Mapping[str, str]) -> Line:
    aside = " (rules set aside)" if seen.break_glass else ""
    patient = Cell("nobody found")
    if seen.patient:
        patient = Cell(seen.patient[:SHORT], href=link(patient=seen.patient))
    return Line(
        [
            Cell(seen.person, fact=seen.fact),
            Cell(seen.at[:16].replace("T", " ")),
            Cell(seen.purpose.replace("_", " ") + aside),
            patient,
            Cell(seen.use_case or "none"),
            Cell(known_as.get(seen.site, seen.site) or "none"),
            Cell(BY_PAGE.get(seen.page, seen.page)),
        ]
    )


def _words(by: str, value: str) -> str:
    return value[:SHORT] if by == "patient" else value.replace("_", " ")
