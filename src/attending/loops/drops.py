"""Drops: files that somebody put in the inbox become facts.

Level-triggered: what was taken is known from the facts alone, by a file's keyed digest. Files
are left where they are and may be dropped again; a row that says what a fact says already
writes nothing, so that a file that was read half is simply read again when it is whole.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from hashlib import file_digest
from typing import TYPE_CHECKING

import msgspec

from attending.clock import stamp
from attending.errors import NoSuchName, Refused
from attending.facts.case import OutcomeRow, ParkedRow, RecordedCase
from attending.ingest.drop import read_drop
from attending.ingest.dropped import Dropped, parked, parked_key, refused, released, taken
from attending.ingest.mapping import Mapping
from attending.ingest.recorded import observed, served
from attending.loops.take_in import release_of
from attending.loops.widen import widen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from attending.facts.fact import Fact
    from attending.ingest.drop import Drop
    from attending.lake.tables import Asked
    from attending.ledger.read import Reader
    from attending.loops.parts import Folded, Parts
    from attending.spec.source import Source

BEING_WRITTEN = (".part", ".tmp")
NOT_ASKED = "the tool has given no answer about this case so far; the row waits for one"
WAS_OFF = "the tool was off or suspended when it was asked about this case"
ANOTHER = "this case is on record with other contents; the record stands"
NOT_BEGUN = "its dates are counted from the day the tool is first switched on; the file waits"


@dataclass(frozen=True)
class Inbox:
    """Where files are dropped, and how the names in them are made pseudonyms.

    Attributes
    ----------
    path
        Holds ``<use case>/<source>/<file>``.
    name
        Gives the pseudonym of a name of a kind, as the gateways of this store do.

    """

    path: Path
    name: Callable[[str, str], str]

    def place(self, use_case: str, source: str) -> Path:
        """Give the folder of one source's files, made for its owner alone."""
        place = self.path / use_case / source
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        return place


def take_in_drops(parts: Parts, folded: Folded, inbox: Inbox) -> int:
    """Take in every file that was not, and rows whose case has turned up; give the new facts.

    A file that cannot be read at all becomes one fact that says why, and stops nothing.
    Files are read in the order of their names.
    """
    widen(parts, folded)
    folded.drops.refused = {}
    drops = list(_drops(parts, folded, inbox))
    for drop, path in drops:
        drop.recall(path)
    written = _take_waiting(parts, folded)  # first what came first: a later file may correct it
    written += sum(drop.take(path) for drop, path in drops)
    return written + _take_waiting(parts, folded)


def _drops(parts: Parts, folded: Folded, inbox: Inbox) -> Iterator[tuple[Taking, Path]]:
    for source, path in _lying(inbox.path / parts.use_case):
        try:
            digest = _digest_of(folded, inbox, path)
        except FileNotFoundError:
            continue  # somebody took it away again
        except OSError as error:
            folded.drops.refused[path] = f"it cannot be opened: {error.strerror}"
            continue
        drop = Dropped(parts.use_case, source, digest, stamp(parts.clock.now()))
        yield Taking(parts, folded, inbox, drop), path


def _lying(folder: Path) -> Iterator[tuple[str, Path]]:
    """Give source and path of each file that lies whole in its folder."""
    for source in sorted(folder.iterdir()) if folder.is_dir() else ():
        for path in sorted(source.iterdir()) if source.is_dir() else ():
            being_written = path.name.startswith(".") or path.name.endswith(BEING_WRITTEN)
            if not being_written and path.is_file():
                yield source.name, path


def _digest_of(folded: Folded, inbox: Inbox, path: Path) -> str:
    """Give a file's keyed digest; a file whose stamp is as it was is not read again."""
    with path.open("rb") as file:
        s = os.fstat(file.fileno())
        its = (s.st_dev, s.st_ino, s.st_size, s.st_mtime_ns, s.st_ctime_ns)
        was = folded.drops.files.get(path)
        if was is not None and was[0] == its:
            return was[1]
        digest = inbox.name("file", file_digest(file, "sha256").hexdigest())
    folded.drops.files[path] = (its, digest)
    return digest


class News:
    """The facts of one file that say something no fact says yet."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._last: dict[str, Fact] = {}
        self.facts: list[Fact] = []

    def last(self, key: str) -> Fact | None:
        """Give what was said last under a key."""
        if key in self._last:
            return self._last[key]
        there = self._reader.latest(key)
        return None if there is None else there.fact

    def say(self, fact: Fact) -> bool:
        """Say it, unless the last fact of its key says the same; tell whether it is news."""
        there = self.last(fact.key)
        if there is not None and (there.body, there.site) == (fact.body, fact.site):
            return False
        self.facts.append(fact)
        self._last[fact.key] = fact
        return True


@dataclass(frozen=True)
class Taking:
    """One file being taken in."""

    parts: Parts
    folded: Folded
    inbox: Inbox
    drop: Dropped

    @property
    def file(self) -> tuple[str, str]:
        """Give what the file is remembered by."""
        return self.drop.source, self.drop.digest

    def recall(self, path: Path) -> None:
        """Look up what the facts say became of the file."""
        known = self.folded.drops.known
        if self.file not in known:
            there = self.parts.reader.latest(self.drop.key)
            if there is not None:
                known[self.file] = str(there.fact.body.get("because", ""))
        if self.file in known:
            self._search(path)

    def take(self, path: Path) -> int:
        """Take the file in unless that was done; give how many facts are new."""
        known, written = self.folded.drops.known, 0
        if self.file not in known:
            written = self._first_time(path)
        if known.get(self.file):
            self.folded.drops.refused[path] = known[self.file]
        return written

    def _first_time(self, path: Path) -> int:
        because = ""
        try:
            source = self._source()
            if self._must_wait(source):
                self.folded.drops.refused[path] = NOT_BEGUN
                return 0
            read = self._read(path, source)
        except Refused as error:
            if not path.exists():
                return 0  # somebody took it away again
            because = told_of(error)
            facts = [refused(self.drop, because)]
        else:
            if self.inbox.name("file", read.digest) != self.drop.digest:
                return 0  # it was written to meanwhile; the next turn sees it whole
            facts = self._facts(read, source)
        fresh = self.parts.pen.append(facts).fresh
        self.folded.drops.known[self.file] = because
        widen(self.parts, self.folded)
        return fresh

    def _source(self) -> Source:
        there = self.parts.folder.sources
        if self.drop.source not in there:
            raise NoSuchName(self.drop.source, f"the sources of {self.parts.use_case}", there)
        return there[self.drop.source]

    def _must_wait(self, source: Source) -> bool:
        """Tell whether the file's dates mean nothing before something was first done."""
        day = source.cases.day
        return bool(day.as_) and day.since is None and self.folded.standing.days.began is None

    def _read(self, path: Path, source: Source) -> Drop:
        mapping = Mapping(
            source, sites=frozenset(self.parts.folder.sites), naming=self._naming(source)
        )
        return read_drop(path, source, mapping, first=self.folded.standing.days.began)

    def _naming(self, source: Source) -> Callable[[str], str]:
        """Name cases as the gateway did that answered them, or apart from any other source's."""
        kind, of = source.cases.joins, self.inbox.name
        if kind == "prediction":
            return str.lower  # an id that the gateway drew, and on record as it is
        return partial(of, kind) if kind else lambda case: of("case", f"{source.name}:{case}")

    def _facts(self, read: Drop, source: Source) -> list[Fact]:
        news, aside = News(self.parts.reader), list(read.parked)
        n_cases = sum(self._tell(news, case, aside) for case in read.cases)
        wait = self._join(news, source, read.outcomes)
        n_parked = sum(self._park(news, row, waits=False) for row in aside)
        off = were_off(self.parts, source, wait)
        for row in wait:
            because = WAS_OFF if row.digest in off else NOT_ASKED
            self._park(news, ParkedRow(row.row, because, row.digest), waits=True)
            digest = self._row(row.digest)
            self.folded.drops.rows[self.drop.source, digest] = row
        counts: dict[str, object] = {
            "rows": read.rows,
            "cases": n_cases,
            "outcomes": sum(fact.kind == "observed" for fact in news.facts),
            "parked": n_parked,
            "waiting": len(wait),
        }
        if read.left_out:
            counts["left_out"] = read.left_out
        said = taken(self.drop, title=source.title, credit=source.credit, counts=counts)
        return [*news.facts, said]

    def _tell(self, news: News, case: RecordedCase, aside: list[ParkedRow]) -> bool:
        """Tell of a case and its outcomes; tell whether the case is new."""
        give = partial(served, case, use_case=self.parts.use_case, by=self.drop.by)
        is_off = self.folded.standing.at(case.site).mode == "suspended"
        fact = give(at=self.drop.at, release=release_of(self.parts), suspended=is_off)
        there = news.last(fact.key)
        if there is not None:
            was_off = "set_aside" in there.body
            again = give(at=there.at, release=there.release or "", suspended=was_off)
            if (again.body, again.site) != (there.body, there.site):
                aside.append(ParkedRow(case.row, ANOTHER, case.digest))
                return False
        is_new = there is None and news.say(fact)
        for outcome in case.outcomes:
            if outcome.y is not None:
                news.say(
                    observed(
                        case,
                        outcome,
                        at=self.drop.at,
                        use_case=self.parts.use_case,
                        release=release_of(self.parts),
                        by=self.drop.by,
                    )
                )
        return is_new

    def _join(self, news: News, source: Source, rows: Iterable[OutcomeRow]) -> list[OutcomeRow]:
        """Write the outcomes whose cases are known; give the rows that must wait."""
        telling = [row for row in rows if any(o.y is not None for o in row.outcomes)]
        asked = asked_for(self.parts, source, telling)
        for row in telling:
            for fact in outcomes_of(self.parts, self.drop, row, asked[row.digest]):
                news.say(fact)
        return [row for row in telling if not asked[row.digest]]

    def _park(self, news: News, row: ParkedRow, *, waits: bool) -> bool:
        """Set a row aside; a row that lies so already is said once."""
        row = msgspec.structs.replace(row, digest=self._row(row.digest))
        if news.last(parked_key(self.drop, row.digest)) is not None:
            return False
        return news.say(parked(self.drop, row, waits=waits))

    def _row(self, digest: str) -> str:
        return self.inbox.name("row", digest)

    def _search(self, path: Path) -> None:
        """Read a file again for rows of it that wait, after the process began anew."""
        drops = self.folded.drops
        lost = [k for k in drops.waiting if k[0] == self.drop.source and k not in drops.rows]
        if not lost or self.file in drops.searched:
            return
        drops.searched.add(self.file)
        try:
            read = self._read(path, self._source())
        except Refused:
            return  # its source has changed; the rows stay on record as waiting
        for row in read.outcomes:
            key = (self.drop.source, self._row(row.digest))
            if key in drops.waiting:
                drops.rows[key] = row
                drops.asked_at = -1


def told_of(error: Refused) -> str:
    """Say why a file was refused, without a path and without a list of what stands in it."""
    if isinstance(error, NoSuchName) or not error.accepted:
        return error.what
    return f"{error.what} (accepted: {', '.join(error.accepted)})"


def asked_for(parts: Parts, source: Source, rows: Iterable[OutcomeRow]) -> dict[str, list[Asked]]:
    """Give the cases each row is about, by the row's digest.

    What was never a case of the tool, such as an answer where it was off, gets no outcome;
    a recorded case keeps its own, for it was told of by the same source.
    """
    rows = list(rows)
    column = source.cases.joins or "prediction"
    found = parts.lake.asked(parts.use_case, column, [row.name for row in rows])
    return {
        row.digest: [
            each
            for each in found.get(row.name, [])
            if row.site in (None, each.site) and not (source.cases.joins and each.set_aside)
        ]
        for row in rows
    }


def were_off(parts: Parts, source: Source, rows: Iterable[OutcomeRow]) -> set[str]:
    """Give the digests of the rows about cases that the tool was asked about while it was off."""
    rows = list(rows)
    found = parts.lake.asked(
        parts.use_case, source.cases.joins or "prediction", [row.name for row in rows]
    )
    return {
        row.digest
        for row in rows
        if any(row.site in (None, each.site) for each in found.get(row.name, []))
    }


def outcomes_of(
    parts: Parts, drop: Dropped, row: OutcomeRow, cases: Iterable[Asked]
) -> Iterator[Fact]:
    """Give the `observed` facts of one row, one for each case and outcome."""
    for each in cases:
        case = RecordedCase(each.prediction, each.site, each.day, "", "", {}, {}, ())
        for outcome in row.outcomes:
            if outcome.y is not None:
                yield observed(
                    case,
                    outcome,
                    at=drop.at,
                    use_case=parts.use_case,
                    release=each.release or release_of(parts),
                    by=drop.by,
                )


def _take_waiting(parts: Parts, folded: Folded) -> int:
    """Take in the rows that waited and whose case has turned up; give how many facts."""
    drops = folded.drops
    if drops.asked_at == folded.in_lake or not drops.rows:
        return 0
    news = News(parts.reader)
    at = stamp(parts.clock.now())
    for name, source in parts.folder.sources.items():
        waiting = [(k, drops.rows[k]) for k in drops.waiting if k[0] == name and k in drops.rows]
        asked = asked_for(parts, source, [row for _, row in waiting])
        drop = Dropped(parts.use_case, name, "", at)
        for (_, digest), row in waiting:
            for fact in outcomes_of(parts, drop, row, asked[row.digest]):
                news.say(fact)
            if asked[row.digest]:
                news.say(released(drop, digest))
    fresh = parts.pen.append(news.facts).fresh if news.facts else 0
    widen(parts, folded)
    drops.asked_at = folded.in_lake
    return fresh
