"""What goes through a map is one column, and nothing reads it as it came.

Reads: Terms, UseCase, View. A feature of a column that goes through a map gets what the map makes
of it, in the gateway and over a history alike; the files of such a map are named by their digests,
so that a release says which map it was. What stands beside the column is refused to features: a
code of one site would stand there under its own name. So is a mapped column where an order or a
unit is wanted. Says nothing of what a map holds, since its files are read when it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.errors import Refused
from attending.fhir.mapped import MappedColumn, MeasuredColumn, check_columns, refuse_raw
from attending.fhir.mapped_view import mapped_view
from attending.fhir.terms import Terms
from attending.fhir.view import view
from attending.spec.agreement import Place
from attending.spec.data.view import definition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attending.fhir.feature import Feature
    from attending.spec.agreement import Declared, Disagreement

ANY_DAY = "2000-01-01"  # what a column can go through does not hang on the day
Going = MappedColumn | MeasuredColumn


def terms(declared: Declared) -> Iterator[Disagreement]:
    """Tell which columns are mapped twice or from nowhere, and which are read as they came."""
    going: list[Going] = []
    for name, each in declared.terms.items():
        try:
            check_columns(each.columns, each.units)
        except Refused as refused:
            yield (Place("Terms", name) / "columns").says(str(refused))
        if not each.written and not each.files:
            yield Place("Terms", name).says("it maps nothing; write `written:` or `files:`")
        going += each.going
    here = Place("UseCase", declared.use_case.name) / "features"
    read = declared.use_case.features_by_name()
    for name, feature in read.items():
        yield from _read_as_it_came(feature, going, here / name)
    views = {feature.view for feature in read.values()}
    if any(each.view in views for each in going):
        yield from _not_pinned(declared)
        yield from _not_mapped(declared, going, views)


def _read_as_it_came(feature: Feature, going: list[Going], here: Place) -> Iterator[Disagreement]:
    for column in feature.columns:
        try:
            refuse_raw(feature.view, column, going)
        except Refused as refused:
            yield (here / "column").says(str(refused))
    for each in going:
        if each.view != feature.view:
            continue
        if each.column in (feature.order, feature.unit_column):
            key = "order" if each.column == feature.order else "unit_column"
            yield (here / key).says(
                f"{each.view}.{each.column} goes through a map; name one that is read as it came"
            )
        if isinstance(each, MeasuredColumn) and each.column == feature.column:
            yield from _in_its_unit(feature, each, here)


def _in_its_unit(feature: Feature, column: MeasuredColumn, here: Place) -> Iterator[Disagreement]:
    if feature.unit_column or feature.unit not in ("", column.to):
        yield (here / "unit").says(
            f"{column.view}.{column.column} comes in {column.to}, by its terms; leave out "
            "`unit_column:`, and write no other `unit:`"
        )


def _not_pinned(declared: Declared) -> Iterator[Disagreement]:
    """Tell which files of maps could be exchanged beneath a release; maps are read as one set."""
    for name, each in declared.terms.items():
        for n, file in enumerate(each.files):
            if file.sha256 is None:
                yield (Place("Terms", name) / "files" / n).says(
                    f"features are read through maps; write `sha256:` of {file.file!r}, "
                    "so that a release says which map it was tested with"
                )


def _not_mapped(declared: Declared, going: list[Going], views: set[str]) -> Iterator[Disagreement]:
    """Tell which views' columns cannot go through what is declared for them."""
    names = {each.view: name for name, t in declared.terms.items() for each in t.going}
    for name in sorted(views & {each.view for each in going} & {*declared.views}):
        try:
            mapped_view(view(definition(declared.views[name])), going, Terms(()), ANY_DAY)
        except Refused as refused:
            yield (Place("Terms", names[name]) / "columns").says(str(refused))
