"""What a folder of views, terms and checks asks of the lake, and what of it rests on something.

These feed the page Quality, and hold use cases where a check says so; no feature is read by them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from attending.fhir.mapped import BESIDE
from attending.fhir.terms import TermRow
from attending.lake.edges import going
from attending.report.data.impact import touches
from attending.spec.data.checks import CheckLine, Checks
from attending.spec.data.terms import Terms
from attending.spec.data.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attending.report.data.impact import Maps
    from attending.report.data.upstream import Upstreams


class DataFolder(msgspec.Struct, frozen=True, kw_only=True):
    """A folder of data, as it is declared, and what its maps say.

    Attributes
    ----------
    views, terms
        By name.
    checks
        Of views, or of the dropped files of a use case's source.
    rows
        Of its maps, as far as their files could be read.

    """

    views: dict[str, View] = {}
    terms: dict[str, Terms] = {}
    checks: tuple[Checks, ...] = ()
    rows: tuple[TermRow, ...] = ()


class Watches(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One thing on the page Quality that rests on what was asked about.

    Attributes
    ----------
    by
        The document: checks or terms, by name.
    what
        ``in_range of labs.lactate``, ``rows of labs`` (which, where, when), or
        ``what its map covers``.
    through
        The column by which it does.
    because
        In the spec's own words.
    holds
        The use cases that wait while it is breached.

    """

    by: str
    what: str
    through: str
    because: str
    holds: tuple[str, ...] = ()


def watched(asked: str, data: DataFolder, *, known: Upstreams, maps: Maps) -> tuple[Watches, ...]:
    """Give the checks and maps of a folder of data that rest on something; see `impact`."""
    touched = touches(asked, data, data.rows, known=known, maps=maps)
    found = {
        Watches(by=terms, what="what its map covers", through=node, because=touched[node])
        for node, (terms, _) in going(data).items()
        if node in touched
    }
    for checks in data.checks:
        for line, column in _columns(checks):
            node = f"{checks.table}.{column}" if "." not in column else column
            because = touched.get(_mapped(node, data)) or _named(asked, checks, column)
            if because:
                what = f"{line.check} of {checks.table}.{line.column}" if line else ""
                found.add(
                    Watches(
                        by=checks.name,
                        what=what or f"rows of {checks.table}",
                        through=node,
                        because=because,
                        holds=line.holds if line else _held(checks),
                    )
                )
    return tuple(sorted(found))


def names_in(data: DataFolder) -> frozenset[str]:
    """Give the tables and columns of a folder's checks, as they can be asked about."""
    found = {
        name
        for checks in data.checks
        for _, column in _columns(checks)
        for name in _spellings(checks, column)
    }
    return frozenset(found | {checks.table for checks in data.checks})


def _columns(checks: Checks) -> Iterator[tuple[CheckLine | None, str]]:
    """Give the columns that checks read, each with its line; None where all lines do."""
    for each in (checks.key, checks.order, checks.site, checks.day):
        if each:
            yield None, each
    for line in checks.checks:
        read = (line.column, line.not_after, *(line.parts or ()), ".".join(line.references or ()))
        yield from ((line, each) for each in read if each and each != "*")


def _held(checks: Checks) -> tuple[str, ...]:
    return tuple(sorted({name for line in checks.checks for name in line.holds}))


def _mapped(node: str, data: DataFolder) -> str:
    """Give the column that stands for one beside it, such as what came, or which map it was."""
    mapped = going(data)
    bare = (node.removesuffix(f"_{kind}") for kind in BESIDE if node.endswith(f"_{kind}"))
    return next((each for each in bare if each in mapped), node)


def _named(asked: str, checks: Checks, column: str) -> str:
    if asked in (checks.table, *_spellings(checks, column)):
        return f"checks {checks.name}: column {column}"
    return ""


def _spellings(checks: Checks, column: str) -> tuple[str, ...]:
    """Give how a column may be asked about: a dropped file's by its source, too."""
    source = checks.table.rpartition("/")[2]
    return column, f"{checks.table}.{column}", f"{source}.{column}"
