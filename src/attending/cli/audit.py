"""`attending audit`: answer an auditor's question from the ledger, and from nothing else."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import click

from attending.cli.options import OUTPUT
from attending.clock import stamp
from attending.errors import ProofFailed, Refused
from attending.ledger import layout
from attending.ledger.open_reader import open_reader
from attending.ledger.verify import verify
from attending.report.answer_text import text
from attending.report.evidence import check_names, evidence
from attending.report.question import Asked, told
from attending.report.questions import CATALOG, answerable, answered, listed
from attending.wiring import live_clock

STORE = click.option(
    "--store",
    required=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The ledger's folder.",
)


@click.group()
def audit() -> None:
    """Answer an auditor's questions; each answer cites its facts and bears a digest."""


@audit.command("list")
@OUTPUT
def list_(output: str) -> None:
    """List the 34 questions, and what each that cannot be answered yet waits for."""
    can = answerable()
    if output == "json":
        rows = [
            {
                "number": each.number,
                "title": each.title,
                "status": "answered" if each.number in can else "not_yet",
                "needs": [] if each.number in can else [each.needs],
            }
            for each in CATALOG
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    for each in CATALOG:
        waits = "can be asked" if each.number in can else f"not yet: waits for {each.needs}"
        click.echo(f"{each.number:>2}  {each.title}\n    {waits}")
    click.echo(f"\n{len(can)} of {len(CATALOG)} can be asked: attending audit q NUMBER --store DIR")


@audit.command()
@click.argument("number", type=int)
@STORE
@click.option("--use-case", default="", help="One use case; all of them when none is named.")
@click.option("--site", default="", help="One site; all of them when none is named.")
@click.option(
    "--as-of", default="", help="A moment, a date, or a number of facts; else all there are."
)
@OUTPUT
def q(number: int, *, store: Path, use_case: str, site: str, as_of: str, output: str) -> None:
    """Answer question NUMBER.

    The digest is over everything but the moment of asking, so that a second run proves the
    same answer; --as-of with the number of facts gives it again on a log that has grown.
    Exit code 5: the log does not verify.
    """
    if not layout.database(store).exists():
        raise Refused("there is no ledger here", where=str(store))
    title, reader = listed(number).title, open_reader(store)
    try:
        there = evidence(reader, as_of)
        check_names(there, use_case, site)
        asked = Asked(there, use_case, site, partial(verify, store))
        answer = answered(number, asked)
        at = stamp(live_clock(store).now())
        found = told(number, title, asked, answer, at=at, as_of=as_of)
    finally:
        reader.close()
    click.echo(json.dumps(found, indent=2) if output == "json" else text(found))
    if not answer.stands:
        raise ProofFailed(answer.because)
