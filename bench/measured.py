"""A figure with its spread, and whether it meets its target."""

from __future__ import annotations

from statistics import median
from typing import NamedTuple


class Row(NamedTuple):
    what: str
    figures: list[float]  # one for each run
    target: float
    unit: str = "times"
    at_most: bool = False
    note: str = ""

    @property
    def met(self):
        middle = median(self.figures)
        return middle <= self.target if self.at_most else middle >= self.target


def ratios(ours, theirs):
    """Give ours over theirs, run by run: only figures of one moment are compared."""
    return [a / b for a, b in zip(ours, theirs, strict=True)]


def table(rows):
    width = max(len(row.what) for row in rows)
    print(f"\n{'':{width}}  {'median':>9} {'least':>9} {'most':>9}   target")
    for row in rows:
        low, middle, high = min(row.figures), median(row.figures), max(row.figures)
        sign = "≤" if row.at_most else "≥"
        word = "met" if row.met else "NOT MET"
        print(
            f"{row.what:{width}}  {middle:9.3g} {low:9.3g} {high:9.3g}"
            f"   {sign} {row.target:g} {row.unit}  {word}{'; ' + row.note if row.note else ''}"
        )
