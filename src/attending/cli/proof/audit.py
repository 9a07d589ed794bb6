"""`attending audit`: answer an auditor's question from the ledger, and from nothing else."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from attending.cli.speaking.options import OUTPUT
from attending.clock import stamp
from attending.errors import ProofFailed, Refused
from attending.ledger.layout import payload_key
from attending.ledger.open_reader import open_reader
from attending.ledger.unsealed import Unsealed
from attending.ledger.verify import verify
from attending.loops.data.lineage import Tracer
from attending.report.answer_text import all_text, rows_csv, text
from attending.report.evidence import check_names, evidence
from attending.report.question import Asked, all_told, told
from attending.report.questions import CATALOG, Listed, answerable, answered, listed
from attending.wiring import live_clock, open_recompute

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from attending.ledger.read import Reader

# The questions that take options of their own.
ONE_PATIENT, COMPUTED, LINEAGE, CHANGED = 1, 2, 17, 32
OPTIONS = {
    ONE_PATIENT: "--patient",
    COMPUTED: "--prediction",
    LINEAGE: "--prediction",
    CHANGED: "--since",
}

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
                "status": _status(each, can),
                "needs": [each.needs] if each.needs else [],
            }
            for each in CATALOG
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    for each in CATALOG:
        click.echo(f"{each.number:>2}  {each.title}\n    {WORDS[_status(each, can)]}{each.needs}")
    click.echo(f"\n{len(can)} of {len(CATALOG)} can be asked: attending audit q NUMBER --store DIR")


WORDS = {
    "answered": "can be asked",
    "partial": "can be asked, in part: waits for ",
    "not_yet": "not yet: waits for ",
}


def _status(each: Listed, can: Collection[int]) -> str:
    if each.number not in can:
        return "not_yet"
    return "partial" if each.needs else "answered"


@audit.command()
@click.argument("number", metavar="NUMBER|all")
@STORE
@click.option("--use-case", default="", help="One use case; all of them when none is named.")
@click.option("--site", default="", help="One site; all of them when none is named.")
@click.option(
    "--as-of", default="", help="A moment, a date, or a number of facts; else all there are."
)
@click.option(
    "--since", default="", help="Question 32: what changed after this moment, as --as-of."
)
@click.option(
    "--patient", default="", help="Question 1: one patient, as PSEUDONYM or SITE/PSEUDONYM."
)
@click.option("--prediction", default="", help="Questions 2 and 17: one answer, by its id.")
@click.option(
    "--folder",
    "folders",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Question 2: a folder of specs whose model is a file; more than one may be named.",
)
@click.option("-o", "output", type=click.Choice(["text", "json", "csv"]), default="text")
def q(
    number: str,
    *,
    store: Path,
    use_case: str,
    site: str,
    as_of: str,
    since: str,
    patient: str,
    prediction: str,
    folders: tuple[Path, ...],
    output: str,
) -> None:
    """Answer question NUMBER, or all of them.

    The digest is over everything but the moment of asking, so that a second run proves the
    same answer; --as-of with the number of facts gives it again on a log that has grown.
    As csv, an answer's rows alone. Exit code 5: the log does not verify.
    """
    numbers = _numbers(number)
    if output == "csv" and len(numbers) > 1:
        raise Refused("csv tells the rows of one question", accepted=["-o text", "-o json"])
    of_one = LINEAGE if numbers == [LINEAGE] else COMPUTED
    _check(numbers, folders, {ONE_PATIENT: patient, of_one: prediction, CHANGED: since})
    reader = open_reader(store)
    try:
        there = evidence(reader, as_of)
        check_names(there, use_case, site)
        asked = Asked(
            there,
            use_case,
            site,
            partial(verify, store),
            again=open_recompute(store, reader, folders),
            prediction=prediction,
            patient=patient,
            since=_since(reader, since),
            traced=Tracer(reader, store, Unsealed(reader, payload_key(store)).raw),
        )
        answers = {n: answered(n, asked) for n in numbers}
        at = stamp(live_clock(store).now())
        told_ = {
            n: told(n, listed(n).title, asked, answer, at=at, as_of=as_of)
            for n, answer in answers.items()
        }
    finally:
        reader.close()
    if len(numbers) > 1:
        found = all_told([*told_.values()])
        click.echo(json.dumps(found, indent=2) if output == "json" else all_text(found))
    else:
        _tell(told_[numbers[0]], output)
    fallen = next((answer.because for answer in answers.values() if not answer.stands), "")
    if fallen:
        raise ProofFailed(fallen)


def _since(reader: Reader, since: str) -> int | None:
    try:
        return evidence(reader, since).size if since else None
    except Refused as error:
        raise Refused(error.what, where="--since", accepted=error.accepted) from error


def _check(numbers: list[int], folders: tuple[Path, ...], given: Mapping[int, str]) -> None:
    """Refuse an option that a question would take no notice of."""
    for number, value in given.items():
        if value and numbers != [number]:
            raise Refused(f"only question {number} takes this", where=OPTIONS[number])
    if folders and COMPUTED not in numbers:
        raise Refused(f"only question {COMPUTED} takes this", where="--folder")


def _numbers(number: str) -> list[int]:
    if number == "all":
        return [each.number for each in CATALOG]
    if not (number.isascii() and number.isdigit()):
        raise Refused(f"{number!r} is no question", accepted=["1 to 34", "all"])
    return [listed(int(number)).number]


def _tell(found: dict[str, Any], output: str) -> None:
    if output == "json":
        click.echo(json.dumps(found, indent=2))
    elif output == "text":
        click.echo(text(found))
    else:
        click.echo(rows_csv(found), nl=False)
        if found["exceptions"]:
            n = len(found["exceptions"])
            click.echo(f"{n} things are not as they should be: ask again with -o json", err=True)
