"""What a chart is: a finding for a title, rows, and a Vega-Lite specification over them.

The rows are what the picture draws and what the table under it shows; there is no other
copy of the numbers. A specification is made here, from figures; none is ever taken from
a person or a file, and no row of it is a program.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

INK, SOFT, LINE, BLUE, PALE, OCHRE, TEAL, PAPER = (
    "#1b2733",
    "#5b6b7a",
    "#d5dce3",
    "#1f5fa8",
    "#a9c3e0",
    "#b45309",
    "#0f766e",
    "#ffffff",
)
UNTOLD = "#eef2f6"  # where nothing is known or nothing has begun

STYLE: dict[str, Any] = {
    "font": "system-ui, Segoe UI, Helvetica, Arial, sans-serif",
    "background": PAPER,
    "padding": {"left": 20, "right": 20, "top": 5, "bottom": 5},
    "view": {"stroke": None},
    "title": {
        "anchor": "start",
        "fontSize": 15,
        "fontWeight": 600,
        "color": INK,
        "subtitleColor": SOFT,
        "subtitleFontSize": 12,
        "offset": 12,
        "subtitlePadding": 4,
        "limit": 2000,
    },
    "axis": {
        "labelColor": SOFT,
        "titleColor": SOFT,
        "titleFontWeight": 400,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "gridColor": LINE,
        "gridOpacity": 0.6,
        "domainColor": LINE,
        "tickColor": LINE,
    },
    "legend": {"labelColor": SOFT, "title": None, "orient": "top", "labelFontSize": 12},
    "text": {"color": INK, "fontSize": 12},
}

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # OWASP: what a spreadsheet would run


@dataclass(frozen=True)
class Chart:
    """One chart.

    Attributes
    ----------
    name
        Under which its CSV and its specification can be had.
    title
        The finding, computed from the rows' own facts.
    about
        How to read it.
    columns
        Field of a row to heading, in the table's order.
    rows
        The numbers.
    spec
        Vega-Lite, without address of any kind but links to facts.

    """

    name: str
    title: str
    about: str
    columns: Mapping[str, str]
    rows: Sequence[Mapping[str, Any]]
    spec: Mapping[str, Any]

    def csv(self) -> str:
        """Write the table for a spreadsheet, where no cell is a formula."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(self.columns.values())
        for row in self.rows:
            writer.writerow([_safe(row.get(name)) for name in self.columns])
        return out.getvalue()


def _safe(value: object) -> object:
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return "" if value is None else value


def whole(title: str, about: str, parts: Mapping[str, Any]) -> dict[str, Any]:
    """Put a specification together under the house's style."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "title": {"text": title, "subtitle": about},
        "config": STYLE,
        **parts,
    }
