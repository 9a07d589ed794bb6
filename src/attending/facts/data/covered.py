"""How much of what came the maps know: counts of one column at each site, and the fact of it.

A code that came may be anything a source sends. What was left over is therefore sealed beside the
ledger and named by its digest; the fact counts alone.
"""

from __future__ import annotations

from typing import Literal

import msgspec

TYPE = "terms_covered/1"


class SiteCovered(msgspec.Struct, frozen=True, kw_only=True):
    """One column at one site.

    Attributes
    ----------
    rows, codes
        All that came; of amounts, the units they came in.
    rows_in_map, codes_in_map
        Those that the map knows, whatever it says of them.
    rows_mapped, codes_mapped
        Those for which it leaves one answer.

    """

    site: str
    rows: int
    rows_in_map: int
    rows_mapped: int
    codes: int
    codes_in_map: int
    codes_mapped: int


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """A code, or a unit, that came to a site and gave nothing; never in a fact."""

    site: str
    code: str
    display: str
    rows: int
    word: str
    might_be: tuple[str, ...] = ()


class TermsCovered(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=TYPE):
    """What a document of terms makes of one column.

    Attributes
    ----------
    terms, version, maps
        The document, what its maker calls its version, and the digest of all its rows.
    view, column, of, through
        What goes through what: codes through a map, amounts into a unit.
    sites
        How much of it is known at each.
    left
        Digest of the sealed list of what was left over, the most frequent first; "" for none.

    """

    terms: str
    version: str
    maps: str
    view: str
    column: str
    of: Literal["codes", "amounts"]
    through: str
    sites: tuple[SiteCovered, ...]
    left: str = ""
