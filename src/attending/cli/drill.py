"""`attending drill`: rehearse what an auditor will ask for, before they do."""

from __future__ import annotations

import json
import time
from pathlib import Path

import click
import msgspec

from attending.cli.proof.evidence import OUTPUT, check_file, keep
from attending.cli.speaking.opening import reopen_books
from attending.cli.speaking.options import STORE
from attending.loops.system.binders import person as who
from attending.loops.system.drill import drill as run
from attending.report.questions import listed


@click.group()
def drill() -> None:
    """Rehearse an auditor's letter."""


@drill.command()
@click.option("--seed", type=int, help="Which letter; by default the number of facts.")
@click.option("-o", "file", type=click.Path(path_type=Path), help="Keep the binder here.")
@click.option("--by", "person", default="platform", show_default=True, help="Who rehearses.")
@STORE
@OUTPUT
def audit(*, seed: int | None, file: Path | None, person: str, store: Path, output: str) -> None:
    """Draw a letter, answer it, build the binder, and check it with the shipped file.

    It prints how long that took and what could not be answered, and puts the drill on record.
    Exit code 5: the binder did not hold.
    """
    if file is not None:
        check_file(file)
    began = time.monotonic()
    with reopen_books(store) as books:
        done = run(books, store, who(person), seed=books.reader.size() if seed is None else seed)
    took = time.monotonic() - began
    if file is not None:
        keep(file, done.made.raw)
    told, scope = done.drill, done.drill.scope
    if output == "json":
        plain = msgspec.to_builtins(told) | {"schema": "drilled/1", "took_seconds": round(took, 1)}
        click.echo(json.dumps(plain, indent=2, sort_keys=True))
        return
    where = f"{scope.use_case} at {scope.site}" if scope.site else scope.use_case
    counts = done.made.built.counts
    click.echo(
        f"A letter about {where}, {scope.since} to {scope.until}: {len(told.asked)} questions"
    )
    for number in told.asked:
        status = done.made.statuses[number].replace("_", " ")
        needs = listed(number).needs
        waits = f" (waits for {needs})" if needs and number in told.not_yet else ""
        click.echo(f"  {number:>2}  {status}{waits}  {listed(number).title}")
    click.echo(f"binder: {counts['facts']:,} facts, {counts['answers']} answers; it holds")
    click.echo(f"took {took:.1f} seconds ({took / 60:.1f} minutes); letter {told.seed}")
