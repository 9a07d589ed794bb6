"""How much of what comes in a map covers: by rows, since one code may be half of them.

*In the map* is every row whose code the map knows; *mapped* are those for which it leaves one
target. The difference is codes with more than one target and codes that were retired, and no
column gets anything from these. What is left over is listed by how often it comes, with what it
might be: a code of the same name, or the nearest by spelling. That is for a person to look at;
nothing here, and nothing that reads it, applies one.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

from attending.errors import Refused
from attending.fhir.terms import ANY_TARGET
from attending.fhir.ucum import converted, is_ucum
from attending.fhir.ucum_units import UNITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.fhir.terms import Asked, TermRow, Terms

UCUM = "http://unitsofmeasure.org"
MOST_CANDIDATES = 3
NEAR = 0.75  # of the letters; below, names of different things look alike


class Candidate(NamedTuple):
    """A code that might be meant, and why it is thought so; never applied by itself."""

    system: str
    code: str
    display: str
    because: str


class Unmapped(NamedTuple):
    """A code that came and gave nothing, with its rows."""

    system: str
    code: str
    display: str
    rows: int
    word: str
    candidates: tuple[Candidate, ...] = ()


class Coverage(NamedTuple):
    """How much a map covers, in rows and in codes.

    Attributes
    ----------
    rows, codes
        All that came.
    rows_in_map, codes_in_map
        Those that the map knows, whatever it says of them.
    rows_mapped, codes_mapped
        Those for which it leaves one target on the day.
    unmapped
        The rest, most frequent first.

    """

    map: str
    rows: int
    rows_in_map: int
    rows_mapped: int
    codes: int
    codes_in_map: int
    codes_mapped: int
    unmapped: tuple[Unmapped, ...]


def coverage(
    seen: Mapping[tuple[str, str], int],
    names: Mapping[tuple[str, str], str],
    terms: Terms,
    map_: str,
    *,
    as_of: str,
    asked: Asked = ANY_TARGET,
) -> Coverage:
    """Hold what came against a map.

    Parameters
    ----------
    seen
        Rows of each code, by (system, code).
    names
        What the source calls its codes, where it does.
    terms, map_
        The maps, and which of them.
    as_of
        The day whose rows hold.
    asked
        What is wanted of the map.

    """
    near = _Near(terms, map_)
    mapped = [0, 0]
    in_map = [0, 0]
    left: list[Unmapped] = []
    for (system, code), rows in sorted(seen.items(), key=lambda each: (-each[1], each[0])):
        found = terms.lookup(map_, system, code, as_of, asked=asked)
        if any(row.target_code for row in terms.rows_of(map_, system, code)):
            in_map[0] += rows
            in_map[1] += 1
        if found.word == "mapped":
            mapped[0] += rows
            mapped[1] += 1
            continue
        display = names.get((system, code)) or terms.names.get((system, code), "")
        might_be = near.candidates(system, code, display)
        left.append(Unmapped(system, code, display, rows, found.word, might_be))
    return Coverage(
        map=map_,
        rows=sum(seen.values()),
        rows_in_map=in_map[0],
        rows_mapped=mapped[0],
        codes=len(seen),
        codes_in_map=in_map[1],
        codes_mapped=mapped[1],
        unmapped=tuple(left),
    )


def units_coverage(seen: Mapping[str, int], to: str = "") -> Coverage:
    """Hold the units that came against UCUM: those that are codes of it, and those that are not.

    Parameters
    ----------
    seen
        Rows of each unit, as it came.
    to
        The unit wanted: *mapped* is then what converts into it, without a molar mass.

    """
    ours = {text: rows for text, rows in seen.items() if is_ucum(text)}
    fit = {text: rows for text, rows in ours.items() if not to or _converts(text, to)}
    plain = [line.split(" ")[0] for line in UNITS.splitlines()]
    left = []
    for text, rows in sorted(seen.items(), key=lambda each: (-each[1], each[0])):
        if text not in fit:
            sought = "" if text in ours else text  # what is a unit was meant as that unit
            close = get_close_matches(sought, plain, n=MOST_CANDIDATES, cutoff=NEAR)
            near = tuple(Candidate(UCUM, code, "", "nearest spelling") for code in close)
            left.append(Unmapped(UCUM, text, "", rows, "unmapped", near))
    return Coverage(
        map=UCUM,
        rows=sum(seen.values()),
        rows_in_map=sum(ours.values()),
        rows_mapped=sum(fit.values()),
        codes=len(seen),
        codes_in_map=len(ours),
        codes_mapped=len(fit),
        unmapped=tuple(left),
    )


def _converts(text: str, to: str) -> bool:
    try:
        converted(1, text, to)
    except Refused:
        return False
    return True


class _Near:
    """What the map's own codes are called, for finding those that a left-over code resembles."""

    def __init__(self, terms: Terms, map_: str) -> None:
        self._by_name: dict[str, list[TermRow]] = {}
        self._by_code: dict[tuple[str, str], list[TermRow]] = {}
        self._names = terms.names
        for row in terms.rows(map_):
            if not row.target_code:
                continue
            self._by_code.setdefault((row.source_system, row.source_code), []).append(row)
            for key in ((row.source_system, row.source_code), (row.target_system, row.target_code)):
                if called := terms.names.get(key):
                    self._by_name.setdefault(_plain(called), []).append(row)

    def candidates(self, system: str, code: str, display: str) -> tuple[Candidate, ...]:
        """Give what a code might be, the likeliest first; nothing for one that is in the map."""
        there = self._by_code.get((system, code))
        if there is not None:
            return self._told(there, "one of several in the map, or retired")
        same = self._by_name.get(_plain(display), []) if display else []
        if same:
            return self._told(same, "same name")
        if display:
            close = get_close_matches(_plain(display), self._by_name, MOST_CANDIDATES, NEAR)
            if close:
                alike = [row for name in close for row in self._by_name[name]]
                return self._told(alike, f"its name is like {close[0]!r}")
        ours = {each: rows for (whose, each), rows in self._by_code.items() if whose == system}
        close = [] if code.isdigit() else get_close_matches(code, ours, MOST_CANDIDATES, NEAR)
        return self._told([row for each in close for row in ours[each]], "nearest spelling")

    def _told(self, rows: list[TermRow], because: str) -> tuple[Candidate, ...]:
        targets = dict.fromkeys((row.target_system, row.target_code) for row in rows)
        return tuple(
            Candidate(system, code, self._names.get((system, code), ""), because)
            for system, code in list(targets)[:MOST_CANDIDATES]
        )


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
