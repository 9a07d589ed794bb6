"""Take in what other tools tell of warehouse tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from attending.admit import read_lone
from attending.cli.speaking.options import OUTPUT, STORE
from attending.cli.speaking.telling import tell
from attending.facts.fact import By
from attending.lake.raw import RawFiles
from attending.loops.data.upstream import keep_told, read_told, write_kept
from attending.loops.data.upstream import take as take_in
from attending.spec.data.upstream import Upstream
from attending.wiring import open_books

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attending.facts.data.checked import CheckResult
    from attending.facts.data.upstream import Upstream as Told


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--reads", type=click.Path(path_type=Path), help="Which tables a source reads.")
@click.option("--as", "person", default="platform", help="Who takes it in.")
@STORE
@OUTPUT
@click.pass_context
def take(
    ctx: click.Context,
    files: tuple[Path, ...],
    *,
    reads: Path | None,
    person: str,
    store: Path,
    output: str,
) -> None:
    """Take FILES in: a `target` folder of dbt's, or OpenLineage events, one to a line.

    The files are kept as they came, and `attending lineage told` gives them back.
    Without files, what is known already is judged anew: a table grows old by itself. Exit code 4:
    a table that a source reads, or one that it rests on, failed, failed a test, or is stale.
    """
    told = [read_told(path) for path in files]
    wanted = None if reads is None else read_lone(reads, Upstream)[0]
    by = By(person=person, via="cli")
    with open_books(store) as books:
        raw = RawFiles(store / "lake" / "raw")
        kept = [keep_told(raw, path, each) for path, each in zip(files, told, strict=True)]
        taken = take_in(books, told, wanted, by)
        write_kept(books, kept, by)
    results = [msgspec.to_builtins(result) for result in taken.results]
    lines = [*_told(told, taken.new), *map(_line, taken.results)]
    answer = {
        "schema": "upstream_taken/1",
        "new": taken.new,
        "files": [_counts(each) for each in told],
        "results": results,
    }
    tell(answer, lines or ["Nobody has said which tables a source reads: --reads."], output)
    ctx.exit(4 if any(result.state == "breach" for result in taken.results) else 0)


def _counts(told: Told) -> dict[str, object]:
    return {
        "teller": told.teller,
        "project": told.project,
        "digest": told.digest,
        "tables": len(told.tables),
        "exposures": len(told.exposures),
        "passed_over": told.passed_over,
    }


def _told(told: list[Told], new: int) -> Iterator[str]:
    for each in told:
        aside = "".join(f"; {n:,} lines passed over: {why}" for why, n in each.passed_over.items())
        yield f"{each.teller} {each.project}: {len(each.tables):,} tables, told {each.at}{aside}"
    if told:
        yield f"{new} of {len(told)} files are new"


def _line(result: CheckResult) -> str:
    return (
        f"{result.site}  {result.table}, {result.check.replace('_', ' ')}: "
        f"{result.state.replace('_', ' ')}; {result.num_violated} of {result.num_denominator}"
    )
