"""Whose record is whose: merges that rules find and people say, and what waits for a person."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from attending.cli.speaking.opening import reopen_books
from attending.cli.speaking.options import OUTPUT, STORE
from attending.cli.speaking.telling import tell
from attending.cli.speaking.wire import named
from attending.errors import Refused
from attending.fhir.decode import Malformed, decode
from attending.ingest.lines import lines
from attending.ingest.patients import known as read_patient
from attending.ingest.patients import matches
from attending.lake.at_rest import at_rest
from attending.lake.inflate import pieces
from attending.ledger.open_reader import open_reader
from attending.loops.system import identity as loop
from attending.loops.system.people import Voice
from attending.serve.pseudonym import pseudonyms_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attending.facts.data.identity import SameOrNot
    from attending.ingest.patients import Known

BOM = b"\xef\xbb\xbf"
AS = click.option("--as", "person", required=True, help="Who says so.")
WHY = click.option("--why", required=True, help="The reason; it is sealed.")


@click.group()
def identity() -> None:
    """Say which records are one patient's; a merge can be taken back, and changes no fact.

    A record is written SITE/PSEUDONYM, as `attending pseudonym --of patient` gives it. Exit
    code 4: that person may not say so, or the merge does not count.
    """


@identity.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--site", required=True, callback=named, help="The site that these records are of.")
@click.option("--also", multiple=True, nargs=2, help="Another SITE and its FILE, to be compared.")
@click.option("--unique", multiple=True, help="System of an identifier that only one person has.")
@STORE
@OUTPUT
def match(
    files: tuple[Path, ...],
    *,
    site: str,
    also: tuple[tuple[str, str], ...],
    unique: tuple[str, ...],
    store: Path,
    output: str,
) -> None:
    """Compare Patient resources, one a line (plain or gzip), and merge what a rule is sure of."""
    where = [*((site, file) for file in files), *((there, Path(file)) for there, file in also)]
    records = [each for place, file in where for each in _patients(file, place)]
    found = matches(records, unique=frozenset(unique))
    names = pseudonyms_of(store, begins=False)
    with reopen_books(store) as books:
        taken = loop.take(books, found, partial(names.of, "patient"))
    told = {
        "schema": "identity_matched/1",
        "records": len(records),
        "merged": taken.n_linked,
        "to_look_at": taken.n_doubts,
        "against": [list(each) for each in taken.against],
    }
    n_records = f"{len(records):,} record{'s' * (len(records) != 1)}"
    line = f"{n_records}: {taken.n_linked} merged, {taken.n_doubts} for a person"
    more = [f"  not merged: {one} into {into}: {because}" for one, into, because in taken.against]
    tell(told, [line, *more], output)


@identity.command()
@STORE
@OUTPUT
def queue(*, store: Path, output: str) -> None:
    """List the pairs of records that a person has to look at, and the merges that stand."""
    reader = open_reader(store)
    try:
        now = loop.known(reader)
    finally:
        reader.close()
    doubts = [
        {"one": d.one, "other": d.other, "rule": d.rule, "agree": d.agree, "differ": d.differ}
        for d in now.doubts.values()
    ]
    links = [
        {"fact": i, "record": link.record, "into": link.into, "rule": link.rule}
        for i, link in sorted(now.links.items())
    ]
    pairs = f"{len(doubts)} pair{'s' * (len(doubts) != 1)} for a person"
    lines = [f"{pairs}, {len(links)} merge{'s stand' if len(links) != 1 else ' stands'}"]
    for d in now.doubts.values():
        apart = f"; differ: {', '.join(d.differ)}" if d.differ else ""
        lines.append(f"  {d.one}  {d.other}  {d.rule}: agree: {', '.join(d.agree) or '-'}{apart}")
    lines += [f"  fact {i}: {k.record} goes with {k.into} ({k.rule})" for i, k in now.links.items()]
    tell({"schema": "identity/1", "to_look_at": doubts, "merges": links}, lines, output)


@identity.command()
@click.argument("record")
@click.argument("into")
@AS
@WHY
@STORE
@OUTPUT
def merge(record: str, into: str, *, person: str, why: str, store: Path, output: str) -> None:
    """Say that RECORD is the same patient's as INTO."""
    with reopen_books(store) as books:
        index = loop.merge(books, _record(record), _record(into), Voice(person), why=why)
    line = f"{record} goes with {into} from fact {index} on"
    tell({"schema": "identity_merged/1", "fact": index}, [line], output)


@identity.command()
@click.argument("fact", type=int)
@AS
@WHY
@STORE
@OUTPUT
def unmerge(fact: int, *, person: str, why: str, store: Path, output: str) -> None:
    """Take back the merge of a FACT; every prediction is again whose it was before."""
    with reopen_books(store) as books:
        index = loop.unmerge(books, fact, Voice(person), why=why)
    line = f"the merge of fact {fact} is taken back by fact {index}"
    tell({"schema": "identity_unmerged/1", "fact": index}, [line], output)


@identity.command()
@click.argument("one")
@click.argument("other")
@click.option("--found", required=True, type=click.Choice(["same", "different"]))
@AS
@WHY
@STORE
@OUTPUT
def review(
    one: str, other: str, *, found: SameOrNot, person: str, why: str, store: Path, output: str
) -> None:
    """Say whether ONE and OTHER, which a rule doubts, are one patient's; OTHER goes with ONE."""
    with reopen_books(store) as books:
        seen = (_record(one), _record(other))
        written = loop.review(books, seen, found, Voice(person), why=why)
    line = f"{one} and {other} are {'one patient' if found == 'same' else 'two patients'}"
    tell({"schema": "identity_reviewed/1", "facts": list(written)}, [line], output)


def _record(text: str) -> str:
    site, slash, pseudonym = text.rpartition("/")
    if not (site and slash and pseudonym):
        raise Refused(f"{text!r} names no record", accepted=["SITE/PSEUDONYM"])
    return text


def _patients(file: Path, site: str) -> Iterator[Known]:
    """Read Patient resources, a JSON object a line; a line that is none is told with its number."""
    if not file.is_file():
        raise Refused("there is no such file", where=str(file), accepted=["*.ndjson, *.ndjson.gz"])
    with at_rest(file.resolve()).reading(file) as stream:
        for number, line in enumerate(lines(pieces(stream)), start=1):
            where, raw = f"{file}:{number}", line.raw.removeprefix(BOM)
            if line.reason is not None:
                raise Refused(f"the line is {line.reason.replace('_', ' ')}", where=where)
            if not raw.strip():
                continue
            try:
                found = read_patient(decode(raw), site)
            except Malformed as error:
                raise Refused(str(error), where=where) from error
            if found is None:
                raise Refused("no Patient resource with an id", where=where)
            yield found
