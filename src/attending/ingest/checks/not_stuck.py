"""A column does not stand still (plausibility over time: a broken device, a copied value).

Reads: the most frequent value of each day, of numbers or of text, where the column holds
something. The first 28 days, and at least two thousand rows, are the baseline: nothing has to be
declared. A day stands still where that value is the day before's too, and holds more of its rows
than `allowed` (nine tenths, where nothing is said) of the way from its usual share to all. It is
breached when, by how often that was so in the baseline, so many still days in a row come about
once in ten years at most, at each site and for each line, and are more than twice as many as ever
there: five days, where every day varied. It ends with the first day that does not stand still.
What counts as falling short is the rows of that value since the run began.

It does not tell of a column of which one value held more than four fifths from the first, such as
a flag that is rarely up, nor of one device among several at a site.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.ingest.check import Asked, Check, Days, Judged, counts, filled, no_row
from attending.ingest.columns.still import still
from attending.lake.aggregates import most_of_one

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.lake.aggregates import Expression


def more(asked: Asked) -> Mapping[str, Expression]:
    """Gather each day's most frequent value, and its rows."""
    value = filled(asked).ifelse(asked.text.strip(), None)
    return {"top": most_of_one(value), "value": value.mode()}


def judge(asked: Asked, days: Days, allowed: float) -> Judged:
    """Tell whether it stands still."""
    top = counts(days.more["top"])
    found = still(top, days.among, days.more["value"], tolerated=allowed)
    if found.stands.state == "too_few":
        return Judged(found.stands)
    short = top[found.begin :].sum(where=found.stays[found.begin :])
    rows = days.among[found.begin :].sum()
    return Judged(found.stands, found.begin, violated=int(short), among=int(rows))


not_stuck = Check(
    kind="plausibility",
    sentence="it stands still",
    among=filled,
    violated=no_row,
    allowed=0.9,
    judge=judge,
    more=more,
)
