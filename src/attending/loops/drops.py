"""Drops: files that somebody put in the inbox become facts.

Level-triggered: what was taken is known from the facts alone, by a file's keyed digest. Files
are left where they are and may be dropped again; a row that says what a fact says already
writes nothing, so that a file that was read half is simply read again when it is whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from attending.clock import stamp
from attending.errors import NoSuchName, NotCanonical, Refused
from attending.facts.case import OutcomeRow, ParkedRow, RecordedCase
from attending.ingest.drop import look_into
from attending.ingest.dropped import (
    Dropped,
    begun,
    halted,
    parked,
    parked_key,
    refused,
    released,
    taken,
)
from attending.ingest.mapping import Mapping
from attending.ingest.recorded import observed, served
from attending.ingest.source import Changed
from attending.ingest.streams.aside import Aside
from attending.loops.take_in import release_of
from attending.loops.taking.joining import asked_for, outcomes_of, were_off
from attending.loops.taking.lying import NOT_OPENED, digest_of, lying
from attending.loops.taking.news import News
from attending.loops.taking.setback import Unread, again, must_rest, reading, set_back
from attending.loops.widen import widen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from attending.decide.standing import Standing
    from attending.ingest.drop import Drop
    from attending.loops.parts import Folded, Parts
    from attending.spec.source import Source

AT_ONCE = 2_000  # rows whose cases are asked for together
NOT_ASKED = "the tool has given no answer about this case so far; the row waits for one"
WAS_OFF = "the tool was off or suspended when it was asked about this case"
ANOTHER = "this case is on record with other contents; the record stands"
HALF = "a file of {} is in by half; no day is closed until it is whole or gone"
NOT_BEGUN = "its dates are counted from the day the tool is first switched on; the file waits"


def _nothing() -> None:
    """Let nothing be done in between."""


@dataclass(frozen=True)
class Inbox:
    """Where files are dropped, and how the names in them are made pseudonyms.

    Attributes
    ----------
    path
        Holds ``<use case>/<source>/<file>``.
    name
        Gives the pseudonym of a name of a kind, as the gateways of this store do.
    between
        Called now and then while a file is taken in. It may judge nothing, since half a
        file may be on record.

    """

    path: Path
    name: Callable[[str, str], str]
    between: Callable[[], None] = _nothing

    def place(self, use_case: str, source: str) -> Path:
        """Give the folder of one source's files, made for its owner alone."""
        place = self.path / use_case / source
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        return place


def take_in_drops(parts: Parts, folded: Folded, inbox: Inbox) -> int:
    """Take in every file that was not, and rows whose case has turned up; give the new facts.

    A file that cannot be read at all becomes one fact that says why, and stops nothing.
    One that may be read another time is told of until then. Files are read in the order of
    their names.

    Raises
    ------
    Refused
        Reading a file failed when half of it was on record; all others are in.

    """
    widen(parts, folded)
    folded.drops.refused = {}
    drops = list(_drops(parts, folded, inbox))
    there = {path for _, path in drops}
    folded.drops.failed = {p: each for p, each in folded.drops.failed.items() if p in there}
    for drop, path in drops:
        drop.recall(path)
    written = _take_waiting(parts, folded)  # first what came first: a later file may correct it
    written += sum(drop.take(path) for drop, path in drops)
    _halt(parts, folded)
    _stop_at_half(folded)
    return written + _take_waiting(parts, folded)


def _halt(parts: Parts, folded: Folded) -> None:
    """Say of each file that was begun and does not lie here any more that it will not go on."""
    at, failed = stamp(parts.clock.now()), _failed(folded)
    left = [Dropped(parts.use_case, *f, at) for f in folded.drops.begun if f not in failed]
    if left:
        parts.pen.append([halted(drop) for drop in left])
        widen(parts, folded)


def _failed(folded: Folded) -> set[tuple[str, str]]:
    """Give the files that lie here and could not be read, by source and digest."""
    drops = folded.drops
    return {(path.parent.name, drops.files[path][1]) for path in drops.failed}


def _stop_at_half(folded: Folded) -> None:
    """Let no day be closed on half a file; what people say is done all the same."""
    for source, _ in _failed(folded) & folded.drops.begun.keys():
        raise Refused(HALF.format(source))


def _drops(parts: Parts, folded: Folded, inbox: Inbox) -> Iterator[tuple[Taking, Path]]:
    for source, path in lying(inbox.path / parts.use_case, folded.drops.refused):
        try:
            digest = digest_of(folded.drops, inbox.name, path)
        except FileNotFoundError:
            continue  # somebody took it away again
        except OSError as error:
            folded.drops.refused[path] = NOT_OPENED.format(error.strerror)
            continue
        drop = Dropped(parts.use_case, source, digest, stamp(parts.clock.now()))
        yield Taking(parts, folded, inbox, drop), path


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
        drops, now, written = self.folded.drops, self.parts.clock.now(), 0
        if self.file not in drops.known and not must_rest(drops, path, now):
            try:
                written = self._first_time(path)
            except Changed:
                return 0  # the next turn sees it whole; what was told stays told
            except Unread as failed:
                set_back(drops, path, failed, now)
                drops.refused[path] = drops.failed[path].because
        if drops.known.get(self.file):
            drops.refused[path] = drops.known[self.file]
        return written

    def _first_time(self, path: Path) -> int:
        try:
            source = self._source()
            if self._must_wait(source):
                self.folded.drops.refused[path] = NOT_BEGUN
                return 0
            read = self._look_into(path, source)
        except Refused as error:
            there = path.exists()  # else somebody took it away again
            return self._refuse(told_of(error)) if there else 0
        if self.inbox.name("file", read.digest) != self.drop.digest:
            return 0
        try:
            return self._tell_all(read, source)
        except NotCanonical as error:  # of these rows, and no fault of what all facts go through
            raise Unread(type(error).__name__) from error

    def _refuse(self, because: str) -> int:
        fresh = self.parts.pen.append([refused(self.drop, because)]).fresh
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

    def _look_into(self, path: Path, source: Source) -> Drop:
        sites = frozenset(self.parts.folder.sites)
        mapping = Mapping(source, sites=sites, naming=self._naming(source))
        first = self.folded.standing.days.began
        with reading():
            return look_into(path, source, mapping, first=first, between=self.inbox.between)

    def _naming(self, source: Source) -> Callable[[str], str]:
        """Name cases as the gateway did that answered them, or apart from any other source's."""
        kind, of = source.cases.joins, self.inbox.name
        if kind == "prediction":
            return str.lower  # an id that the gateway drew, and on record as it is
        return partial(of, kind) if kind else lambda case: of("case", f"{source.name}:{case}")

    def _tell_all(self, read: Drop, source: Source) -> int:
        """Write what a file says; give how many facts are new."""
        news = News(
            self.parts,
            self.folded,
            begun=begun(self.drop),
            since=self.folded.drops.begun.get(self.file),
            between=self.inbox.between,
        )
        standing = self.folded.standing  # as the file was found, though it may change meanwhile
        aside = Aside(self._row)
        n_cases, wait = 0, list[OutcomeRow]()
        told = again(read.told(aside))
        while some := list(islice(told, AT_ONCE)):
            for case in (each for each in some if isinstance(each, RecordedCase)):
                n_cases += self._tell(news, case, aside, standing)
            wait += self._join(news, source, [e for e in some if isinstance(e, OutcomeRow)])
        n_parked = sum(self._park(news, row, waits=False) for row in aside.rows())
        self._let_wait(news, source, wait)
        counts: dict[str, object] = {
            "rows": read.rows,
            "cases": n_cases,
            "outcomes": news.said["observed"],
            "parked": n_parked,
            "waiting": len(wait),
        }
        if read.left_out:
            counts["left_out"] = read.left_out
        news.end(taken(self.drop, title=source.title, credit=source.credit, counts=counts))
        self.folded.drops.known[self.file] = ""
        return news.fresh

    def _tell(self, news: News, case: RecordedCase, aside: Aside, standing: Standing) -> bool:
        """Tell of a case and its outcomes; tell whether the case is new."""
        give = partial(served, case, use_case=self.parts.use_case, by=self.drop.by)
        is_off = standing.at(case.site).mode == "suspended"
        fact = give(at=self.drop.at, release=release_of(self.parts), suspended=is_off)
        there = news.last(fact.key)
        if there is not None:
            was_off = "set_aside" in there.body
            again = give(at=there.at, release=there.release or "", suspended=was_off)
            if (again.body, again.site) != (there.body, there.site):
                aside.put(ParkedRow(case.row, ANOTHER, case.digest))
                return False
        is_new = news.is_own(fact.key) if there is not None else news.say(fact)
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

    def _let_wait(self, news: News, source: Source, rows: Iterable[OutcomeRow]) -> None:
        """Set aside the rows whose case is not known, and keep them at hand."""
        off = were_off(self.parts, source, rows)
        for row in rows:
            because = WAS_OFF if row.digest in off else NOT_ASKED
            aside = ParkedRow(row.row, because, self._row(row.digest))
            self._park(news, aside, waits=True)
            self.folded.drops.rows[self.drop.source, aside.digest] = row

    def _park(self, news: News, row: ParkedRow, *, waits: bool) -> bool:
        """Set a row aside; a row that lies so already is said once."""
        key = parked_key(self.drop, row.digest)
        there = news.last(key)
        if there is not None:
            return news.is_own(key) and there.body["row"] == row.row
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
            for row in again(self._look_into(path, self._source()).told(Aside(self._row))):
                key = (self.drop.source, self._row(row.digest))
                if isinstance(row, OutcomeRow) and key in drops.waiting:
                    drops.rows[key] = row
                    drops.asked_at = -1
        except (Refused, Changed, Unread):
            return  # it or its source has changed; the rows stay on record as waiting


def told_of(error: Refused) -> str:
    """Say why a file was refused, without a path and without a list of what stands in it."""
    if isinstance(error, NoSuchName) or not error.accepted:
        return error.what
    return f"{error.what} (accepted: {', '.join(error.accepted)})"


def _take_waiting(parts: Parts, folded: Folded) -> int:
    """Take in the rows that waited and whose case has turned up; give how many facts."""
    drops = folded.drops
    if drops.asked_at == folded.in_lake or not drops.rows:
        return 0
    news = News(parts, folded)
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
    news.end()
    drops.asked_at = folded.in_lake
    return news.fresh
