"""Column lineage as OpenLineage events: what a catalog of a hospital's data already reads.

Two events for an answer, START and COMPLETE, of one run: its inputs are the views' tables, its
outputs the features, with the columns that each rests on and what these were mapped from, and the
answers, with card and outcomes. Nothing of a patient is in them.

Reference: https://openlineage.io/spec/2-0-2/OpenLineage.json
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attending.lake.edges import Edge

PRODUCER = "https://github.com/attending/attending"
EVENT = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
FACET = (
    "https://openlineage.io/spec/facets/1-2-0/ColumnLineageDatasetFacet.json"
    "#/$defs/ColumnLineageDatasetFacet"
)
SPACE = "attending"
ENDS = ("pred:", "card:", "outcome:")


HOW = {
    "derived": ("DIRECT", "AGGREGATION"),
    "joined": ("INDIRECT", "JOIN"),
}
OTHERWISE = ("DIRECT", "TRANSFORMATION")

Fields = dict[str, list[dict[str, object]]]


class Told(NamedTuple):
    """What an event says of the way to an answer: the views' tables, and two tables made."""

    inputs: tuple[str, ...]
    features: Fields
    answers: Fields


def events(
    edges: Iterable[Edge], *, run: str, use_case: str, at: str
) -> tuple[dict[str, object], dict[str, object]]:
    """Give the two events of one answer.

    Parameters
    ----------
    edges
        Between columns, of the use case's specs.
    run
        The answer's id, a UUID.
    use_case
        Names the job.
    at
        When it was answered, RFC 3339.

    """
    every = list(edges)
    mapped = defaultdict(list)
    for edge in every:
        if edge.kind == "mapped":
            mapped[edge.to].append(edge)
    told = Told((), defaultdict(list), defaultdict(list))
    for edge in every:
        if edge.to.startswith("feature:"):
            of = told.features[edge.to.rpartition(".")[2]]
        elif edge.to.startswith(ENDS):
            of = told.answers[_field(edge.to)]
        else:
            continue
        for each in (edge, *mapped[edge.from_]):  # what a mapped column came as stands beside it
            of.append(_input(each, use_case))
    tables = {str(f["name"]) for fields in told[1:] for of in fields.values() for f in of}
    told = told._replace(inputs=tuple(sorted(name for name in tables if name[:6] == "view__")))
    return _event("START", told, (run, use_case, at)), _event("COMPLETE", told, (run, use_case, at))


def _field(node: str) -> str:
    """Name the field of the table of answers: its score, its card, or an outcome."""
    kind, _, name = node.partition(":")
    return {"pred": "score", "card": "card"}.get(kind, name.partition(".")[2])


def _input(edge: Edge, use_case: str) -> dict[str, object]:
    table, _, column = edge.from_.removeprefix("view:").partition(".")
    name = f"view__{table}"
    if edge.from_.startswith("feature:"):
        name = f"{use_case}.features"
    elif edge.from_.startswith(ENDS):
        name, column = f"{use_case}.answers", _field(edge.from_)
    kind, subtype = HOW.get(edge.kind, OTHERWISE)
    said = {"type": kind, "subtype": subtype, "description": edge.how, "masking": edge.masking}
    return {"namespace": SPACE, "name": name, "field": column, "transformations": [said]}


def _event(word: str, told: Told, about: tuple[str, str, str]) -> dict[str, object]:
    run, use_case, at = about
    return {
        "eventType": word,
        "eventTime": at,
        "producer": PRODUCER,
        "schemaURL": EVENT,
        "run": {"runId": run},
        "job": {"namespace": SPACE, "name": f"{use_case}.features"},
        "inputs": [{"namespace": SPACE, "name": name} for name in told.inputs],
        "outputs": [
            _output(f"{use_case}.features", told.features),
            _output(f"{use_case}.answers", told.answers),
        ],
    }


def _output(name: str, fields: Fields) -> dict[str, object]:
    facet: dict[str, object] = {
        "_producer": PRODUCER,
        "_schemaURL": FACET,
        "fields": {name: {"inputFields": told} for name, told in sorted(fields.items())},
    }
    return {"namespace": SPACE, "name": name, "facets": {"columnLineage": facet}}
