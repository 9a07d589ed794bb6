"""Column lineage as OpenLineage events: what a catalog of a hospital's data already reads.

Two events for an answer, START and COMPLETE, of one run: its inputs are the views' tables, its
output the features with, for each, the columns it rests on. Nothing of a patient is in them.

Reference: https://openlineage.io/spec/2-0-2/OpenLineage.json
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

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
    told = list(edges)
    inputs: dict[str, set[str]] = defaultdict(set)
    fields: dict[str, list[dict[str, object]]] = defaultdict(list)
    for edge in told:
        if not edge.to.startswith("feature:"):
            continue
        table, _, column = edge.from_.removeprefix("view:").partition(".")
        inputs[table].add(column)
        fields[edge.to.rpartition(".")[2]].append(
            {
                "namespace": SPACE,
                "name": f"view__{table}",
                "field": column,
                "transformations": [
                    {
                        "type": "DIRECT",
                        "subtype": "AGGREGATION",
                        "description": edge.how,
                        "masking": edge.masking,
                    }
                ],
            }
        )
    facet: dict[str, object] = {"_producer": PRODUCER, "_schemaURL": FACET, "fields": _each(fields)}
    return _event("START", inputs, facet, (run, use_case, at)), _event(
        "COMPLETE", inputs, facet, (run, use_case, at)
    )


def _each(fields: dict[str, list[dict[str, object]]]) -> dict[str, object]:
    return {name: {"inputFields": told} for name, told in sorted(fields.items())}


def _event(
    word: str, inputs: dict[str, set[str]], facet: dict[str, object], about: tuple[str, str, str]
) -> dict[str, object]:
    run, use_case, at = about
    return {
        "eventType": word,
        "eventTime": at,
        "producer": PRODUCER,
        "schemaURL": EVENT,
        "run": {"runId": run},
        "job": {"namespace": SPACE, "name": f"{use_case}.features"},
        "inputs": [{"namespace": SPACE, "name": f"view__{table}"} for table in sorted(inputs)],
        "outputs": [
            {
                "namespace": SPACE,
                "name": f"{use_case}.features",
                "facets": {"columnLineage": facet},
            }
        ],
    }
