"""A batch is taken apart into its messages, each of which stands where it lies in the batch.

    [FHS] { [BHS] { message } [BTS] } [FTS]

A batch begins with FHS or BHS. A line that begins with MSH begins a message, which ends before the
next of these. BTS-1 counts the messages of its batch, FTS-1 the batches of the file; where one of
them counts otherwise, something was lost on the way, and that is said. What is wrong with a batch
takes none of its messages along. Source: HL7 v2.8.2, chapter 2, section 2.10.3.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

LINE = re.compile(rb"[^\r\n]+")
END = re.compile(rb"\r\n|\r|\n|$")
FILE_HEADER, HEADER, TRAILER, FILE_TRAILER = b"FHS", b"BHS", b"BTS", b"FTS"
HEADERS = (FILE_HEADER, HEADER)
WRAPPING = frozenset({FILE_HEADER, HEADER, TRAILER, FILE_TRAILER})
MESSAGE = b"MSH"
MOST_MESSAGES = 10_000  # in one batch: each is held until it is on disk

Fault = Literal["", "batch_count", "batch_order", "too_many_messages"]


class Part(NamedTuple):
    """One message of a batch: where it begins, in bytes, and its own bytes."""

    offset: int
    raw: bytes


class Batch(NamedTuple):
    """What stands in a batch.

    Attributes
    ----------
    headers
        Its FHS and BHS, without their ends.
    messages
        In the order sent.
    fault
        What is wrong with the batch itself: a trailer counts otherwise, a line stands in no
        message, or there are more messages than are taken, and then none of them is given.

    """

    headers: tuple[bytes, ...]
    messages: tuple[Part, ...]
    fault: Fault


def is_batch(raw: bytes) -> bool:
    """Tell whether bytes begin a batch: FHS or BHS, and what separates its fields."""
    return raw[:3] in HEADERS and _separates(raw[3:4])


def batch_of(raw: bytes) -> Batch | None:
    """Take a batch apart; None for what is none.

    Parameters
    ----------
    raw
        A frame, or a file, as it came.

    """
    if not is_batch(raw):
        return None
    reading = _Reading(raw)
    for line in LINE.finditer(raw):
        reading.take(line)
    return reading.done()


class _Reading:
    """A batch being read, line by line."""

    def __init__(self, raw: bytes) -> None:
        self._raw, self._mark = raw, raw[3:4]
        self._headers: list[bytes] = []
        self._begins: list[int] = []
        self._ends: list[int] = []  # of those that ended
        self._in_batch = self._n_batches = 0  # messages since the last header or trailer; batches
        self._is_over = False
        self._faults: set[Fault] = set()

    def take(self, line: re.Match[bytes]) -> None:
        """Take the next line."""
        said, is_open = line.group(), len(self._begins) > len(self._ends)
        name = said[:3] if said[3:4] in (self._mark, b"") else b""
        if name in WRAPPING or _begins_message(said):
            if is_open:
                self._ends.append(line.start())
            if self._is_over or (name == FILE_HEADER and line.start()):
                self._faults.add("batch_order")
            self._wrap(name, said)
            if name not in WRAPPING:
                self._n_batches += not self._n_batches  # a file may hold messages and no BHS
                self._in_batch += 1
                self._begins.append(line.start())
        elif not is_open:
            self._faults.add("batch_order")

    def _wrap(self, name: bytes, said: bytes) -> None:
        if name in HEADERS:
            self._headers.append(said)
        if name == HEADER:
            self._n_batches += 1
            self._in_batch = 0
        elif name == TRAILER:
            self._compare(said, self._in_batch)
            self._in_batch = 0
        elif name == FILE_TRAILER:
            self._compare(said, self._n_batches)
            self._is_over = True

    def _compare(self, trailer: bytes, n: int) -> None:
        counted = [*trailer.split(self._mark), b""][1].strip()
        if counted and (counted.lstrip(b"0") or b"0") != b"%d" % n:
            self._faults.add("batch_count")

    def done(self) -> Batch:
        """Give what was read; of several faults the first by name."""
        if len(self._begins) > MOST_MESSAGES:
            return Batch(tuple(self._headers), (), "too_many_messages")
        fault: Fault = min(self._faults, default="")
        return Batch(tuple(self._headers), tuple(self._parts()), fault)

    def _parts(self) -> Iterator[Part]:
        ends = [*self._ends, len(self._raw)]
        for start, end in zip(self._begins, ends, strict=False):
            yield Part(start, _with_its_end(self._raw[start:end]))


def _begins_message(line: bytes) -> bool:
    return line[:3] == MESSAGE and _separates(line[3:4])


def _separates(mark: bytes) -> bool:
    return bool(mark) and not mark.isalnum() and not mark.isspace()


def _with_its_end(raw: bytes) -> bytes:
    """Leave out empty lines after a message: alone it would come with one end of its last line."""
    bare = len(raw.rstrip(b"\r\n"))
    end = END.match(raw, bare)
    return raw[: end.end()] if end else raw
