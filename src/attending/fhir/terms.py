"""Codes of one system for those of another: what a map says of a code on a day (contract C40).

A map is rows, each good from a day up to and without another. A code is *mapped* where its rows
leave one target, *many* where they leave more, *retired* where they did until some day, and
*unmapped* otherwise. Nothing but *mapped* gives a code: the first of several is never taken, nor
is a row that says less than was accepted. A set of codes is a map of each member to itself.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, get_args

import msgspec

from attending.errors import NoSuchName, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Word = Literal["mapped", "unmapped", "many", "retired"]
Equivalence = Literal[
    "relatedto", "equivalent", "equal", "wider", "subsumes", "narrower", "specializes", "inexact",
    "unmatched", "disjoint",
]  # fmt: skip

EQUIVALENCES: tuple[Equivalence, ...] = get_args(Equivalence)
ACCEPTED: tuple[Equivalence, ...] = ("equal", "equivalent")
NO_TRANSLATION: tuple[Equivalence, ...] = ("unmatched", "disjoint")

DATE_LENGTH = len("2026-10-13")


class TermRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, order=True):
    """What one map says of one code; without a target, that there is none.

    Attributes
    ----------
    map, version
        Whose row it is.
    source_system, source_code, target_system, target_code
        Codes as they are spelled there, to the letter.
    equivalence
        How the target stands to the source, in the words of FHIR R4.
    valid_from, valid_to
        Dates, from the first up to and without the last; "" for no end on that side.

    """

    map: str
    version: str
    source_system: str
    source_code: str
    target_system: str = ""
    target_code: str = ""
    equivalence: Equivalence = "equivalent"
    valid_from: str = ""
    valid_to: str = ""

    def covers(self, date: str) -> bool:
        """Tell whether it is good on a date."""
        return self.valid_from <= date and (not self.valid_to or date < self.valid_to)


class Found(NamedTuple):
    """What a map says of a code on a day.

    Attributes
    ----------
    word
        One of four; only *mapped* comes with a code.
    system, code, equivalence
        The target.
    map
        The map and its version, as ``name@version``; "" where none gave an answer.

    """

    word: Word
    system: str | None = None
    code: str | None = None
    equivalence: str | None = None
    map: str = ""


UNMAPPED = Found("unmapped")
MOST_FOUND = 1 << 14  # answers kept: the same few codes stand in most rows


class Asked(NamedTuple):
    """What one wants of a map: into which system, and how near is near enough."""

    target: str = ""
    accept: tuple[Equivalence, ...] = ACCEPTED


ANY_TARGET = Asked()
Key = tuple[str, str, str, str, Asked]  # map, system, code, day, and what is wanted


class LooksUp(Protocol):
    """What answers for a map: our own rows, or somebody else's server."""

    def lookup(
        self, map_: str, system: str, code: str, as_of: str, *, asked: Asked = ANY_TARGET
    ) -> Found:
        """Say what a map makes of a code on a day."""
        ...


class Terms:
    """Maps by name, and what codes are called where that is known.

    Parameters
    ----------
    rows
        Of all maps; the same row twice is one row.
    names
        What codes are called in their own system, for people only: nothing is looked up by it.
    statuses
        What makers say of maps in FHIR's words, for people only; "" where they say nothing.

    Attributes
    ----------
    digest
        SHA-256 over the sorted rows: two orders of the same rows are the same terms.

    """

    def __init__(
        self,
        rows: Iterable[TermRow],
        names: Mapping[tuple[str, str], str] | None = None,
        statuses: Mapping[str, str] | None = None,
    ) -> None:
        self._rows = tuple(sorted(set(rows)))
        self.names = dict(names or {})
        self.statuses = dict(statuses or {})
        self.digest = terms_digest(self._rows)
        self._found: dict[Key, Found] = {}
        self._by_map: dict[str, dict[tuple[str, str], tuple[TermRow, ...]]] = {}
        for row in self._rows:
            of = self._by_map.setdefault(row.map, {})
            key = (row.source_system, row.source_code)
            of[key] = (*of.get(key, ()), row)

    @property
    def maps(self) -> tuple[str, ...]:
        """Name every map there is."""
        return tuple(self._by_map)

    def rows(self, map_: str) -> tuple[TermRow, ...]:
        """Give a map's rows, sorted; `NoSuchName` where there is no such map."""
        return tuple(row for rows in self._of(map_).values() for row in rows)

    def rows_of(self, map_: str, system: str, code: str) -> tuple[TermRow, ...]:
        """Give what a map says of one code, whatever the day."""
        return self._of(map_).get((system, code), ())

    def lookup(
        self, map_: str, system: str, code: str, as_of: str, *, asked: Asked = ANY_TARGET
    ) -> Found:
        """Say what a map makes of a code on a day.

        Parameters
        ----------
        map_
            The map's name.
        system, code
            The code and whose it is, to the letter.
        as_of
            A date, or a moment whose date is taken.
        asked
            Into which system, and which equivalences will do.

        Raises
        ------
        NoSuchName
            There is no such map.
        Refused
            `as_of` is no whole date.

        """
        key = (map_, system, code, as_of, asked)
        found = self._found.get(key)
        if found is None:
            found = self._look(key)
            if len(self._found) >= MOST_FOUND:
                self._found.clear()
            self._found[key] = found
        return found

    def _look(self, key: Key) -> Found:
        map_, system, code, as_of, asked = key
        rows = self.rows_of(map_, system, code)
        day = day_of(as_of)
        near = [
            row
            for row in rows
            if row.target_code
            and row.equivalence in asked.accept
            and row.equivalence not in NO_TRANSLATION
            and asked.target in ("", row.target_system)
        ]
        good = [row for row in near if row.covers(day)]
        if not good:
            return Found("retired") if any(_is_over(row, day) for row in near) else UNMAPPED
        if len({(row.target_system, row.target_code) for row in good}) > 1:
            return Found("many")
        row = good[0]
        said = f"{row.map}@{row.version}"
        return Found("mapped", row.target_system, row.target_code, row.equivalence, said)

    def settled(self, moment: str) -> str:
        """Give the last day, up to a moment's, on which a row began or ended; "" where none did.

        Between two such days every code means the same.
        """
        day = day_of(moment)
        ends = (end for row in self._rows for end in (row.valid_from, row.valid_to))
        return max((end for end in ends if end and end <= day), default="")

    def _of(self, map_: str) -> dict[tuple[str, str], tuple[TermRow, ...]]:
        if map_ not in self._by_map:
            raise NoSuchName(map_, "the maps there are", self._by_map)
        return self._by_map[map_]


def terms_digest(rows: Iterable[TermRow]) -> str:
    """Give the SHA-256 over rows, whatever their order, in hexadecimal."""
    return sha256(msgspec.json.encode(sorted(set(rows)))).hexdigest()


def day_of(moment: str) -> str:
    """Give the date of a date or a moment.

    Raises
    ------
    Refused
        For a year or a month alone: a row may begin or end within it.

    """
    day = moment[:DATE_LENGTH]
    if len(day) < DATE_LENGTH or day[4] != "-" or day[7] != "-":
        raise Refused(f"{moment!r} is no whole date", accepted=["a date, such as 2026-10-13"])
    return day


def _is_over(row: TermRow, day: str) -> bool:
    return bool(row.valid_to) and row.valid_to <= day
