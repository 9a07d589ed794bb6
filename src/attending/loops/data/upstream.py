"""Take in what tools tell of warehouse tables, and judge the tables that sources read.

What is found of a table is written as the results of data checks, so that it holds who depends
on it by the one mechanism there is. Level-triggered: the same file, and the same state of things,
are written once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from attending import shapes
from attending.digest import digest
from attending.errors import NoSuchName, Refused
from attending.facts.data.checked import Checked, CheckResult
from attending.facts.data.upstream import MOST_TABLES, Kept, Read, Reads
from attending.facts.fact import By, Fact
from attending.ingest.upstreams.dbt import MANIFEST, dbt, digest_over, files_of
from attending.ingest.upstreams.open_lineage import open_lineage
from attending.loops.system.checks import write_news
from attending.report.data.upstream import time_of, upstreams

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from attending.facts.data.checked import Kind, State
    from attending.facts.data.upstream import Upstream
    from attending.lake.raw import RawFiles
    from attending.loops.books import Books
    from attending.report.data.upstream import Upstreams
    from attending.spec.data.upstream import Upstream as Wanted

EVENTS = (".ndjson", ".jsonl")
EVENTS_FILE = "events"  # what a file of events is called; its own name may say anything
RAN, TESTED, FRESH = "upstream_run", "upstream_tests", "upstream_fresh"
KINDS: dict[str, Kind] = {RAN: "completeness", TESTED: "conformance", FRESH: "plausibility"}
WHOLE = "*"


@dataclass(frozen=True)
class Taken:
    """What became of files: how many were new, and what is known of the tables that are read."""

    new: int
    results: tuple[CheckResult, ...]
    known: Upstreams


def read_told(path: Path) -> Upstream:
    """Read a file, or a folder of dbt's.

    Raises
    ------
    Refused
        It is neither dbt's nor of OpenLineage events, or cannot be read.

    """
    if path.is_dir() or path.name == MANIFEST:
        return dbt(path)
    if path.suffix in EVENTS:
        return open_lineage(path)
    raise Refused(
        "nothing here tells of tables",
        where=str(path),
        accepted=[f"a folder with {MANIFEST}", MANIFEST, *(f"*{ending}" for ending in EVENTS)],
    )


def take(books: Books, told: Sequence[Upstream], wanted: Wanted | None, by: By) -> Taken:
    """Write what was told and what is read, each once, and judge every table that is read.

    Raises
    ------
    Refused
        A file tells of more tables than one fact holds.
    NoSuchName
        A table that is to be read is one that nobody told of.

    """
    facts = [fact for each in told if (fact := _told(books, each, by)) is not None]
    known = upstreams(books.reader.entries(kinds=("ingested", "declared")))
    reads = None if wanted is None else _reads(wanted)
    names = {*known.tables, *(table.name for each in told for table in each.tables)}
    for each in reads.tables if reads is not None else ():
        if each.table not in names:
            raise NoSuchName(each.table, "the tables that were told of", names)
    if reads is not None and (reads.name, reads) not in {
        (n, r) for n, (r, _) in known.reads.items()
    }:
        facts.append(_declared(books, reads, by))
    if facts:
        books.write(facts)
        known = upstreams(books.reader.entries(kinds=("ingested", "declared")))
    return Taken(sum(f.kind == "ingested" for f in facts), tuple(_judge(books, known, by)), known)


def keep_told(raw: RawFiles, path: Path, told: Upstream) -> Kept:
    """Keep the files of a telling as they came; on disk when this returns.

    Raises
    ------
    Refused
        A file is not the one any more that was read.

    """
    if told.teller == "dbt":
        files = {name: raw.keep_file(each) for name, each in files_of(path).items()}
        found = digest_over(files.values())
    else:
        found = raw.keep_file(path)
        files = {EVENTS_FILE: found}
    if found != told.digest:
        raise Refused("the file changed while it was read; take it again", where=str(path))
    return Kept(teller=told.teller, digest=told.digest, files=files)


def write_kept(books: Books, kept: Iterable[Kept], by: By) -> None:
    """Write where tellings lie, each once; also of one that was told before files were kept."""
    for each in kept:
        key = f"upstream/{each.teller}/{each.digest}/kept"
        if books.reader.latest(key) is None:
            body = msgspec.to_builtins(each)
            books.write([Fact(kind="ingested", key=key, at=books.at, by=by, body=body)])


def _told(books: Books, told: Upstream, by: By) -> Fact | None:
    """Give the fact of a file; None where it was written before."""
    if len(told.tables) > MOST_TABLES:
        raise Refused(f"{len(told.tables):,} tables; at most {MOST_TABLES:,} are taken at once")
    key = f"upstream/{told.teller}/{told.digest}/ingested"
    if books.reader.latest(key) is not None:
        return None
    body = msgspec.to_builtins(told)
    return Fact(kind="ingested", key=key, at=books.at, by=by, body=body)


def _reads(wanted: Wanted) -> Reads:
    plain = msgspec.to_builtins(wanted)
    return Reads(
        name=wanted.name,
        spec=digest(plain),
        source=wanted.source,
        site=wanted.site,
        tables=shapes.convert(plain["tables"], tuple[Read, ...]),
    )


def _declared(books: Books, reads: Reads, by: By) -> Fact:
    key, body = f"upstream/{reads.name}/declared", msgspec.to_builtins(reads)
    return Fact(kind="declared", key=key, at=books.at, by=by, body=body)


def _judge(books: Books, known: Upstreams, by: By) -> Iterable[CheckResult]:
    """Judge every table that is read, and write what is news."""
    for reads, _ in known.reads.values():
        for read in reads.tables:
            results = judged(known, reads, read, books.clock.now(), at=books.at)
            before = books.reader.latest(f"checks/{reads.name}/{read.table}/checked")
            kept = shapes.convert(before.fact.body, Checked).results if before else ()
            since = {(r.check, r.state): r.since_row for r in kept}
            results = tuple(
                msgspec.structs.replace(r, since_row=since.get((r.check, r.state), r.since_row))
                for r in results
            )
            holds = {f"{r.check}/{WHOLE}": read.holds for r in results if read.holds}
            told = Checked(
                checks=reads.name,
                spec=reads.spec,
                source=reads.source,
                table=read.table,
                results=results,
                holds=holds,
            )
            write_news(books, read.table, told, by)
            yield from results


def judged(
    known: Upstreams, reads: Reads, read: Read, now: datetime, *, at: str
) -> tuple[CheckResult, ...]:
    """Tell how a table and all it rests on went: their last runs, their tests, and its age.

    A state begins at so many tellings of the table, so that one that comes back is another.
    """
    above = [known.tables[name].table for name in known.above(read.table) if name in known.tables]
    own = known.tables.get(read.table)
    told = [each for each in above if each.state != "not_known"]
    failed = sum(each.state == "failed" for each in told)
    tests, broken = sum(each.tests for each in above), sum(each.failed for each in above)
    counted: list[tuple[str, int, int, State]] = [
        (RAN, failed, len(told), _state(failed, len(told))),
        (TESTED, broken, tests, _state(broken, tests)),
    ]
    stale = any(each.is_stale for each in above)
    if read.within_hours is not None or stale:
        at_last = "" if own is None or read.within_hours is None else own.table.at
        aged = bool(at_last)
        old = stale or (aged and _is_old(at_last, read.within_hours, now))
        counted.append((FRESH, int(old), int(stale or aged), _state(int(old), int(stale or aged))))
    n = 0 if own is None else own.tellings
    return tuple(
        CheckResult(
            check=check,
            spec=reads.spec,
            source=reads.source,
            site=reads.site,
            table=read.table,
            column=WHOLE,
            kind=KINDS[check],
            from_=0,
            to=n,
            num_violated=violated,
            num_denominator=among,
            allowed=0.0,
            state=state,
            since_row=n,
            known_at=at,
        )
        for check, violated, among, state in counted
    )


def _state(violated: int, among: int) -> State:
    if violated:
        return "breach"
    return "ok" if among else "not_connected"


def _is_old(at: str, hours: float | None, now: datetime) -> bool:
    return hours is not None and now - time_of(at) > timedelta(hours=hours)
