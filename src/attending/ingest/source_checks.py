"""The checks that a use case's own Source or features ask for: what they say is enough.

A column that is read must be there; one that is given names must hold no other values; one
that is cut or compared must be a number; what names a case must stand once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.lake.aggregates import FILE_ROW
from attending.spec.data.checks import CheckLine, Checks

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from attending.fhir.feature import Feature
    from attending.spec.source import Source


def checks_of(source: Source, use_case: str) -> Checks:
    """Give the checks of one Source's files, for one use case.

    Parameters
    ----------
    source
        What its columns mean.
    use_case
        Who reads them.

    """
    lines = dict.fromkeys(_lines(source, use_case))
    missing = ("", "NaN") if isinstance(source.missing, dict) else _spelled(source.missing)
    return Checks(
        kind="Checks",
        name=f"{use_case}_{source.name}",
        source=source.name,
        table=source.name,
        key=FILE_ROW,
        order=FILE_ROW,
        order_as="number",
        site=source.cases.site.column,
        sites=source.cases.site.map or {},
        missing=missing,
        checks=tuple(lines),
    )


def checks_of_views(
    features: Mapping[str, Feature], use_case: str, mapped: Collection[tuple[str, str]]
) -> list[Checks]:
    """Give the checks of the lake's tables that a use case's features are read from.

    Parameters
    ----------
    features
        By name.
    use_case
        Who reads them.
    mapped
        Views and their columns that go through a map or into a unit.

    """
    read: dict[str, dict[str, None]] = {}
    for feature in features.values():
        read.setdefault(feature.view, {}).update(dict.fromkeys(feature.columns))
    return [
        Checks(
            kind="Checks",
            name=f"{use_case}_{view}",
            source="lake",
            table=view,
            key="key",
            order="received",
            order_as="number",
            site="site",
            checks=tuple(
                line
                for column in columns
                for line in _of_column(column, use_case, is_mapped=(view, column) in mapped)
            ),
        )
        for view, columns in sorted(read.items())
    ]


def _of_column(column: str, use_case: str, *, is_mapped: bool) -> Iterator[CheckLine]:
    yield CheckLine(check="present", column=column, reads=(use_case,))
    if is_mapped:
        yield CheckLine(check="is_mapped", column=f"{column}_map", allowed=0.2)


def _lines(source: Source, use_case: str) -> Iterator[CheckLine]:
    cases = source.cases
    if "{" not in cases.case and not cases.joins:
        yield CheckLine(check="once", column=cases.case)
    for column, values, is_number in _read(source):
        missing = source.missing.get(column) if isinstance(source.missing, dict) else None
        spelled = None if missing is None else ("", "NaN", *_spelled(missing))
        yield CheckLine(check="present", column=column, reads=(use_case,), missing=spelled)
        if values is not None:
            yield CheckLine(check="in_value_set", column=column, values=values, missing=spelled)
        if is_number:
            yield CheckLine(check="has_type", column=column, type="number", missing=spelled)


def _read(source: Source) -> Iterator[tuple[str, tuple[str, ...] | None, bool]]:
    """Give the columns that are read: which values they may hold, and whether numbers alone."""
    for named in source.cases.inputs.values():
        yield named.column, None if named.map is None else tuple(named.map), False
    for group in source.cases.subgroups.values():
        values = None if group.map is None else tuple(group.map)
        yield group.column, values, group.cuts is not None and values is None
    for outcome in source.outcomes.values():
        for column in outcome.any or ((outcome.column,) if outcome.column else ()):
            yield column, None, outcome.above is not None


def _spelled(values: tuple[object, ...]) -> tuple[str, ...]:
    return tuple(str(value) for value in values if value is not None)
