"""Propose: ask for a tool, with who answers for it and what would count as success."""

from __future__ import annotations

from pathlib import Path

import click

from attending.admit import read_document
from attending.cli.intake import desk, one_lines, one_told
from attending.cli.speaking.options import OUTPUT, STORE
from attending.cli.speaking.telling import tell
from attending.ingest.sheets.proposal_sheet import read_sheet
from attending.loops.system import intake as intakes
from attending.spec.proposals.proposal_reading import typed_document
from attending.wiring import open_books


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--as", "person", required=True, help="Who submits it.")
@STORE
@OUTPUT
def propose(file: Path, *, person: str, store: Path, output: str) -> None:
    """Submit FILE, a proposal as YAML, or a workbook of one sheet of fields and values.

    It is refused with everything that is wrong with it, and where it was submitted before,
    unless it quotes the digest of the last submission: then what changed since is printed.
    What people wrote is sealed. Prints its place on the roadmap and what is still open.
    """
    is_sheet = file.suffix.lower() == ".xlsx"
    document = typed_document(read_sheet(file), file=file.name) if is_sheet else read_document(file)
    with open_books(store) as books:
        at_desk = desk(books, store, person)
        known, is_new = intakes.submit(at_desk, document)
        name = str(document.plain["proposal"]) if isinstance(document.plain, dict) else ""
        told = one_told(at_desk, known, name) | {"new": is_new}
    head = [] if is_new else ["nothing changed since the last submission"]
    tell(told, head + one_lines(told), output)
