"""The Merkle tree of RFC 6962 §2.1, over leaf hashes.

Our leaf input is a random salt followed by a fact's canonical bytes. A leaf hash
alone then tells nothing of the fact, so the bytes and the salt can be erased and
every proof over the tree still holds. Nodes and proofs are the RFC's, unchanged.

Inclusion is proved here and checked in `offline_verifier`, the one file an auditor
runs, so that there is one implementation of that and it is theirs. Consistency is
proved and checked here: it is a witness's question.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from attending.errors import ProofFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

EMPTY_ROOT = sha256(b"").digest()  # RFC 6962 §2.1: MTH({}) = SHA-256()
WIDTH = 32


def leaf_hash(salt: bytes, content: bytes) -> bytes:
    """Hash a leaf: SHA-256(0x00 || salt || bytes), RFC 6962 §2.1 over a salted entry."""
    return sha256(b"\x00" + salt + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash an interior node: SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of the tree: all that is needed to append and to give the root.

    One hash for each perfect subtree, the largest first: at most one per bit of
    the size, whatever the ledger holds.
    """

    __slots__ = ("_peaks", "last", "size")

    def __init__(self) -> None:
        self.size = 0
        self.last = b""
        self._peaks: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash on the right."""
        whole, carried = self.size, leaf
        while whole & 1:
            carried = node_hash(self._peaks.pop(), carried)
            whole >>= 1
        self._peaks.append(carried)
        self.size += 1
        self.last = leaf

    def root(self) -> bytes:
        """Give the tree head over everything appended (RFC 6962 §2.1)."""
        if not self._peaks:
            return EMPTY_ROOT
        *rest, root = self._peaks
        for peak in reversed(rest):
            root = node_hash(peak, root)
        return root

    def copy(self) -> Frontier:
        """Give a second frontier that can run ahead and be thrown away."""
        twin = Frontier()
        twin.size, twin.last, twin._peaks = self.size, self.last, self._peaks[:]
        return twin


class Tree:
    """The tree with every perfect subtree kept, so that any proof is logarithmic.

    Sixty-four bytes a leaf; readers that ask for proofs hold one, the writer does not.
    """

    def __init__(self) -> None:
        self._levels: list[bytearray] = [bytearray()]

    @property
    def size(self) -> int:
        """Give the number of leaves."""
        return len(self._levels[0]) // WIDTH

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash on the right."""
        carried, level = leaf, 0
        while True:
            row = self._levels[level]
            row += carried
            if len(row) // WIDTH % 2:
                return
            carried = node_hash(bytes(row[-2 * WIDTH : -WIDTH]), bytes(row[-WIDTH:]))
            level += 1
            if level == len(self._levels):
                self._levels.append(bytearray())

    def leaf(self, index: int) -> bytes:
        """Give the leaf hash at an index."""
        return self._at(0, index)

    def root(self, size: int | None = None) -> bytes:
        """Give MTH(D[n]): the tree head when the ledger held `size` facts."""
        n = self._within(size)
        return self._head(0, n) if n else EMPTY_ROOT

    def inclusion(self, index: int, size: int | None = None) -> tuple[bytes, ...]:
        """Give PATH(m, D[n]): the audit path of one leaf (RFC 6962 §2.1.1)."""
        n = self._within(size)
        if not 0 <= index < n:
            msg = f"leaf {index} is not in a tree of {n}"
            raise IndexError(msg)
        path: list[bytes] = []
        start, end = 0, n
        while end - start > 1:
            middle = start + _split(end - start)
            if index < middle:
                path.append(self._head(middle, end))
                end = middle
            else:
                path.append(self._head(start, middle))
                start = middle
        return tuple(reversed(path))

    def consistency(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        """Give PROOF(m, D[n]): that the tree only grew (RFC 6962 §2.1.2)."""
        n = self._within(new)
        if not 0 <= old <= n:
            msg = f"no tree of {old} comes before a tree of {n}"
            raise IndexError(msg)
        if old in (0, n):
            return ()
        proof: list[bytes] = []
        start, end, known = 0, n, True
        while end != old:
            middle = start + _split(end - start)
            if old <= middle:
                proof.append(self._head(middle, end))
                end = middle
            else:
                proof.append(self._head(start, middle))
                start, known = middle, False
        if not known:
            proof.append(self._head(start, end))
        return tuple(reversed(proof))

    def _within(self, size: int | None) -> int:
        n = self.size if size is None else size
        if not 0 <= n <= self.size:
            msg = f"the tree holds {self.size} leaves, not {n}"
            raise IndexError(msg)
        return n

    def _at(self, level: int, place: int) -> bytes:
        return bytes(self._levels[level][place * WIDTH : (place + 1) * WIDTH])

    def _head(self, start: int, end: int) -> bytes:
        """Give MTH(D[start:end]) for a range that the RFC's recursion can reach."""
        n = end - start
        level = n.bit_length() - 1
        if n == 1 << level:
            return self._at(level, start >> level)
        middle = start + _split(n)
        return node_hash(self._head(start, middle), self._head(middle, end))


def _split(n: int) -> int:
    """Give k: the largest power of two smaller than n (RFC 6962 §2.1)."""
    return 1 << ((n - 1).bit_length() - 1)


def check_consistency(
    old: tuple[int, bytes],
    new: tuple[int, bytes],
    proof: Sequence[bytes],
) -> None:
    """Refuse unless a tree (size, root) only added to an older one (RFC 9162 §2.1.4.2).

    A witness, who keeps only the last checkpoint it saw, needs nothing more.

    Raises
    ------
    ProofFailed
        If the proof does not show that.

    """
    (before, old_root), (after, new_root) = old, new
    if before in (0, after):
        if proof or (before and old_root != new_root):
            raise ProofFailed(f"two ledgers of {after} facts", index=0)
        return
    fn, sn = before - 1, after - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    steps = list(proof) if fn else [old_root, *proof]
    if before > after or not steps:
        raise ProofFailed(f"a ledger of {after} does not follow one of {before}", index=after)
    left = right = steps[0]
    for step in steps[1:]:
        if sn == 0:
            raise ProofFailed("the consistency proof is too long")
        if fn & 1 or fn == sn:
            left, right = node_hash(step, left), node_hash(step, right)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            right = node_hash(right, step)
        fn, sn = fn >> 1, sn >> 1
    if sn or left != old_root or right != new_root:
        raise ProofFailed(f"the ledger of {after} does not grow out of the one of {before}")
