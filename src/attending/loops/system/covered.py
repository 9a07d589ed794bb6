"""Tell how much of a column the maps know at each site, and seal what was left over beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from attending import shapes
from attending.facts.data.covered import TYPE, Left, SiteCovered, TermsCovered
from attending.facts.fact import By, Fact
from attending.fhir.mapped import MappedColumn
from attending.loops.sealing import sealed_if_any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from attending.fhir.coverage import Coverage
    from attending.fhir.mapped import MeasuredColumn
    from attending.fhir.terms import Terms
    from attending.loops.books import Books
    from attending.spec.data.terms import Terms as Declared

MOST_LEFT = 100  # at each site: what is rarer is found by `attending terms coverage`
LONGEST = 80  # characters of a code that is shown


def tell_covered(
    books: Books,
    document: Declared,
    maps: Terms,
    column: MappedColumn | MeasuredColumn,
    *,
    sites: Mapping[str, Coverage],
) -> bool:
    """Write down what a column's map covers; tell whether it was news.

    Parameters
    ----------
    books
        Where it is written; the same counts by the same maps are written once.
    document, maps
        What was declared, and its rows.
    column
        The column.
    sites
        How much is covered at each.

    """
    left = list(_left(sites))
    text = msgspec.json.encode(left).decode() if left else ""
    told = TermsCovered(
        terms=document.name,
        version=document.version,
        maps=maps.digest,
        view=column.view,
        column=column.column,
        of="codes" if isinstance(column, MappedColumn) else "amounts",
        through=column.map if isinstance(column, MappedColumn) else column.to,
        sites=tuple(_site(site, each) for site, each in sorted(sites.items())),
    )
    key = f"terms/{document.name}/{column.view}.{column.column}/covered"
    before = books.reader.latest(key)
    if before is not None and _unsealed(shapes.convert(before.fact.body, TermsCovered)) == told:
        return False
    payloads, named = sealed_if_any(text)
    body = {"type": TYPE, **msgspec.to_builtins(msgspec.structs.replace(told, left=named))}
    by = By(person="platform", via="loop")
    books.write([Fact(kind="measured", key=key, at=books.at, by=by, body=body)], payloads)
    return True


def _unsealed(told: TermsCovered) -> TermsCovered:
    """Leave out the sealed list's name: it is salted, and another each time."""
    return msgspec.structs.replace(told, left="")


def _site(site: str, covered: Coverage) -> SiteCovered:
    counts = {name: getattr(covered, name) for name in SiteCovered.__struct_fields__[1:]}
    return SiteCovered(site=site, **counts)


def _left(sites: Mapping[str, Coverage]) -> Iterator[Left]:
    for site, covered in sorted(sites.items()):
        for each in covered.unmapped[:MOST_LEFT]:
            might = (f"{c.code} {c.display}".strip() + f" ({c.because})" for c in each.candidates)
            yield Left(
                site=site,
                code=each.code[:LONGEST],
                display=each.display[:LONGEST],
                rows=each.rows,
                word=each.word,
                might_be=tuple(might),
            )
