"""What goes through a map is one column, of known codes, into a unit that is one.

Reads: Terms. Says nothing of what a map holds: its files are read when it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.errors import Refused
from attending.fhir.mapped import check_columns
from attending.spec.agreement import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attending.spec.agreement import Declared, Disagreement


def terms(declared: Declared) -> Iterator[Disagreement]:
    """Tell which columns are mapped twice or from nowhere, and which units are none."""
    for name, each in declared.terms.items():
        try:
            check_columns(each.columns, each.units)
        except Refused as refused:
            yield (Place("Terms", name) / "columns").says(str(refused))
        if not each.written and not each.files:
            yield Place("Terms", name).says("it maps nothing; write `written:` or `files:`")
