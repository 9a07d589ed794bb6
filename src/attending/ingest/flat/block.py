"""Whole lines of a file, many at a time, each with where its texts begin and end."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from attending.fhir.decode import LONGEST

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]
    Short = NDArray[np.int32]
    Yes = NDArray[np.bool_]

# An escape that surely stands for one character beyond the printable ASCII: it ends no text, and
# a text that holds it equals no other that is printable ASCII.
SIMPLE = np.isin(np.arange(256), list(b"bfnrt"))
DIGITS = np.full(256, 1 << 20)  # of a hexadecimal number; no sum with any other is in range
DIGITS[list(b"0123456789abcdef")] = range(16)
DIGITS[list(b"ABCDEF")] = range(10, 16)
NO_ROOM = np.empty(0, dtype=bool)
FIRST_FAR, SURROGATES = 0x80, (0xD800, 0xDFFF)


class Places(NamedTuple):
    """Where things stand in lines with as many quotes, in their order.

    Attributes
    ----------
    quotes, beyond
        The number of a quote of the line, from 0, and so many bytes after where it stands.
    before_end
        So many bytes before the line's end.

    """

    quotes: Whole
    beyond: Short
    before_end: Short


class Block:
    """Lines of a file, each with where its texts begin and end.

    Parameters
    ----------
    raw
        Whole lines, each with its line break.
    scratch
        Room that may be written over: fewer new pages, which cost more than what fills them.

    """

    def __init__(self, raw: bytes, scratch: Yes = NO_ROOM) -> None:
        self.raw, self.buffer = raw, pa.py_buffer(raw)
        self.bytes = own = np.frombuffer(raw, dtype=np.uint8)
        one = scratch[: len(own)] if len(scratch) >= len(own) else np.empty(len(own), dtype=bool)
        low = _seldom(np.less(own, ord(" "), out=one))
        is_end = own[low] == ord("\n")
        breaks = low[is_end]
        is_two = own[breaks - 1] == ord("\r")  # of a line break; the last byte is never one
        self.ends = breaks - is_two
        self.begins = np.concatenate(([0], breaks[:-1] + 1))
        np.equal(own, ord('"'), out=one)
        # In one step: between two, the thread would wait for its turn. As short whole numbers: a
        # block is a few lines of some MiB at most.
        self.quotes = np.flatnonzero(one).astype(np.int32)
        self.first = np.searchsorted(self.quotes, self.begins.astype(np.int32))
        self.n_quotes = np.append(self.first[1:], len(self.quotes)) - self.first
        self.is_plain = (self.n_quotes % 2 == 0) & (self.n_quotes > 0)
        self.is_plain &= self.ends - self.begins <= LONGEST
        is_odd = ~is_end
        is_odd[np.flatnonzero(is_end)[is_two] - 1] = False
        self._set_apart(low[is_odd])
        if not _is_utf8(raw):
            self._set_apart(np.flatnonzero(own > ord("~")))
        self.escapes = low[:0]
        if b"\\" in raw:
            self.escapes = _seldom(np.equal(own, ord("\\"), out=one))
        if len(self.escapes):
            self._set_apart(self.escapes[~self._is_far()])

    def _set_apart(self, places: Whole) -> None:
        self.is_plain[np.searchsorted(self.ends, places)] = False

    def _is_far(self) -> Yes:
        """Tell which escapes stand for one character beyond the printable ASCII."""
        last = len(self.bytes) - 1  # a line break, which is no digit
        kind = self.bytes[self.escapes + 1]
        digits = self.bytes[np.minimum(self.escapes[:, None] + np.arange(2, 6), last)]
        point = DIGITS[digits] @ (16 ** np.arange(3, -1, -1))
        low, high = SURROGATES
        is_far = (point >= FIRST_FAR) & (point < low) | (point > high) & (point < 1 << 16)
        told: Yes = SIMPLE[kind] | (kind == ord("u")) & is_far
        return told

    def cut(self, lines: Whole, places: Places) -> Short:
        """Give where things stand in lines with as many quotes.

        Returns
        -------
        Short
            A row for each line: its begin, each of the places, its end.

        """
        n = len(places.quotes) + 1
        at = np.empty((len(lines), n + len(places.before_end) + 1), dtype=np.int32)
        quotes = self.quotes[self.first[lines][:, None] + places.quotes]
        np.add(quotes, places.beyond, out=at[:, 1:n])
        at[:, 0], at[:, -1] = self.begins[lines], self.ends[lines]
        at[:, n:-1] = at[:, -1:] - places.before_end
        return at

    def same(self, begins: Short, said: bytes) -> Yes:
        """Tell where certain bytes stand; none of them is a null."""
        n = len(said)
        if not n:
            return np.ones(len(begins), dtype=bool)
        # a stretch of that length from each byte on; nothing is copied
        from_each = np.ndarray((len(self.bytes) - n,), f"S{n}", self.bytes, strides=(1,))
        same: Yes = from_each[begins] == said
        return same

    def texts(self, begins: Short, ends: Short) -> pa.Array:
        """Cut stretches out, as texts; there is at least one."""
        lengths = ends - begins
        n = int(lengths[0])
        if n and (lengths == n).all():  # as ids and times are: half the cost
            own = np.ndarray((len(self.bytes) - n + 1,), f"V{n}", self.bytes, strides=(1,))[begins]
            offsets = np.arange(0, own.nbytes + 1, n, dtype=np.int32)
            return stretches(offsets, pa.py_buffer(own.view(np.uint8)), pa.string())
        offsets = np.stack((begins, ends), axis=1).ravel()  # and what lies between, not taken
        both = stretches(offsets, self.buffer, pa.string())
        return both.take(pa.array(np.arange(0, len(both), 2)))

    def has_escape(self, begins: Short, ends: Short) -> Yes:
        """Tell which stretches hold an escape."""
        there: Yes = np.searchsorted(self.escapes, begins) < np.searchsorted(self.escapes, ends)
        return there


def stretches(offsets: Short, whole: pa.Buffer, kind: pa.DataType) -> pa.Array:
    """Give stretches of bytes, each from one offset to the next; nothing is copied."""
    return pa.Array.from_buffers(kind, len(offsets) - 1, [None, pa.py_buffer(offsets), whole])


def _seldom(are: Yes) -> Whole:
    """Give the places of what is seldom so: eight are passed over in one step."""
    n = len(are) // 8 * 8
    some = np.flatnonzero(are[:n].view(np.uint64) != 0)
    at = np.flatnonzero(are[:n].reshape(-1, 8)[some])
    return np.concatenate(((some[at >> 3] << 3) + (at & 7), np.flatnonzero(are[n:]) + n))


def _is_utf8(raw: bytes) -> bool:
    if raw.isascii():
        return True
    whole = stretches(np.array([0, len(raw)], dtype=np.int32), pa.py_buffer(raw), pa.string())
    try:
        whole.validate(full=True)  # no text is made of it
    except pa.ArrowInvalid:
        return False
    return True
