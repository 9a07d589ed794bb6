"""What names one thing stands once (plausibility of uniqueness).

Reads: the column where it holds something, over the whole table and all sites. Every row of a
value that stands twice falls short.

It does not tell which of the rows is the right one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.ingest.check import Check, filled

if TYPE_CHECKING:
    from attending.ingest.check import Asked
    from attending.lake.aggregates import Expression


def violated(asked: Asked) -> Expression:
    """Give the rows whose value stands in another row too."""
    return asked.column.count().over(group_by=asked.column) > 1


once = Check(
    kind="plausibility",
    sentence="what should stand once stands more often",
    among=filled,
    violated=violated,
)
