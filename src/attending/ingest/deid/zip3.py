"""The first three digits of a ZIP code, where more than 20,000 people live behind them.

The 17 areas with fewer are those of the 2000 census, as the federal guidance on Safe Harbor
lists them; with a later census the list has to be made again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attending.ingest.deid_rule import DeidRule

if TYPE_CHECKING:
    from attending.ingest.deid_rule import About

FEW_PEOPLE = frozenset(
    ("036", "059", "063", "102", "203", "556", "692", "790", "821", "823", "830", "831", "878",
     "879", "884", "890", "893")
)  # fmt: skip
ZIP = re.compile(r"(\d{3})\d{2}(-\d{4})?")


def change(cell: str, about: About) -> str | None:
    """Give three digits, or ``000`` where few people live; None for what is no ZIP code."""
    found = ZIP.fullmatch(cell)
    if found is None:
        return None
    return "000" if found[1] in FEW_PEOPLE else found[1]


zip3 = DeidRule(
    change, removes=frozenset({"geography"}), says="three digits, or 000 where few people live"
)
