"""Which column rests on which (contract C43): compiled from the specs, once for each digest.

The rows of a view say themselves which resource they are of, and an answer which rows it was
made of; so edges between rows are never stored, and edges between columns are these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import UnsetType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from attending.fhir.feature import Feature
    from attending.fhir.view import View
    from attending.spec.data.view import View as Declared
    from attending.spec.data.view import ViewSelect
    from attending.spec.source import Source
    from attending.spec.use_case import UseCase

Kind = Literal["read", "derived", "mapped", "masked", "joined", "shown", "observed"]


class Edge(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """One thing that rests on another.

    Attributes
    ----------
    from_, to
        Nodes: ``view:<name>.<column>``, ``feature:<use case>.<name>``,
        ``outcome:<use case>.<name>``; a field of a resource is ``fhir:<Type>.<path>``.
    kind, how
        What is done on the way, and by which words of which spec.
    masking
        Whether it hides what it is made from.

    """

    from_: str
    to: str
    kind: Kind
    how: str
    masking: bool = False


def edges(
    use_case: UseCase,
    views: Mapping[str, View],
    sources: Mapping[str, Source],
    declared: Mapping[str, Declared],
) -> tuple[Edge, ...]:
    """Give every edge that a use case's specs make, field to outcome, in the order of nodes.

    Parameters
    ----------
    use_case, sources, declared
        Its specs; the views as they were written.
    views
        The same views, compiled.

    """
    found = {
        *_fields(views, declared),
        *_features(use_case),
        *_outcomes(use_case, sources),
    }
    return tuple(sorted(found, key=lambda edge: (edge.to, edge.from_, edge.how)))


def how(feature: Feature) -> str:
    """Say in the spec's own words how a feature's value is made."""
    said: list[str] = [feature.reduce]
    said += [f"by {feature.order}"] if feature.order else []
    said += [f"within {feature.within}"] if feature.within else []
    said += [f"since, in {feature.since}"] if feature.since else []
    return ", ".join(said)


def _fields(views: Mapping[str, View], declared: Mapping[str, Declared]) -> Iterator[Edge]:
    for name, view in views.items():
        for column, path in paths(declared[name].select):
            yield Edge(
                from_=f"fhir:{view.resource}.{path}",
                to=f"view:{name}.{column}",
                kind="read",
                how=f"view {name} {view.digest[:16]}",
            )


def paths(selects: Iterable[ViewSelect], before: str = "") -> Iterator[tuple[str, str]]:
    """Give each column of a view with its whole path: what is iterated stands before its own."""
    for each in selects:
        over = (each.for_each, each.for_each_or_null, *each.repeat)
        at = ".".join(part for part in (before, *over) if part)
        for column in each.column:
            yield column.name, f"{at}.{column.path}" if at else column.path
        yield from paths((*each.select, *each.union_all), at)


def _features(use_case: UseCase) -> Iterator[Edge]:
    for name, feature in use_case.features_by_name().items():
        to = f"feature:{use_case.name}.{name}"
        for column in feature.columns:
            yield Edge(
                from_=f"view:{feature.view}.{column}",
                to=to,
                kind="derived",
                how=how(feature),
                masking=feature.reduce in ("count", "any"),
            )
        yield Edge(from_=to, to=f"pred:{use_case.name}", kind="read", how="the model's input")


def _outcomes(use_case: UseCase, sources: Mapping[str, Source]) -> Iterator[Edge]:
    for source in sources.values():
        if isinstance(source.history, UnsetType):
            continue
        for name, told in source.outcomes.items():
            for column in (told.column, *(told.any or ())):
                if column:
                    yield Edge(
                        from_=f"view:{source.history.outcomes}.{column}",
                        to=f"outcome:{use_case.name}.{name}",
                        kind="observed",
                        how=f"source {source.name}, known after {told.known_after}",
                    )
