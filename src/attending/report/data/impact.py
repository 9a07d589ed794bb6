"""What rests on a column, a code, an element or a table: the way from data to use cases.

Compiled from the specs as they were declared, so that it is there before anything flows. A code
is found where a view's paths spell it in quotes; one that a map of terms brings in is not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
from msgspec import UnsetType

from attending.lake.edges import how, paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from attending.report.data.upstream import Upstreams
    from attending.spec.data.view import View
    from attending.spec.source import Source
    from attending.spec.use_case import UseCase

SPELLED = re.compile(r"'((?:[^'\\]|\\.)*)'")


class Rests(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One thing that rests on what was asked about.

    Attributes
    ----------
    use_case
        Whose it is.
    what
        ``feature <name>``, ``outcome <name>`` or ``input <name>``.
    through
        The view's column by which it does, or the declared path.
    because
        In the spec's own words.

    """

    use_case: str
    what: str
    through: str
    because: str


def impact(
    asked: str,
    use_case: UseCase,
    views: Mapping[str, View],
    sources: Mapping[str, Source],
    *,
    known: Upstreams,
) -> tuple[Rests, ...]:
    """Give what of a use case rests on something.

    Parameters
    ----------
    asked
        A view, its column as ``view.column`` or alone, an element as ``Observation.value``, a
        code, a warehouse table or its column, or a declared input.
    use_case, views, sources
        As they are declared.
    known
        The tables upstream.

    """
    touched = _upstream(asked, views, known)
    touched |= {
        each: because for name, view in views.items() for each, because in _in(asked, name, view)
    }
    found = {*_features(use_case, touched), *_outcomes(use_case, sources, touched)}
    for name, path in use_case.inputs.items():
        if asked in (name, path) or path.startswith(f"{asked}."):
            found.add(
                Rests(use_case=use_case.name, what=f"input {name}", through=path, because=path)
            )
    return tuple(sorted(found))


def _in(asked: str, name: str, view: View) -> Iterator[tuple[str, str]]:
    """Give the columns of a view that something touches, each with the reason."""
    told = [f"where {each.path}" for each in view.where]
    for column, path in paths(view.select):
        node, field = f"{name}.{column}", f"{view.resource}.{path}"
        why = next((each for each in told if asked in SPELLED.findall(each)), "")
        if asked in SPELLED.findall(path):
            why = path
        if asked in (name, node, column) or field == asked or field.startswith(f"{asked}."):
            why = field
        if why:
            yield node, why


def _upstream(asked: str, views: Mapping[str, View], known: Upstreams) -> dict[str, str]:
    """Give the columns that are filled from a table, or from one that rests on it."""
    table = asked if asked in known.tables else asked.rpartition(".")[0]
    if table not in known.tables:
        return {}
    below = {*known.below(table)}
    read = [
        (each.table, named)
        for told, _ in known.reads.values()
        for each in told.tables
        if each.table in below
        for named in each.views
    ]
    return {
        f"{name}.{column}": f"filled from {source}"
        for source, named in read
        for name, view in views.items()
        for column, _ in paths(view.select)
        if named in (name, f"{name}.{column}")
    }


def _features(use_case: UseCase, touched: Mapping[str, str]) -> Iterator[Rests]:
    for name, each in use_case.features_by_name().items():
        for column in each.columns:
            node = f"{each.view}.{column}"
            if node in touched:
                because = f"{how(each)}: {touched[node]}"
                what = f"feature {name}"
                yield Rests(use_case=use_case.name, what=what, through=node, because=because)


def _outcomes(
    use_case: UseCase, sources: Mapping[str, Source], touched: Mapping[str, str]
) -> Iterator[Rests]:
    for source in sources.values():
        if isinstance(source.history, UnsetType):
            continue
        for name, told in source.outcomes.items():
            for column in (told.column, *(told.any or ())):
                node = f"{source.history.outcomes}.{column}"
                if node in touched:
                    yield Rests(
                        use_case=use_case.name,
                        what=f"outcome {name}",
                        through=node,
                        because=f"source {source.name}: {touched[node]}",
                    )
