"""The days from which it is learned what a column usually does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attending.ingest.columns.level import REFERENCE_ROWS

if TYPE_CHECKING:
    from attending.stats._shapes import Array

BASELINE_DAYS = 28  # four of each weekday


def baseline(rows: Array) -> int:
    """Give how many of the first days are the baseline; all of them where they are too few.

    Parameters
    ----------
    rows
        Rows of each day in which the column holds something. Shape (days,).

    """
    enough = np.flatnonzero(np.cumsum(rows) >= REFERENCE_ROWS)
    days = np.flatnonzero(np.cumsum(rows > 0) >= BASELINE_DAYS)
    return max(int(enough[0]), int(days[0])) + 1 if len(enough) and len(days) else len(rows)
