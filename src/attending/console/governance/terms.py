"""What codes and amounts come to here, as people read it: covered, left over, and units changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from attending import shapes
from attending.console.governance.quality import STATES, results_of
from attending.console.governance.sites import sites_seen, titles
from attending.console.listing import Cell, Line, Listing
from attending.facts.data.covered import TYPE, Left, TermsCovered
from attending.fhir.ucum import is_ucum
from attending.ledger.following import Following

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from attending.console.page import Asked
    from attending.facts.data.covered import SiteCovered
    from attending.facts.entry import Entry
    from attending.ledger.read import Reader

MOST_SHOWN = 50
CHANGED = "same_unit"


@dataclass(frozen=True)
class Known:
    """The last counts of each column, with the fact that holds them."""

    last: Mapping[str, tuple[int, TermsCovered]] = field(default_factory=dict)

    def after(self, entry: Entry) -> Known:
        """Take one fact in."""
        if entry.fact.type != TYPE:
            return self
        told = shapes.convert(entry.fact.body, TermsCovered)
        return Known({**self.last, entry.fact.key: (entry.index, told)})


_following: WeakKeyDictionary[Reader, Following[Known]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Covered:
    """One column at one site, and the fact that says so, for whoever may see every site."""

    told: TermsCovered
    site: SiteCovered
    fact: int | None


def covered(asked: Asked) -> list[Covered]:
    """Give what maps cover at the sites that somebody may see, the most rows left over first."""
    reader, seen = asked.parts.reader, sites_seen(asked)
    begun = Following(reader, Known(), Known.after, kinds=("measured",))
    found = [
        Covered(told, site, index if seen is None else None)
        for index, told in _following.setdefault(reader, begun).now().last.values()
        for site in told.sites
        if seen is None or site.site in seen
    ]
    return sorted(
        found, key=lambda e: (e.site.rows_mapped - e.site.rows, e.told.view, e.told.column)
    )


def headline(found: Sequence[Covered]) -> str:
    """Say in one sentence how much of what came is known."""
    rows, used = (sum(getattr(e.site, n) for e in found) for n in ("rows", "rows_mapped"))
    if used == rows:
        return f"Every one of {rows:,} codes and amounts that came has one meaning here."
    return (
        f"{used:,} of {rows:,} codes and amounts that came have one meaning here ({used / rows:.1%}"
        f"); the other {rows - used:,} are empty to every tool."
    )


def coverage(asked: Asked, found: Sequence[Covered]) -> Listing:
    """List columns by site: what came, what the map knows, what it leaves one answer for."""
    columns = (
        "column", "goes through", "site", "rows", "in the map", "one answer", "left over",
        "codes in the map", "version",
    )  # fmt: skip
    known_as = titles(asked)
    lines = [_line(each, known_as) for each in found]
    return Listing("What maps cover", columns, lines, "Nothing came yet.")


def _line(each: Covered, known_as: Mapping[str, str]) -> Line:
    told, site = each.told, each.site
    into = f"into {told.through}" if told.of == "amounts" else told.through
    return Line(
        (
            Cell(f"{told.view}.{told.column}"),
            Cell(into),
            Cell(known_as.get(site.site, site.site)),
            Cell(site.rows, fact=each.fact),
            Cell(_share(site.rows_in_map, site.rows)),
            Cell(_share(site.rows_mapped, site.rows)),
            Cell(site.rows - site.rows_mapped),
            Cell(f"{site.codes_in_map:,} of {site.codes:,}"),
            Cell(f"{told.terms} {told.version}"),
        )
    )


def _share(part: int, rows: int) -> str:
    return f"{part:,} ({part / rows:.1%})" if rows else "none came"


def left_over(asked: Asked, found: Sequence[Covered]) -> tuple[Listing, bool]:
    """List what came and gave nothing, the most frequent first; tell whether all was opened."""
    lines: list[tuple[int, Line]] = []
    is_open, known_as = True, titles(asked)
    for name in dict.fromkeys(each.told.left for each in found if each.told.left):
        of = next(each for each in found if each.told.left == name)
        text = asked.parts.people.opened(name) if asked.parts.people is not None else None
        is_open = is_open and text is not None
        sites = {each.site.site for each in found if each.told.left == name}
        told = shapes.decode(text, list[Left]) if text else []
        lines += [(left.rows, _left(left, of, known_as)) for left in told if left.site in sites]
    lines.sort(key=lambda each: -each[0])
    columns = ("code", "column", "site", "rows", "why it is empty", "it might be")
    title = "Left over, the most frequent first"
    shown = [line for _, line in lines[:MOST_SHOWN]]
    return Listing(title, columns, shown, "Nothing is left over."), is_open


def _left(left: Left, of: Covered, known_as: Mapping[str, str]) -> Line:
    words = {"many": "several targets", "retired": "its rows have ended"}
    if of.told.of == "codes":
        otherwise = "in no map"
    elif is_ucum(left.code):
        otherwise = f"a unit that does not convert into {of.told.through}"
    else:
        otherwise = "no code of UCUM"
    return Line(
        (
            Cell(f"{left.code} {left.display}".strip() or "(nothing stood there)"),
            Cell(f"{of.told.view}.{of.told.column}"),
            Cell(known_as.get(left.site, left.site)),
            Cell(left.rows, fact=of.fact),
            Cell(words.get(left.word, otherwise)),
            Cell("; ".join(left.might_be) or "nothing near"),
        )
    )


def changed_units(asked: Asked) -> Listing:
    """List what was found of units that a source may have changed without a word."""
    return Listing(
        "Units, as they came to be",
        ("amount", "site", "state", "rows in another unit", "of rows", "since row"),
        list(_changes(asked)),
        "Nothing that came is watched for a change of unit: its unit would name a person_column.",
    )


def _changes(asked: Asked) -> Iterator[Line]:
    known_as = titles(asked)
    for each in results_of(asked):
        found = each.found
        if found.check == CHANGED:
            yield Line(
                (
                    Cell(f"{found.table}.{found.column}"),
                    Cell(known_as.get(found.site, found.site)),
                    Cell(tag=STATES[found.state]),
                    Cell(found.num_violated, fact=each.fact),
                    Cell(found.num_denominator),
                    Cell(found.since_row if found.num_violated else "never"),
                )
            )
