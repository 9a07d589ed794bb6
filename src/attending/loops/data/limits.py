"""Count, in the lake, results below or above a limit that a use case would read as measured."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from attending.fhir.comparator import COMPARATOR, SaidExactly, values_alone
from attending.fhir.decode import decode_exact
from attending.fhir.functions import NoRow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attending.fhir.view import View
    from attending.lake.clinical.store import ClinicalLake


class Limited(NamedTuple):
    """How many values of a view, at a site, came with a comparator that it does not read."""

    view: str
    elements: tuple[str, ...]  # whose values are read without it
    site: str
    values: int


def limits_in(lake: ClinicalLake, views: Iterable[View]) -> list[Limited]:
    """Look through what holds now for values that are limits; only bodies that name one are read.

    Parameters
    ----------
    lake
        Where the resources are.
    views
        What is read of them; only those that read a value and not its comparator are asked.

    """
    found: list[Limited] = []
    for each in views:
        elements = values_alone(each)
        counted = _by_site(lake, each) if elements else {}
        found += [Limited(each.name, elements, site, n) for site, n in sorted(counted.items())]
    return found


def _by_site(lake: ClinicalLake, view: View) -> dict[str, int]:
    held = lake.current(type=view.resource).select("site", "body")
    said_exactly, counted = SaidExactly(view), Counter[str]()
    for row in lake.rows(held.filter(held.body.contains(f'"{COMPARATOR}"'))):
        try:
            counted[row["site"]] += said_exactly(decode_exact(row["body"].encode()))
        except NoRow:
            continue  # it has no rows, and is set aside where the view is materialized
    return {site: n for site, n in counted.items() if n}
