"""Tell what of HL7's mapping tables is applied, and list every row that is not."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from attending.cli.speaking.options import OUTPUT
from attending.cli.speaking.telling import tell
from attending.cli.speaking.wire import TABLES
from attending.ingest.hl7v2.tables import read_tables
from attending.ingest.mllp.reception import BATCH
from attending.lake.inbox import open_inbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attending.ingest.hl7v2.tables import Tables
    from attending.lake.inbox import Counted

WHY = {
    "prose": "the condition is prose: a person has to read it",
    "condition": "the condition is not in the language that is read",
    "target": "the place to write is not spelled as a path",
    "assignment": "what to write is prose",
}


@click.command("hl7v2-coverage")
@TABLES
@click.option("--store", type=click.Path(path_type=Path), help="Count the messages kept there too.")
@OUTPUT
def hl7v2_coverage(*, tables: Path, store: Path | None, output: str) -> None:
    """Tell how much of the mapping tables is applied, and list the rows that are not.

    With a store, its messages are counted by kind: mapped by a table, or stored, not mapped.
    """
    found = read_tables(tables)
    messages = _messages(store, found) if store is not None else []
    prose = [one for one in found.left if one.because == "prose"]
    told: dict[str, Any] = {
        "schema": "hl7v2_coverage/1",
        "tables": found.digest,
        "applied": found.applied,
        "not_applied": [
            {
                "file": one.line.file,
                "line": one.line.number,
                "because": one.because,
                "said": one.said,
            }
            for one in found.left
        ],
        "prose_only": dict(sorted(Counter(one.folder for one in prose).items())),
        "message_tables": sorted(found.messages),
        "messages": messages,
    }
    tell(told, _lines(told), output)


def _messages(store: Path, tables: Tables) -> list[dict[str, Any]]:
    inbox = open_inbox(store, writing=False)
    try:
        return [
            {"source": source, **counted._asdict(), "table": _word(counted, tables)}
            for source in inbox.sources()
            for counted in inbox.counted(source)
        ]
    finally:
        inbox.close()


def _word(counted: Counted, tables: Tables) -> str:
    code, _, event = counted.kind.partition("^")
    if counted.state == "parked":
        return "parked"
    if counted.kind == BATCH:
        return "taken apart into messages"
    return "mapped" if tables.structure(code, event) else "stored, not mapped"


def _lines(told: dict[str, Any]) -> Iterator[str]:
    yield f"tables {told['tables'][:12]}: {len(told['message_tables'])} kinds of message"
    for folder, n in sorted(told["applied"].items()):
        yield f"  {folder}: {n:,} rows applied"
    prose = told["prose_only"]
    both = prose.get("messages", 0) + prose.get("segments", 0)
    yield f"{both} rows of messages and segments have a condition in prose only; none is applied"
    for because, words in WHY.items():
        rows = [one for one in told["not_applied"] if one["because"] == because]
        yield f"not applied, {words}: {len(rows)}"
        for one in rows:
            yield f"  {one['file']}:{one['line']}: {' '.join(one['said'].split())}"
    for one in told["messages"]:
        reason = f" ({one['reason'].replace('_', ' ')})" if one["reason"] else ""
        yield f"{one['source']}: {one['kind'] or 'no kind'}: {one['n']:,} {one['table']}{reason}"
