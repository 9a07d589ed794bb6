"""The reader: facts in their order, and proofs over them."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from heapq import merge
from operator import attrgetter
from typing import TYPE_CHECKING

from attending.errors import ProofFailed, Refused
from attending.facts.entry import Entry
from attending.facts.fact import read_fact
from attending.ledger.merkle import Tree, leaf_hash

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from attending.ledger.payload import Sealed
    from attending.ledger.store import Row, Store


@dataclass(frozen=True, slots=True)
class Proof:
    """That one fact is in the tree of a size: its leaf hash and audit path."""

    index: int
    size: int
    leaf: bytes
    path: tuple[bytes, ...]


class Reader:
    """Reads one ledger; any number may, while a pen writes.

    Every fact is held against its leaf hash as it is read: a decision is never taken
    on bytes that are not those that were written.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.RLock()
        self._tree = Tree()

    def size(self) -> int:
        """Give how many facts there are."""
        with self._lock:
            return self._store.tip()[0]

    def root(self, size: int | None = None) -> str:
        """Give the tree head over all of them, or over the first so many, in hexadecimal."""
        with self._lock:
            return self._grown().root(size).hex()

    def entries(
        self,
        start: int = 0,
        *,
        kinds: Sequence[str] = (),
        use_case: str | None = None,
    ) -> Iterator[Entry]:
        """Give the facts that are there now, in order, erased ones left out.

        Parameters
        ----------
        start
            The first index to give.
        kinds
            Only these kinds; all of them when empty.
        use_case
            Only this use case.

        """
        for row in self.rows(start, kinds=kinds, use_case=use_case):
            if row.raw is not None:
                yield _entry(row)

    def rows(
        self,
        start: int = 0,
        *,
        kinds: Sequence[str] = (),
        use_case: str | None = None,
    ) -> Iterator[Row]:
        """Give facts as they are kept, salts and leaf hashes with them."""
        end = self.size()
        wanted: list[str | None] = [*dict.fromkeys(kinds)] or [None]
        runs = [self._run(start, end, kind, use_case) for kind in wanted]
        return runs[0] if len(runs) == 1 else merge(*runs, key=attrgetter("idx"))

    def entry(self, index: int) -> Entry:
        """Give one fact.

        Raises
        ------
        Refused
            If there is none at this index, or it was erased.

        """
        row = self.row(index)
        if row.raw is None:
            raise Refused(f"fact {index} was erased, by fact {row.erased_by}")
        return _entry(row)

    def row(self, index: int) -> Row:
        """Give one fact as it is kept."""
        with self._lock:
            for row in self._store.rows(index, index + 1):
                return row
        raise Refused(f"there is no fact {index}; the ledger holds {self.size()}")

    def latest(self, key: str) -> Entry | None:
        """Give the last fact that bears a key, if any does and it was not erased."""
        with self._lock:
            index = self._store.latest(key)
        if index is None:
            return None
        row = self.row(index)
        return None if row.raw is None else _entry(row)

    def sealed(self, digest: str) -> Sealed | None:
        """Give a payload as it is kept, for whoever holds its key; None if it was erased."""
        with self._lock:
            return self._store.sealed(digest)

    def inclusion(self, index: int, size: int | None = None) -> Proof:
        """Prove that a fact is in the tree, now or when it held `size` facts."""
        with self._lock:
            tree = self._grown()
            n = tree.size if size is None else size
            if not 0 <= index < n <= tree.size:
                raise Refused(f"there is no fact {index} in a ledger of {n}")
            return Proof(index, n, tree.leaf(index), tree.inclusion(index, n))

    def consistency(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        """Prove that the ledger of `new` facts only added to the ledger of `old`."""
        with self._lock:
            tree = self._grown()
            n = tree.size if new is None else new
            if not 0 <= old <= n <= tree.size:
                raise Refused(f"the ledger did not grow from {old} to {n}")
            return tree.consistency(old, n)

    def close(self) -> None:
        """Let go of the store."""
        with self._lock:
            self._store.close()

    def _grown(self) -> Tree:
        for index, leaf in self._store.leaves(self._tree.size):
            if index != self._tree.size:
                raise ProofFailed("a fact is missing from the ledger", index=self._tree.size)
            self._tree.append(leaf)
        return self._tree

    def _run(self, start: int, end: int, kind: str | None, use_case: str | None) -> Iterator[Row]:
        pages = self._store.pages(start, end, kind=kind, use_case=use_case)
        while True:
            with self._lock:
                page = next(pages, None)
            if page is None:
                return
            yield from page


def _entry(row: Row) -> Entry:
    if row.raw is None or row.salt is None or leaf_hash(row.salt, row.raw) != row.leaf:
        raise ProofFailed(f"fact {row.idx} is not what was written", index=row.idx)
    return Entry(row.idx, read_fact(row.raw))
