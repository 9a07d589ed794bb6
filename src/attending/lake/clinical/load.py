"""Load a batch: each line is compared with what is stored, and what is news becomes rows.

Two bounded parts are held at a time: one is read while the files of the one before are written.
They become part of the table with all others by one commit, so that a batch is there whole or
not at all. The batch's own row comes last: after a crash in between, the same bytes again are
no-ops, and the row is written then, by what the table holds of the batch.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pyarrow as pa

from attending.facts.data.parked import Parked
from attending.lake.clinical.columns import MOMENT, SCHEMAS
from attending.lake.clinical.received import Aside, Loaded
from attending.lake.clinical.settle import Stored, settle
from attending.lake.clinical.sql import NEXT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Future

    from pyiceberg.manifest import DataFile

    from attending.lake.clinical.history import History
    from attending.lake.clinical.iceberg import Iceberg
    from attending.lake.clinical.received import Batch, Received

MOST_ROWS = 16_384  # of one part
MOST_BYTES = 16 << 20  # of a part's bodies
ASIDES_TOLD = 1_000  # with what is given back; all of them are in the table
VERSION = 16
TOLD = "told"


class Row(NamedTuple):
    """A row of `resource`, its columns named as there."""

    site: str
    type: str
    id: str
    version: str
    op: str
    body_digest: str
    body: str
    batch: str
    raw: str
    clock: str
    offset: int
    length: int
    known_at: int
    received: int


class Loading:
    """One batch on its way in.

    Parameters
    ----------
    tables
        Where its rows go.
    history
        What is stored of its site.
    batch
        What it is.
    open_before
        What was set aside of its raw files and is so still, by raw digest and offset.
    is_listed
        Whether its raw file stands in the table of them already.

    """

    def __init__(
        self,
        tables: Iceberg,
        history: History,
        batch: Batch,
        open_before: dict[tuple[str, int], Parked],
        *,
        is_listed: bool,
    ) -> None:
        self._tables, self._history, self._batch = tables, history, batch
        self._open, self._is_listed = open_before, is_listed
        self._begins = sorted(offset for _, offset in open_before)
        self._first = self._next = tables.next_row("resource")
        self._name = batch.name
        self._files: list[DataFile] = []
        self._writing: Future[list[DataFile]] | None = None
        self._written: dict[str, list[str]] = {}
        self._counts: Counter[str] = Counter()
        self._clocks: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()
        self._asides: list[Parked] = []
        self._news: list[Parked] = []  # for the table of them, until there are enough for a file
        self._next_parked = tables.next_row("parked")
        self._parked_files: list[DataFile] = []
        # set aside by this load, of this part and the one before: a place is told of again soon
        self._lately: dict[tuple[str, int], Parked] = {}
        self._earlier: dict[tuple[str, int], Parked] = {}
        self._span: tuple[int, int] | None = None
        self._now = _micros(batch.received_at)

    def run(self, received: Iterable[Received | Aside]) -> Loaded:
        """Take everything in, and commit it."""
        with ThreadPoolExecutor(max_workers=1) as writer:
            for part in _parts(received):
                asides = [each for each in part if isinstance(each, Aside)]
                told = [each for each in part if not isinstance(each, Aside)]
                self._counts["lines"] += len(part)
                self._set_aside(asides)
                self._finish()
                if len(self._news) >= MOST_ROWS:
                    self._write_parked()
                if told:
                    self._take(told, writer)
                del part, asides, told  # or they would be held while the next is read
            self._finish()
        if self._files:
            self._tables.commit("resource", self._files, {NEXT: str(self._next)})
        if self._news:
            self._write_parked()
        if self._parked_files:
            self._tables.commit("parked", self._parked_files, {NEXT: str(self._next_parked)})
        loaded = self._loaded()
        if loaded.rows == 0 and (span := self._history.untold(self._name)) is not None:
            self._span = span
            self._note(loaded)
        elif loaded.changed:
            self._note(loaded)
        return loaded

    def _take(self, told: list[Received], writer: ThreadPoolExecutor) -> None:
        """Settle a part's versions and begin to write those that are news."""
        ids: dict[str, list[str]] = defaultdict(list)
        for each in told:
            ids[each.type].append(each.id)
        found = {kind: self._history.of(kind, names) for kind, names in ids.items()}
        is_first = not any(found.values()) and not self._is_awaited(told)
        if is_first and all(len(names) == len({*names}) for names in ids.values()):
            columns = self._all_new(told)
        else:
            stored: dict[tuple[str, str], list[Stored]] = defaultdict(list)
            stored |= {
                (k, n): versions for k, each in found.items() for n, versions in each.items()
            }
            rows = [row for each in told if (row := self._settled(each, stored)) is not None]
            columns = list(zip(*rows, strict=True))
        if columns:
            self._written = {kind: [] for kind in columns[1]}
            for kind, name in zip(columns[1], columns[2], strict=True):
                self._written[kind].append(name)
            self._writing = writer.submit(self._tables.write, "resource", _arrow(columns))

    def _finish(self) -> None:
        """Wait until the last part is written, and let it be seen by the next."""
        if self._writing is None:
            return
        files = self._writing.result()
        self._writing = None
        self._files += files
        for kind, names in self._written.items():
            paths = [self._tables.readable(f) for f in files if f.partition[0] == kind]
            self._history.add(kind, names, paths)

    def _all_new(self, told: list[Received]) -> list[Sequence[Any]]:
        """Give the columns of versions of resources not known before; count what they are."""
        n, batch = len(told), self._batch
        offset, length, kind, name, body, whole, op, known_at, clock, raw = zip(*told, strict=True)
        known = [self._now if each is None else _micros(each) for each in known_at]
        self._counts["deletes"] += op.count("delete")
        self._counts["new"] += n - op.count("delete")
        self._clocks.update(clock)
        self._widen(min(known), max(known))
        first, self._next = self._next, self._next + n
        return [
            [batch.site] * n,
            kind,
            name,
            [each[:VERSION] for each in whole],
            op,
            whole,
            body,
            [self._name] * n,
            [each or batch.raw for each in raw],
            clock,
            offset,
            length,
            known,
            range(first, self._next),
        ]

    def _widen(self, low: int, high: int) -> None:
        before = self._span or (low, high)
        self._span = (min(low, before[0]), max(high, before[1]))

    def _settled(self, each: Received, stored: dict[tuple[str, str], list[Stored]]) -> Row | None:
        """Give the row of a version that is news; count what it is."""
        raw = each.raw or self._batch.raw
        known = self._now if each.known_at is None else _micros(each.known_at)
        said = Stored(each.op, each.body_digest[:VERSION], known, self._next, raw, each.offset)
        there = stored[each.type, each.id]
        waiting = self._taken_out((raw, each.offset)) or self._around((raw, each.offset))
        is_released = waiting is not None
        # a receipt that was written down is a time like any other: it is the same when read again
        clock = each.clock if each.known_at is None else TOLD
        word = settle(there, said, clock, first=self._first, released=is_released)
        self._counts[word] += 1
        self._clocks[each.clock] += 1
        if waiting is not None:
            self._news.append(msgspec.structs.replace(waiting, state="released"))
            self._counts["released"] += 1
        if word == "no_ops":
            return None
        there.append(said)
        self._next += 1
        self._widen(known, known)
        return Row(
            self._batch.site,
            each.type,
            each.id,
            said.version,
            each.op,
            each.body_digest,
            each.body,
            self._name,
            raw,
            each.clock,
            each.offset,
            each.length,
            known,
            said.received,
        )

    def _is_awaited(self, told: list[Received]) -> bool:
        """Tell whether one of them is where something is set aside."""
        if self._open or not (self._lately or self._earlier):
            return bool(self._open)
        places = {(each.raw or self._batch.raw, each.offset) for each in told}
        return any(places & each.keys() for each in (self._lately, self._earlier))

    def _taken_out(self, place: tuple[str, int]) -> Parked | None:
        """Give what is set aside at a place, and forget it."""
        found = [each.pop(place, None) for each in (self._lately, self._earlier, self._open)]
        return next((each for each in found if each is not None), None)

    def _around(self, place: tuple[str, int]) -> Parked | None:
        """Give what was set aside whole and holds a place, as a line does; and forget it."""
        raw, offset = place
        n = bisect_right(self._begins, offset)
        whole = self._open.get((raw, self._begins[n - 1])) if n else None
        if whole is None or offset >= whole.offset + whole.length:
            return None
        return self._open.pop((raw, whole.offset))

    def _set_aside(self, asides: list[Aside]) -> None:
        self._lately, self._earlier = {}, self._lately
        for each in asides:
            raw = each.raw or self._batch.raw
            before = self._taken_out((raw, each.offset))
            again = before is not None and before.spec != self._batch.spec
            parked = Parked(
                raw=raw,
                offset=each.offset,
                length=each.length,
                source=self._batch.source,
                site=self._batch.site,
                stage=each.stage,
                reason=each.reason,
                path=each.path,
                tries=before.tries + again if before is not None else 1,
                spec=self._batch.spec,
            )
            self._reasons[each.reason] += 1
            if len(self._asides) < ASIDES_TOLD:
                self._asides.append(parked)
            self._lately[raw, each.offset] = parked
            if parked != before:
                self._news.append(parked)
                self._counts["newly_parked"] += 1

    def _write_parked(self) -> None:
        """Write what waits to a file, which the commit at the end makes part of the table."""
        known_at = self._batch.received_at.astimezone(UTC)
        rows = [
            msgspec.structs.asdict(each) | {"known_at": known_at, "received": n}
            for n, each in enumerate(self._news, self._next_parked)
        ]
        table = pa.Table.from_pylist(rows, schema=SCHEMAS["parked"])
        self._parked_files += self._tables.write("parked", table)
        self._next_parked += len(rows)
        self._news.clear()

    def _note(self, loaded: Loaded) -> None:
        """Write the batch's own row, and its raw file's."""
        batch = self._batch
        at = batch.received_at.astimezone(UTC)
        low, high = (None, None) if self._span is None else map(_moment, self._span)
        if not self._is_listed:
            self._list(at)
        first = self._tables.next_row("batch")
        row = {
            "batch": self._name,
            "source": batch.source,
            "site": batch.site,
            "raw": batch.raw,
            "manifest": batch.manifest,
            "transaction_time": batch.transaction_time,
            "lines": loaded.lines,
            "parked": sum(loaded.parked.values()),
            "from": low,
            "to": high,
            "received": first,
        }
        self._append("batch", [row], first + 1)

    def _list(self, at: datetime) -> None:
        batch, first = self._batch, self._tables.next_row("raw")
        raw = {
            "digest": batch.raw,
            "bytes": batch.n_bytes,
            "media": batch.media,
            "source": batch.source,
            "site": batch.site,
            "received_at": at,
            "received": first,
        }
        self._append("raw", [raw], first + 1)

    def _append(self, name: str, rows: list[dict[str, Any]], following: int) -> None:
        files = self._tables.write(name, pa.Table.from_pylist(rows, schema=SCHEMAS[name]))
        self._tables.commit(name, files, {NEXT: str(following)})

    def _loaded(self) -> Loaded:
        return Loaded(
            batch=self._name,
            **self._counts,
            parked=dict(sorted(self._reasons.items())),
            clocks=dict(sorted(self._clocks.items())),
            asides=tuple(self._asides),
        )


def _arrow(columns: Sequence[Sequence[Any]]) -> pa.Table:
    """Give columns in the order of `Row` as a table."""
    schema = SCHEMAS["resource"]
    arrays = {
        name: pa.array(values, pa.int64()).cast(MOMENT)
        if name == "known_at"
        else pa.array(values, schema.field(name).type)
        for name, values in zip(Row._fields, columns, strict=True)
    }
    return pa.table(arrays, schema=schema)


def _parts(received: Iterable[Received | Aside]) -> Iterator[list[Received | Aside]]:
    """Give what comes in parts that are bounded in number and in size."""
    part: list[Received | Aside] = []
    size = 0
    for each in received:
        part.append(each)
        size += 0 if isinstance(each, Aside) else len(each.body)
        if len(part) >= MOST_ROWS or size >= MOST_BYTES:
            yield part
            part, size = [], 0
    if part:
        yield part


def _micros(moment: datetime) -> int:
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _moment(micros: int) -> datetime:
    return datetime.fromtimestamp(micros // 1_000_000, UTC).replace(microsecond=micros % 1_000_000)
