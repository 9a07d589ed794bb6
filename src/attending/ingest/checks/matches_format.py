"""What stands in a column is written as was declared (conformance of values).

Reads: the column as text, where it holds something. Needs `pattern`: a regular expression for
all of the text.

It does not tell whether such a code or number exists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.ingest.check import Check, filled

if TYPE_CHECKING:
    from attending.ingest.check import Asked
    from attending.lake.aggregates import Expression


def violated(asked: Asked) -> Expression:
    """Give the rows whose text is not as the pattern says, from its beginning to its end."""
    return ~asked.text.re_search(f"^(?:{asked.line.pattern})$")


matches_format = Check(
    kind="conformance",
    sentence="what stands there is not written as declared",
    among=filled,
    violated=violated,
    needs=("pattern",),
)
