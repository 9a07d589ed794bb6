"""Walk from an answer back to raw bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from attending.cli.speaking.options import STORE
from attending.errors import Refused
from attending.ingest.history import compiled
from attending.lake.clinical.store import ClinicalLake
from attending.lake.edges import edges
from attending.ledger import layout
from attending.ledger.open_reader import open_reader
from attending.ledger.unsealed import Unsealed
from attending.loops.data.lineage import lineage_of
from attending.report.data.open_lineage import events

if TYPE_CHECKING:
    from attending.admit import Folder
    from attending.facts.entry import Entry
    from attending.lake.edges import Edge
    from attending.lake.lineage import Lineage, Made


@click.command()
@click.argument("prediction")
@click.option("--payload-key", type=click.Path(path_type=Path), help="Of the sealed inputs.")
@STORE
@click.option("-o", "output", type=click.Choice(["text", "json", "openlineage"]), default="text")
def answer(prediction: str, *, payload_key: Path | None, store: Path, output: str) -> None:
    """Make the answer PREDICTION again from raw bytes.

    Its features are made again from the rows it names, those from the resources' raw bytes.
    Exit code 5: something is not as it was recorded, and the place.
    """
    if not layout.database(store).exists():
        raise Refused("there is no ledger here", where=str(store))
    reader = open_reader(store)
    opened = Unsealed(reader, payload_key or layout.payload_key(store)).raw
    try:
        with ClinicalLake.open(store) as lake:
            told, specs, entry = lineage_of(reader, lake, opened, prediction)
    finally:
        reader.close()
    click.echo(_written(told, specs, entry, output))


def _written(told: Lineage, specs: Folder, entry: Entry, output: str) -> str:
    columns = edges(specs, compiled(specs.views))
    if output == "text":
        return "\n".join([*_lines(told, entry), "", *_rests(columns)])
    if output == "openlineage":
        name = specs.use_case.name
        pair = events(columns, run=told.recorded.prediction, use_case=name, at=entry.fact.at)
        return "\n".join(json.dumps(event) for event in pair)
    return json.dumps(_plain(told, entry) | {"edges": [_edge(e) for e in columns]}, indent=2)


def _edge(edge: object) -> dict[str, object]:
    plain: dict[str, object] = msgspec.to_builtins(edge)
    return plain


def _lines(told: Lineage, entry: Entry) -> list[str]:
    of = told.recorded
    lines = [f"{of.use_case} at {of.site}: answer {of.prediction}, fact {entry.index}", ""]
    for each in told.features:
        lines.append(f"{each.name} = {_value(each)}")
        lines.append(f"  {each.reduce} of view:{each.view}.{each.column}, {len(each.rows)} rows")
        lines += [f"    {row}" for row in each.rows]
    lines += ["", "Resources, where their bytes lie, and from when they were known:"]
    for stored in told.resources:
        known = f"{stored.known_at.isoformat()} by {stored.clock}"
        lines += [
            f"  {stored.resource}",
            f"    {stored.place}, line {stored.line:,}, {stored.length} bytes, {known}",
        ]
    lines += [
        f"  raw:{each.raw} came by the export of manifest raw:{each.manifest}, cut at "
        f"{each.transaction_time}"
        for each in told.exports
    ]
    n, n_raw = len(told.resources), len({stored.raw for stored in told.resources})
    said = f"Made again from {n} resources in {n_raw} raw files: all is what the model was given."
    return [*lines, "", said]


def _rests(columns: tuple[Edge, ...]) -> list[str]:
    """Say which column rests on which, by the specs that were in force."""
    lines = [
        f"  {each.to} {each.kind} from {each.from_} ({each.how}{', hidden' * each.masking})"
        for each in columns
    ]
    return ["What rests on what, by the specs then:", *lines]


def _value(each: Made) -> str:
    if not each.missing:
        return str(each.value)
    filled = "" if each.filled is None else f", filled with {each.filled}"
    return f"missing ({each.missing}){filled}"


def _plain(told: Lineage, entry: Entry) -> dict[str, object]:
    return {
        "prediction": told.recorded.prediction,
        "use_case": told.recorded.use_case,
        "site": told.recorded.site,
        "fact": entry.index,
        "score": entry.fact.body.get("score"),
        "views": told.recorded.views,
        "features": [
            {
                "feature": f"feature:{told.recorded.use_case}.{each.name}",
                "value": each.value,
                "missing": each.missing,
                "filled": each.filled,
                "from": f"view:{each.view}.{each.column}",
                "reduce": each.reduce,
                "rows": list(each.rows),
            }
            for each in told.features
        ],
        "resources": [
            {
                "resource": stored.resource,
                "raw": stored.place,
                "length": stored.length,
                "line": stored.line,
                "known_at": stored.known_at.isoformat(),
                "clock": stored.clock,
            }
            for stored in told.resources
        ],
        "exports": [
            {
                "raw": f"raw:{each.raw}",
                "manifest": f"raw:{each.manifest}",
                "transaction_time": each.transaction_time,
            }
            for each in told.exports
        ],
    }
