"""Which column rests on which (contract C43): compiled from the specs, once for each digest.

The rows of a view say themselves which resource they are of, and an answer which rows it was
made of; so edges between rows are never stored, and edges between columns are these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

import msgspec
from msgspec import UnsetType

from attending.fhir.mapped import MappedColumn, MeasuredColumn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from attending.fhir.feature import Feature
    from attending.fhir.view import View
    from attending.spec.data.history import History
    from attending.spec.data.terms import Terms
    from attending.spec.data.view import View as Declared
    from attending.spec.data.view import ViewSelect
    from attending.spec.source import Source
    from attending.spec.use_case import UseCase

Going = MappedColumn | MeasuredColumn
Kind = Literal["read", "derived", "mapped", "masked", "joined", "shown", "observed"]


class Edge(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """One thing that rests on another.

    Attributes
    ----------
    from_, to
        Nodes: ``view:<name>.<column>``, ``feature:<use case>.<name>``, ``pred:<use case>``,
        ``card:<use case>``, ``outcome:<use case>.<name>``; a field of a resource is
        ``fhir:<Type>.<path>``.
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


class Data(Protocol):
    """What is asked of views and what they go through: a use case's, or those of a folder."""

    @property
    def views(self) -> Mapping[str, Declared]:
        """Give its views as they were written, by name."""
        ...

    @property
    def terms(self) -> Mapping[str, Terms]:
        """Give its maps and what goes through them, by name."""
        ...


class Specs(Data, Protocol):
    """What is asked of a use case's specs: a folder as admitted, or as it was declared."""

    @property
    def use_case(self) -> UseCase:
        """Give the use case."""
        ...

    @property
    def sources(self) -> Mapping[str, Source]:
        """Give its sources, by name."""
        ...


def edges(specs: Specs, views: Mapping[str, View]) -> tuple[Edge, ...]:
    """Give every edge that a use case's specs make, field to outcome, in the order of nodes.

    Parameters
    ----------
    specs
        As they were written.
    views
        Their views, compiled.

    """
    found = {
        *_fields(specs, views),
        *_mapped(specs),
        *_features(specs.use_case),
        *_histories(specs),
        *_shown(specs.use_case),
    }
    return tuple(sorted(found, key=lambda edge: (edge.to, edge.from_, edge.kind, edge.how)))


def how(feature: Feature) -> str:
    """Say in the spec's own words how a feature's value is made."""
    said: list[str] = [feature.reduce]
    said += [f"by {feature.order}"] if feature.order else []
    said += [f"within {feature.within}"] if feature.within else []
    said += [f"since, in {feature.since}"] if feature.since else []
    return ", ".join(said)


def going(specs: Data) -> dict[str, tuple[str, Going]]:
    """Give the columns that go through a map or into a unit, by `view.column`, each with its terms.

    The terms are told as ``name@version``.
    """
    return {
        f"{each.view}.{each.column}": (f"{terms.name}@{terms.version}", each)
        for terms in specs.terms.values()
        for each in terms.going
        if each.view in specs.views
    }


def through(terms: str, each: Going) -> str:
    """Say what a column goes through."""
    if isinstance(each, MappedColumn):
        return f"map {each.map} of terms {terms}"
    return f"into {each.to}, by terms {terms}"


def beside(each: Going) -> str:
    """Give the column that says whose codes, or in which unit; "" where one is for all."""
    return each.system_column if isinstance(each, MappedColumn) else each.unit_column


def _fields(specs: Specs, views: Mapping[str, View]) -> Iterator[Edge]:
    """Give the edges from fields to columns: a code that is mapped is read as it came."""
    mapped = going(specs)
    for name, view in views.items():
        for column, path in paths(specs.views[name].select):
            raw = "_raw" if f"{name}.{column}" in mapped else ""
            yield Edge(
                from_=f"fhir:{view.resource}.{path}",
                to=f"view:{name}.{column}{raw}",
                kind="read",
                how=f"view {name} {view.digest[:16]}",
            )


def _mapped(specs: Specs) -> Iterator[Edge]:
    for node, (terms, each) in going(specs).items():
        of = [f"{node}_raw", *([f"{each.view}.{beside(each)}"] if beside(each) else [])]
        for column in of:
            yield Edge(
                from_=f"view:{column}", to=f"view:{node}", kind="mapped", how=through(terms, each)
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


def _histories(specs: Specs) -> Iterator[Edge]:
    for source in specs.sources.values():
        if not isinstance(source.history, UnsetType):
            yield from _cases(source, source.history, specs.use_case.name)
            yield from _outcomes(source, source.history, specs.use_case.name)


def _cases(source: Source, told: History, use_case: str) -> Iterator[Edge]:
    """Give the edges from the view of cases: whom a case is about, when, and what it is called."""
    joined = [name for name in (told.patient, told.encounter) if name]
    for column, kind, why in (
        *((name, "joined", "features are of the resources about it") for name in joined),
        (told.asked_at, "joined", "features are of what was known then"),
        (source.cases.case, "masked", "the answer's name, a pseudonym by HMAC"),
    ):
        yield Edge(
            from_=f"view:{told.cases}.{column}",
            to=f"pred:{use_case}",
            kind="masked" if kind == "masked" else "joined",
            how=f"source {source.name}: {why}",
            masking=kind == "masked",
        )


def _outcomes(source: Source, told: History, use_case: str) -> Iterator[Edge]:
    for name, outcome in source.outcomes.items():
        to = f"outcome:{use_case}.{name}"
        yield Edge(
            from_=f"view:{told.outcomes}.{source.cases.case}",
            to=to,
            kind="joined",
            how=f"source {source.name}: the outcome of the case of that name",
        )
        for column in (outcome.column, *(outcome.any or ())):
            if column:
                yield Edge(
                    from_=f"view:{told.outcomes}.{column}",
                    to=to,
                    kind="observed",
                    how=f"source {source.name}, known after {outcome.known_after}",
                )


def _shown(use_case: UseCase) -> Iterator[Edge]:
    channel, hook = use_case.workflow.channel, use_case.workflow.hook
    yield Edge(
        from_=f"pred:{use_case.name}",
        to=f"card:{use_case.name}",
        kind="shown",
        how=f"channel {channel} at {hook}",
    )
