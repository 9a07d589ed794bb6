"""`attending deidentify`: make an extract from which nobody is known, and prove how."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from attending.admit import read_lone
from attending.cli.speaking.opening import reopen_books
from attending.cli.speaking.options import OUTPUT, STORE
from attending.cli.speaking.telling import tell
from attending.errors import Refused
from attending.ingest.sources.csv_drop import csv_drop
from attending.loops.system.extracts import extract
from attending.loops.system.people import Voice
from attending.spec.data.deidentification import Deidentification


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--plan", "plan_file", required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Where it goes.")
@click.option("--as", "person", required=True, help="Who makes it.")
@STORE
@OUTPUT
def deidentify(
    file: Path, *, plan_file: Path, out: Path, person: str, store: Path, output: str
) -> None:
    """Put every column of FILE (CSV) through the rule that the plan gives it.

    A column without a rule, a cell that a rule cannot read, and a kept cell that looks like an
    identifier each refuse the whole extract. Exit code 4: that person may not make one.
    """
    plan, _ = read_lone(plan_file, Deidentification)
    if out.exists():
        raise Refused("there is a file already", where=str(out))
    found = csv_drop(file, needed=frozenset({plan.person}))
    with reopen_books(store) as books:
        raw, record = extract(books, found, plan, Voice(person))
    out.write_bytes(raw)
    lines = [
        f"{record.n_out:,} of {record.n_in:,} rows to {out.name}, by {record.method}",
        f"{record.n_suppressed:,} rows left out because too few people are alike",
    ]
    for identifier, columns in record.table.items():
        rules = ", ".join(f"{name}: {rule}" for name, rule in columns.items())
        lines.append(f"  {identifier.replace('_', ' ')}: {rules or 'not in this file'}")
    told = {"schema": "deidentified/1", **msgspec.to_builtins(record)}
    tell(told, [*lines, f"extract {record.extract}"], output)
