"""What goes through a map is one column, and nothing reads it as it came.

Reads: Terms, UseCase. Features are made of a view's rows as they came, in the gateway and over a
history, and not of the lake's mapped table. A column that is declared to go through a map or into a
unit is therefore refused to them: a code of one site would stand there under its own name. Says
nothing of what a map holds, since its files are read when it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.errors import Refused
from attending.fhir.mapped import check_columns, refuse_raw
from attending.spec.agreement import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attending.fhir.feature import Feature
    from attending.fhir.mapped import MappedColumn, MeasuredColumn
    from attending.spec.agreement import Declared, Disagreement


def terms(declared: Declared) -> Iterator[Disagreement]:
    """Tell which columns are mapped twice or from nowhere, and which are read as they came."""
    going: list[MappedColumn | MeasuredColumn] = []
    for name, each in declared.terms.items():
        try:
            check_columns(each.columns, each.units)
        except Refused as refused:
            yield (Place("Terms", name) / "columns").says(str(refused))
        if not each.written and not each.files:
            yield Place("Terms", name).says("it maps nothing; write `written:` or `files:`")
        going += (*each.columns, *each.units)
    here = Place("UseCase", declared.use_case.name) / "features"
    for name, feature in declared.use_case.features_by_name().items():
        for column in feature.columns:
            yield from _read_as_it_came(feature, column, going, here / name)


def _read_as_it_came(
    feature: Feature, column: str, going: list[MappedColumn | MeasuredColumn], here: Place
) -> Iterator[Disagreement]:
    try:
        refuse_raw(feature.view, column, going)
    except Refused as refused:
        yield (here / "column").says(str(refused))
    if any((each.view, each.column) == (feature.view, column) for each in going):
        yield (here / "column").says(
            f"{feature.view}.{column} goes through a map, and a feature would read it as it came; "
            "have the feature read a column that holds standard codes or one unit at its source"
        )
