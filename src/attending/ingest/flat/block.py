"""Whole lines of a file, many at a time, each with where its texts begin and end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attending.fhir.decode import LONGEST

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]
    Yes = NDArray[np.bool_]


class Block:
    """Lines of a file, each with where its texts begin and end.

    Parameters
    ----------
    raw
        Whole lines, each with its line break.

    """

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.bytes = own = np.frombuffer(raw, dtype=np.uint8)
        # one question for what is no printable ASCII; the difference wraps around below a space
        rare = np.flatnonzero((own - np.uint8(ord(" "))) > ord("~") - ord(" "))
        is_end = own[rare] == ord("\n")
        self.ends = rare[is_end]
        self.begins = np.concatenate(([0], self.ends[:-1] + 1))
        self.quotes = np.flatnonzero(own == ord('"'))
        self.first = np.searchsorted(self.quotes, self.begins)
        self.n_quotes = np.searchsorted(self.quotes, self.ends) - self.first
        self.is_plain = (self.n_quotes % 2 == 0) & (self.n_quotes > 0)
        self.is_plain &= self.ends - self.begins <= LONGEST
        odd = rare[~is_end]
        if len(odd) and _is_utf8(raw):
            odd = odd[own[odd] <= ord("~")]
        self._set_apart(odd)
        if b"\\" in raw:
            self._set_apart(np.flatnonzero(own == ord("\\")))
        self._stretches: dict[int, NDArray[np.bytes_]] = {}

    def _set_apart(self, places: Whole) -> None:
        self.is_plain[np.searchsorted(self.ends, places)] = False

    def edges(self, lines: Whole, n_quotes: int) -> Whole:
        """Give, for lines with as many quotes, where each text and each gap between them begins.

        A row for each edge: the line's begin, then of each text the first byte and the quote
        behind it, then the line's end.
        """
        of = self.quotes[self.first[lines] + np.arange(n_quotes)[:, None]]
        of[::2] += 1
        return np.vstack((self.begins[lines], of, self.ends[lines]))

    def same(self, begins: Whole, said: bytes) -> Yes:
        """Tell where certain bytes stand; none of them is a null."""
        n = len(said)
        if not n:
            return np.ones(len(begins), dtype=bool)
        stretches = self._stretches.get(n)
        if stretches is None:  # of that length, one from each byte on; nothing is copied
            shape = (len(self.bytes) - n,)
            stretches = np.ndarray(shape, f"S{n}", self.bytes, strides=(1,))
            self._stretches[n] = stretches
        same: Yes = stretches[begins] == said
        return same

    def texts(self, begins: Whole, ends: Whole, before: bytes = b"") -> pa.Array:
        """Cut stretches out, as texts, with the same before each."""
        offsets = np.empty(2 * len(begins), dtype=np.int32)  # and what lies between, not taken
        offsets[::2], offsets[1::2] = begins, ends
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(self.bytes)]
        both = pa.Array.from_buffers(pa.string(), len(offsets) - 1, buffers)
        texts = both.take(pa.array(np.arange(0, len(offsets) - 1, 2)))
        return pc.binary_join_element_wise(before.decode(), texts, "") if before else texts


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
