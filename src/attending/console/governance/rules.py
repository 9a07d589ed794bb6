"""Rules as people read them: what is asked, how it stands, and the facts that say so."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from attending.clock import stamp
from attending.console.listing import Cell, Line, Listing, detail
from attending.console.words import Tag, listed, many, role_words
from attending.decide.duties import of_date
from attending.errors import Refused
from attending.facts.duties import NOT_AVAILABLE
from attending.loops.obligations import checkups, owed
from attending.loops.rulebooks import shipped
from attending.loops.tiering import all_heard

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from attending.console.course import Course
    from attending.console.listing import Detail
    from attending.console.page import Asked
    from attending.decide.heard import Confirmed, Heard
    from attending.facts.duties import Checkup
    from attending.loops.obligations import Governance, Owed
    from attending.spec.rulebook import Rulebook

WORDS = {
    "met": Tag("met", "✓", "teal"),
    "missing": Tag("missing", "✕", "ochre"),
    "not applicable": Tag("not applicable", "○", "plain"),
    "not yet": Tag("not yet", "◇", "plain"),
    "not verified": Tag("not verified", "?", "plain"),
    NOT_AVAILABLE: Tag(NOT_AVAILABLE, "○", "plain"),
}
BINDING = Tag("missing", "■", "ochre strong")

FORCES = {
    "inform": "informs",
    "warn": "warns",
    "block": "binds: no wider use until it is met",
}
READ = {
    "V": "read in its own text",
    "V2": "read at second hand",
    "M": "not verified",
}
TIERS = {
    "high": Tag("high", "▲", "ochre"),
    "moderate": Tag("moderate", "◆", "plain"),
    "low": Tag("low", "○", "plain"),
}
ATTRIBUTES = "us-hti-1"


def today(asked: Asked) -> str:
    """Give the date that pages judge as of."""
    return stamp(asked.parts.clock.now())[:10]


def heard_by(asked: Asked) -> Heard:
    """Give what people said of tiers and rules."""
    return all_heard(asked.parts.reader)


def held(
    asked: Asked, course: Course, known: Heard, facts: Governance
) -> tuple[Owed, tuple[Checkup, ...]]:
    """Hold a use case against the rulebooks in force today.

    Raises
    ------
    Refused
        The ledger does not hold its specs, so that nothing can be asked of them.

    """
    folder = asked.folder(course)
    if folder is None:
        raise Refused(f"the specs of {course.name} are not in this ledger; plan its folder again")
    date = today(asked)
    found = owed(folder, known, date)
    return found, checkups(facts, course.name, found.rules, date)


def overview(found: Iterable[tuple[Course, Owed, Sequence[Checkup]]]) -> Listing:
    """Give one line for each use case: tier, review path, and what is missing."""
    lines = []
    for course, its, rows in found:
        counted = Counter(row.word for row in rows if row.force != "inform")
        binds = [row for row in rows if row.kept == "missing" and row.force == "block"]
        missing = BINDING if binds else WORDS["missing"] if counted["missing"] else WORDS["met"]
        said = many(counted["missing"], "rule") if counted["missing"] else "all that can be shown"
        said += f", of which {len(binds)} {'bind' if len(binds) > 1 else 'binds'}" if binds else ""
        tier = None if its.tier is None else TIERS[its.tier.tier]
        cells = [
            Cell(course.title, href=f"/rulebooks/{course.name}"),
            Cell(tag=tier) if tier else Cell("not known"),
            Cell(its.duties.review.replace("_", " ")),
            Cell(said, tag=missing),
            Cell(counted["met"]),
        ]
        lines.append(Line(cells))
    columns = ("Use case", "Tier", "Review", "Duties", "Rules met")
    return Listing(
        "Use cases", columns, lines, "No use case is declared in this ledger.", heading=False
    )


def books(date: str, confirmed: Mapping[tuple[str, str], Confirmed]) -> Listing:
    """Give the rulebooks in force on a date, each with how well it was read."""
    lines = []
    for name, book in sorted(of_date(shipped(), date).items()):
        here = [
            c
            for (rule, v), c in confirmed.items()
            if rule.startswith(f"{name}/") and v == book.version
        ]
        last = max((c.index for c in here), default=None)
        cells = [
            Cell(book.title),
            Cell(f"{name} {book.version}"),
            Cell("everywhere" if book.jurisdiction == "any" else book.jurisdiction),
            Cell(book.status),
            Cell(_read(book)),
            Cell(len(book.rules)),
            Cell(many(len(here), "rule") if here else "none", fact=last),
        ]
        lines.append(Line(cells))
    columns = (
        "Rulebook",
        "Version",
        "Where",
        "Status",
        "How it was read",
        "Rules",
        "Confirmed here",
    )
    return Listing("Rulebooks in force today", columns, lines, "None is in force today.")


def _read(book: Rulebook) -> str:
    """Say how well it was read, and for some of its rules otherwise."""
    every = {book.checked(rule) for rule in book.rules}
    if len(every) == 1:
        return READ[every.pop()]
    return f"{READ[book.source.checked]}, some rules otherwise"


def matrix(rows: Sequence[Checkup], own: Iterable[Rulebook] = ()) -> list[Listing]:
    """Give the rules of each rulebook that may apply, what is missing first."""
    titles = {(book.id, book.version): book.title for book in (*shipped(), *own)}
    listings = []
    for name in dict.fromkeys((row.book, row.version) for row in rows):
        of = [row for row in rows if (row.book, row.version) == name and not _is_attribute(row)]
        lines = [
            Line([Cell(row.duty), Cell(row.section), Cell(tag=_tag(row)), Cell(row.because),
                  Cell(FORCES[row.force]), _proof(row)])
            for row in sorted(of, key=lambda row: row.kept != "missing")
        ]  # fmt: skip
        columns = ("What it asks", "Section", "It is", "Because", "It", "Proof")
        if lines:
            listings.append(Listing(f"{titles[name]} ({name[0]} {name[1]})", columns, lines, ""))
    return listings


def attributes(rows: Sequence[Checkup]) -> Listing | None:
    """Give what users can read about the tool, every row of it; None where it is not asked."""
    lines = [
        Line([Cell(n), Cell(row.duty), Cell(_written(row), tag=_tag(row)), _proof(row)])
        for n, row in enumerate((row for row in rows if _is_attribute(row)), 1)
    ]
    columns = ("No.", "What users can read", "What is written", "Proof")
    title = "Source attributes of a predictive tool (45 CFR 170.315(b)(11))"
    return Listing(title, columns, lines, "") if lines else None


def told(its: Owed) -> Detail:
    """Give the tier, why, and what it owes."""
    tier, duties = its.tier, its.duties
    because = () if tier is None else tier.computed.because
    overridden = "" if tier is None else tier.because
    until = "" if tier is None or tier.until is None else f", until {tier.until}"
    signs = [f"{many(s.n, role_words(s.role))}" for s in duties.sign_offs]
    return detail(
        "What it owes",
        {
            "Tier": Cell("not known") if tier is None else Cell(tag=TIERS[tier.tier]),
            "Because": listed([each.replace("_", " ") for each in because])
            or "no answer asks for more",
            "Set otherwise": [Cell(f"{overridden}{until}", fact=tier.cites[-1])]
            if tier is not None and tier.cites
            else "no",
            "Review": duties.review.replace("_", " "),
            "Sign-offs before it is shown": listed(signs) or "none by its tier",
            "Silent first": many(duties.silent_weeks, "week") if duties.silent_weeks else "no",
            "Jurisdiction": ", ".join(its.places) or "",
            "Jurisdiction not known": listed(list(its.unplaced)) or "none",
        },
    )


def _written(row: Checkup) -> str:
    """Give what is written; the tag alone says that nothing is available."""
    return "" if row.shown == NOT_AVAILABLE else row.shown or row.because


def _is_attribute(row: Checkup) -> bool:
    return row.book == ATTRIBUTES and row.rule.startswith("attribute-")


def _tag(row: Checkup) -> Tag:
    return BINDING if row.word == "missing" and row.force == "block" else WORDS[row.word]


def _proof(row: Checkup) -> Cell:
    if not row.cites:
        return Cell("none")
    more = f"{len(row.cites)} facts, the last is" if len(row.cites) > 1 else ""
    return Cell(more, fact=row.cites[-1])
