"""A file that cannot be read is told of by itself: every other file, and the turn, go on."""

from __future__ import annotations

import errno
import os
import signal
from datetime import timedelta
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest
from pyarrow import parquet

from attending.errors import Refused
from attending.ingest import drop
from attending.ingest.streams.csv_rows import csv_rows
from attending.ingest.streams.steady import Steady
from attending.loops import drops
from attending.loops.taking import lying, news

A = {"id": "a", "hospital": "1", "day": "0", "alert": "1", "fell": "1"}
B = {"id": "b", "hospital": "2", "day": "0", "alert": "0", "fell": "0"}


class Breaks:
    """Reads CSV files, of which the one named `bad.csv` fails as it is told to."""

    def __init__(self, monkeypatch, error, *, after=10**9, readings=()):
        self.n, self.error, self._after, self._readings = 0, error, after, readings
        monkeypatch.setitem(drop.STREAMS, "csv_drop", self)

    def __call__(self, path, *, needed):
        stream = csv_rows(path, needed=needed)
        if path.name != "bad.csv":
            return stream
        self.n += 1
        if self.error is not None and not self._readings:
            raise self.error
        readings = iter(self._readings)
        return stream._replace(rows=lambda: self._rows(stream, fails=next(readings, False)))

    def _rows(self, stream, *, fails):
        for n, row in enumerate(stream.rows()):
            if fails and self.error is not None and n >= self._after:
                raise self.error
            yield row


def beside(ward):
    """Give the site of each outcome on record: the file beside the bad one told of Birch."""
    return sorted(site for site, _, _ in ward.outcomes().values())


@pytest.mark.parametrize(
    "error",
    [
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte: Doe"),
        pa.ArrowNotImplementedError("Doe"),
        MemoryError("Doe"),
        OSError(errno.EIO, "Input/output error"),
        ZeroDivisionError("Doe"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_whatever_fails_in_reading_a_file_is_told_of_that_file_and_stops_no_other(
    ward, monkeypatch, error
):
    breaks = Breaks(monkeypatch, error)
    ward.begin()
    bad = ward.drop("bad.csv", A)
    ward.drop("good.csv", B)
    ward.drop("feed.csv", {"encounter": "e", "hospital": "1", "fell": "1"}, source="feed")
    for _ in range(3):
        ward.turn()

    assert beside(ward) == ["Birch"]
    assert len(ward.facts("source/1")) == 2
    assert ward.facts("refused/1") == [], "it may be read later, as it is"
    assert "The file source/bad.csv is not taken in: reading it failed" in ward.turns.notice()
    assert "Doe" not in ward.turns.notice(), "an error's own words may quote what stands there"
    assert breaks.n == 1, "it is not read again at every turn"

    os.utime(bad, ns=(1, 1))
    ward.turn()
    assert breaks.n == 2, "somebody touched it"
    ward.clock.at += timedelta(hours=1)
    ward.turn()
    assert breaks.n == 3, "and now and then, for what failed may be the disk"
    breaks.error = None
    ward.close()
    ward.open()  # as after a new release
    ward.turn()
    assert beside(ward) == ["Alder", "Birch"]
    assert ward.turns.notice() == ""


def test_a_file_that_is_mended_is_taken_in_at_the_next_turn(ward, monkeypatch):
    breaks = Breaks(monkeypatch, ZeroDivisionError())
    ward.begin()
    bad = ward.drop("bad.csv", A | {"fell": ""})
    ward.turn()
    assert ward.facts("source/1") == []

    breaks.error = None
    ward.drop(bad.name, A)
    ward.turn()
    assert beside(ward) == ["Alder"]
    assert ward.turns.notice() == ""


def test_a_file_that_fails_when_half_of_it_is_on_record_lets_no_day_be_closed_on_that_half(
    ward, monkeypatch
):
    monkeypatch.setattr(news, "AT_ONCE", 1)
    breaks = Breaks(monkeypatch, OSError(errno.EIO, "x"), after=1, readings=(False, True))
    monkeypatch.setattr(drops, "AT_ONCE", 1)
    ward.begin()
    ward.on(5)
    bad = ward.drop("bad.csv", A, A | {"id": "c"})
    ward.drop("good.csv", B)
    ward.turns.once()

    assert beside(ward) == ["Alder", "Birch"], "the file beside it is in"
    [(_, because)] = ward.turns.failed.values()
    assert because == "a file of source is in by half; no day is closed until it is whole or gone"
    assert ward.cells() == {}
    assert ward.facts("halted/1") == []

    breaks.error = None
    os.utime(bad, ns=(1, 1))
    ward.turn()
    assert ward.cells() == {("Alder", 2): (2, 0), ("Birch", 2): (1, 0)}


def test_a_file_in_by_half_that_is_taken_away_lets_the_days_go_on(ward, monkeypatch):
    monkeypatch.setattr(news, "AT_ONCE", 1)
    Breaks(monkeypatch, OSError(errno.EIO, "x"), after=1, readings=(False, True))
    monkeypatch.setattr(drops, "AT_ONCE", 1)
    ward.begin()
    ward.on(5)
    bad = ward.drop("bad.csv", A, A | {"id": "c"})
    ward.turns.once()
    assert ward.turns.failed

    bad.unlink()
    ward.turn()
    assert len(ward.facts("halted/1")) == 1
    assert ward.turns.notice() == ""


def test_a_disk_that_failed_once_is_no_reason_to_refuse_a_file_for_good(ward, monkeypatch):
    steady = Steady.opened

    def fails(_):
        error = OSError(errno.EIO, "Input/output error")
        raise Refused("cannot be read: Input/output error", where="/x") from error

    monkeypatch.setattr(Steady, "opened", fails)
    ward.begin()
    ward.drop("bad.csv", A)
    ward.turn()
    assert ward.facts("refused/1") == []
    assert "reading it failed (Input/output error)" in ward.turns.notice()

    monkeypatch.setattr(Steady, "opened", steady)
    ward.clock.at += timedelta(hours=1)
    ward.turn()
    assert beside(ward) == ["Alder"]


def test_a_file_that_is_taken_away_while_it_is_read_is_no_failure(ward, monkeypatch):
    gone = Refused("cannot be read: No such file or directory", where="/x")
    gone.__cause__ = FileNotFoundError(errno.ENOENT, "No such file or directory")
    Breaks(monkeypatch, gone)
    ward.begin()
    ward.drop("bad.csv", A)
    ward.turn()
    assert ward.turns.notice() == ""
    assert ward.folded.drops.failed == {}


def test_a_day_past_every_calendar_is_a_row_that_cannot_be_read_and_no_more(ward):
    ward.begin()
    ward.drop("a.csv", A | {"day": str(10**18)}, B)
    ward.turn()

    [parked] = ward.facts("parked/1")
    assert parked.body["because"] == "column 'day': a number of days is wanted"
    assert beside(ward) == ["Birch"]


def test_what_no_fact_can_hold_is_told_of_the_file_it_stands_in(ward, monkeypatch):
    made = drops.observed

    def observed(case, outcome, **how):
        return made(msgspec.structs.replace(case, day=10**18), outcome, **how)

    monkeypatch.setattr(drops, "observed", observed)
    ward.begin()
    ward.drop("a.csv", A)
    ward.drop("b.csv", B | {"fell": ""})
    ward.turn()
    assert "source/a.csv is not taken in: reading it failed (NotCanonical)" in ward.turns.notice()
    assert len(ward.facts("source/1")) == 1


def test_a_parquet_file_whose_names_are_no_text_stops_no_other_file(ward):
    ward.begin()
    path = ward.inbox_of("source") / "a.parquet"
    cells = pa.table({name: [value] for name, value in A.items()})
    parquet.write_table(cells, path, store_schema=False)
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"fell", b"fel\xff"))
    (path.parent / "c.parquet").write_bytes(whole[:-9] + b"\xff" + whole[-8:])
    ward.drop("b.csv", B)
    ward.turn()
    assert beside(ward) == ["Birch"]
    because = {fact.body["because"] for fact in ward.facts("refused/1")}
    assert because == {"this is no Parquet file, or it is cut short or damaged"}


@pytest.mark.parametrize("kind", ["folder", "fifo", "dangling", "itself", "endless"])
def test_what_has_a_files_name_and_is_no_file_is_told_of_and_waited_for_by_nobody(ward, kind):
    ward.begin()
    odd = ward.inbox_of("source") / "odd.csv"
    if kind == "folder":
        odd.mkdir()
    elif kind == "fifo":
        os.mkfifo(odd)
    else:
        odd.symlink_to({"dangling": "gone.csv", "itself": "odd.csv", "endless": "/dev/zero"}[kind])
    (odd.parent / "done").mkdir()  # a folder that somebody keeps there is nobody's file
    ward.drop("b.csv", B)
    ward.turn()
    assert beside(ward) == ["Birch"]
    assert ward.turns.notice() == "The file source/odd.csv is not taken in: it is no file."


@pytest.fixture
def waits_for_nothing():
    """Fail whatever still waits after half a minute."""

    def fail(*_):
        raise TimeoutError("somebody waits")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(30)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("waits_for_nothing")
def test_a_pipe_that_takes_a_file_s_place_while_it_is_looked_at_is_waited_for_by_nobody(
    ward, monkeypatch
):
    ward.begin()
    odd = ward.inbox_of("source") / "odd.csv"
    os.mkfifo(odd)
    monkeypatch.setattr(lying, "_is_file", lambda _: True)  # it was one, a moment before
    ward.drop("z.csv", B)
    ward.turn()
    assert beside(ward) == ["Birch"]
    told = ward.turns.notice()
    assert told == "The file source/odd.csv is not taken in: it cannot be opened: it is no file."
    with pytest.raises(Refused, match="it is no file"):
        Steady(odd, is_text=True)


def test_a_folder_that_may_not_be_looked_into_stops_no_other_feed(ward, monkeypatch):
    whole = Path.iterdir

    def looked_into(path):
        if path.name == "feed":
            raise PermissionError(errno.EACCES, "Permission denied")
        return whole(path)

    ward.inbox_of("feed")
    monkeypatch.setattr(Path, "iterdir", looked_into)
    ward.begin()
    ward.drop("b.csv", B)
    ward.turn()
    assert beside(ward) == ["Birch"]
    assert ward.turns.notice() == (
        "The file falls/feed is not taken in: it cannot be opened: Permission denied."
    )


def test_a_name_that_is_no_text_is_told_as_text(ward):
    ward.begin()
    path = os.fsencode(ward.inbox_of("source")) + b"/bad\xff.csv"
    Path(os.fsdecode(path)).write_text("x", "utf-8")
    ward.turn()
    assert ward.turns.notice().encode().startswith(b"The file source/bad")
