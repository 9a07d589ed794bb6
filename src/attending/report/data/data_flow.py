"""The data-flow sheet: what goes where, in which format, how often; read before one signs.

Computed from the specs alone, so that it is there before any data flow and cannot differ from
what will. What is not on it, does not flow: a model is given what its views read and no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from attending.fhir.project import project
from attending.lake.edges import how

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.fhir.view import View
    from attending.spec.model import Model
    from attending.spec.use_case import UseCase


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """One flow: what, from where to where, in which format, how often."""

    what: str
    source: str
    to: str
    format: str
    often: str


def flows(
    use_case: UseCase, model: Model | None, views: Mapping[str, View], prefetch: Mapping[str, str]
) -> tuple[Flow, ...]:
    """Give every flow of a use case, in the order in which they happen.

    Parameters
    ----------
    use_case
        Whose.
    model
        What answers.
    views
        Those that its features read.
    prefetch
        What a client is asked to send, key to query.

    """
    channel = use_case.workflow.channel
    ask = f"each {use_case.workflow.hook}"
    told = [
        Flow(
            what=", ".join(f"{kind}.{path}" for path in paths),
            source="the record system",
            to="this gateway, which drops everything else it is sent",
            format=f"FHIR R4 JSON by {channel}: {_asked(kind, prefetch)}",
            often=ask,
        )
        for kind, paths in sorted(project(views.values()).elements.items())
    ]
    told += [
        Flow(
            what=path,
            source="the record system",
            to="this gateway, which drops everything else it is sent",
            format=f"FHIR R4 JSON by {channel}",
            often=ask,
        )
        for path in use_case.inputs.values()
    ]
    return (*told, *_inside(use_case, model, ask))


def _inside(use_case: UseCase, model: Model | None, ask: str) -> tuple[Flow, ...]:
    features = use_case.features_by_name()
    given = [
        f"{name} ({how(each)} of {each.view}.{each.column})" for name, each in features.items()
    ]
    given += list(use_case.inputs)
    engine = f"engine {model.engine} in this process" if model else "no model"
    maker = f", made by {model.vendor}" if model and model.vendor else ""
    return (
        Flow(
            what=", ".join(given),
            source="this gateway",
            to=f"{model.name if model else 'nothing'}: {engine}{maker}; nothing leaves it",
            format="numbers and codes, by name",
            often=ask,
        ),
        Flow(
            what="the same values, the moment asked about and the names of the rows",
            source="this gateway",
            to="the payload store of the health system, sealed",
            format="JSON, encrypted, named by its digest",
            often=ask,
        ),
        Flow(
            what="score, display, what was missing, digests, names under a key; no value given",
            source="this gateway",
            to="the ledger of the health system",
            format="JSON, append-only",
            often=ask,
        ),
        *(
            Flow(
                what=outcome.title,
                source=", ".join(outcome.sources),
                to="the ledger of the health system",
                format="yes, no or not known",
                often=f"once a case, {outcome.maturity} after it",
            )
            for outcome in use_case.outcomes
        ),
    )


def _asked(kind: str, prefetch: Mapping[str, str]) -> str:
    query = prefetch.get(kind[:1].lower() + kind[1:], "")
    return query or "as sent"


def as_text(told: tuple[Flow, ...], title: str) -> str:
    """Write the sheet as a page of text."""
    lines = [f"Data flows of {title}", ""]
    for n, flow in enumerate(told, start=1):
        lines += [
            f"{n}. {flow.what}",
            f"   from    {flow.source}",
            f"   to      {flow.to}",
            f"   format  {flow.format}",
            f"   often   {flow.often}",
            "",
        ]
    end = "What is not on this sheet does not flow: whatever else is sent is dropped and counted."
    return "\n".join([*lines, end])
