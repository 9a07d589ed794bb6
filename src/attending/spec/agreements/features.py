"""Features read columns that a view of this folder has, and a history the rows of such a view.

Reads: UseCase, Model, Source, View. Says nothing of what stands in the resources themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from attending.errors import Refused
from attending.fhir.feature import check
from attending.fhir.project import project
from attending.fhir.view import view as compiled
from attending.spec.agreement import HERE, Place
from attending.spec.data.view import definition

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from attending.fhir.feature import Feature
    from attending.spec.agreement import Declared, Disagreement
    from attending.spec.data.history import History
    from attending.spec.source import Source

Columns = dict[str, tuple[str, ...]]


def features(declared: Declared) -> Iterator[Disagreement]:
    """Tell which views cannot be read, and which views and columns nobody declares."""
    columns: Columns = {}
    for name, each in declared.views.items():
        try:
            columns[name] = tuple(c.name for c in compiled(definition(each)).columns)
        except Refused as error:
            yield Place("View", name).says(f"this view cannot be read: {error.what}")
    if len(columns) < len(declared.views):
        return  # what cannot be read has no columns to name
    use_case = declared.use_case
    here = Place("UseCase", use_case.name) / "features"
    for name, feature in use_case.features_by_name().items():
        yield from _feature(feature, columns, here / name)
        if name in use_case.inputs:
            yield (here / name).says(f"{name!r} is among the inputs already; keep one of the two")
    yield from _given(declared)
    yield from _purpose(declared)
    for source in declared.sources.values():
        if not isinstance(source.history, UnsetType):
            yield from _history(source, source.history, columns)


def _feature(feature: Feature, columns: Columns, here: Place) -> Iterator[Disagreement]:
    wrong = check(feature)
    if wrong:
        yield here.says(wrong)
    if feature.view not in columns:
        yield (here / "view").unknown(feature.view, "View", tuple(columns), HERE)
        return
    there = columns[feature.view]
    for key in ("column", "order", "unit_column"):
        column = getattr(feature, key)
        if column and column not in there:
            yield (here / key).unknown(column, "column", there, f"in the view {feature.view!r}")


def _purpose(declared: Declared) -> Iterator[Disagreement]:
    """Tell which views read what no purpose may be shown, or free text that nobody declared."""
    use_case = declared.use_case
    read = {feature.view for feature in use_case.features_by_name().values()}
    for name in sorted(read & declared.views.keys()):
        try:
            project(
                [compiled(definition(declared.views[name]))], free_text=use_case.reads_free_text
            )
        except Refused as error:
            yield Place("View", name).says(f"no gateway could read this view: {error}")


def _given(declared: Declared) -> Iterator[Disagreement]:
    """Tell which of a model's fields nothing fills, where it is filled from views at all."""
    use_case = declared.use_case
    if use_case.features is UNSET or use_case.model is None:
        return
    model = declared.models.get(use_case.model.model)
    given = (*use_case.inputs, *use_case.features_by_name())
    for name in model.fields if model else ():
        if name not in given:
            place = Place("Model", use_case.model.model) / "fields" / name
            yield place.unknown(name, "input or feature", given, "in the use case")


def _history(source: Source, told: History, columns: Columns) -> Iterator[Disagreement]:
    here = Place("Source", source.name) / "history"
    for key in ("cases", "outcomes"):
        name = getattr(told, key)
        if name not in columns:
            yield (here / key).unknown(name, "View", tuple(columns), HERE)
    if told.cases not in columns:
        return
    there = columns[told.cases]
    for key in ("patient", "encounter", "asked_at"):
        column = getattr(told, key)
        if column and column not in there:
            yield (here / key).unknown(column, "column", there, f"in the view {told.cases!r}")
    yield from _read(source, told, columns)


def _read(source: Source, told: History, columns: Columns) -> Iterator[Disagreement]:
    """Tell which columns of cases and outcomes the views do not have."""
    here = Place("Source", source.name)
    cases: Mapping[Place, str | None] = {
        here / "cases" / "site" / "column": source.cases.site.column,
        here / "cases" / "day" / "column": source.cases.day.column,
        **{
            here / "cases" / "subgroups" / name / "column": each.column
            for name, each in source.cases.subgroups.items()
        },
    }
    for place, column in cases.items():
        if column and column not in columns[told.cases]:
            there = columns[told.cases]
            yield place.unknown(column, "column", there, f"in the view {told.cases!r}")
    there = columns.get(told.outcomes, ())
    for name, outcome in source.outcomes.items():
        for column in (outcome.column, *(outcome.any or ())):
            if there and column and column not in there:
                place = here / "outcomes" / name
                yield place.unknown(column, "column", there, f"in the view {told.outcomes!r}")
