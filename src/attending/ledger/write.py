"""The pen: the one way a fact enters the ledger."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from attending.digest import digest
from attending.errors import NotDurable, ProofFailed, Refused
from attending.facts.fact import Fact, fact_bytes, read_fact
from attending.ledger.merkle import Frontier, leaf_hash
from attending.ledger.store import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from attending.facts.fact import By
    from attending.ledger.checkpoint import Checkpoint, Seal
    from attending.ledger.payload import Sealed, Sealer
    from attending.ledger.salt import Salt
    from attending.ledger.store import Store, Version

CHECKPOINT_EVERY = 1.0  # seconds; contract C1: at least every second while there are new facts


class Receipt(NamedTuple):
    """What became of facts that were handed in; all of them are on disk.

    Attributes
    ----------
    indexes
        Where each fact stands, in the order they were handed in.
    fresh, repeated
        How many were new, and how many were there already.
    size
        How many facts the ledger held when these were in it.

    """

    indexes: tuple[int, ...]
    fresh: int
    repeated: int
    size: int


class Draft(NamedTuple):
    """A fact that is fit to be written: its bytes made, and read back once."""

    fact: Fact
    raw: bytes
    content: bytes


class Batch(NamedTuple):
    """What is written together: facts, and the payloads they name."""

    drafts: Sequence[Draft]
    payloads: Sequence[Sealed] = ()


def drafted(fact: Fact) -> Draft:
    """Make a fact's bytes and refuse what could not be read again.

    Raises
    ------
    Refused
        For a fact that names its own `supersedes`, which the ledger alone knows, or
        whose bytes would not read back as a fact.

    """
    if fact.supersedes is not None:
        raise Refused(f"fact {fact.key}: the ledger itself writes what a fact supersedes")
    try:
        raw = fact_bytes(fact)
        read_fact(raw)
    except (msgspec.ValidationError, UnicodeError) as error:
        raise Refused(f"fact {fact.key!r} could not be read back: {error}") from error
    if "\0" in f"{fact.key}{fact.use_case}{fact.site}{fact.release}":
        raise Refused(f"fact {fact.key!r}: a name holds a NUL, which no database keeps alike")
    return Draft(fact, raw, sha256(raw).digest())


class Page:
    """The rows of one commit, laid out before anything is written."""

    def __init__(self, versions: Iterable[Version], frontier: Frontier, salt: Salt) -> None:
        self.rows: list[Row] = []
        self.frontier = frontier
        self._salt = salt
        self._known: dict[tuple[str, bytes], int] = {}
        self._latest: dict[str, int] = {}
        for key, index, content in versions:
            self._latest[key] = max(index, self._latest.get(key, -1))
            if content is not None:
                self._known[key, content] = index

    def lay(self, drafts: Sequence[Draft]) -> Receipt:
        """Place each fact: where it already stands, or at the end."""
        before = len(self.rows)
        indexes = tuple([self._place(draft) for draft in drafts])
        fresh = len(self.rows) - before
        return Receipt(indexes, fresh, len(indexes) - fresh, self.frontier.size)

    def _place(self, draft: Draft) -> int:
        fact, raw, content = draft
        there = self._known.get((fact.key, content))
        if there is not None:
            return there
        index = self.frontier.size
        latest = self._latest.get(fact.key)
        if latest is not None:
            raw = fact_bytes(msgspec.structs.replace(fact, supersedes=latest))
        salt = self._salt(index)
        leaf = leaf_hash(salt, raw)
        about = (fact.kind, fact.key, fact.use_case, fact.site, fact.release)
        self.rows.append(Row(index, *about, content, salt, leaf, raw))
        self.frontier.append(leaf)
        self._known[fact.key, content] = self._latest[fact.key] = index
        return index


class Pen:
    """Writes facts, one commit at a time, and signs the tree they make.

    Parameters
    ----------
    open_store
        Opens the store; called again after a failure, which drops the connection.
    seal
        Signs tree heads.
    salt
        Gives each leaf its salt.
    checkpoint_every
        Seconds that a fact may wait for a signed checkpoint.
    sealer
        Seals payloads; without one none is taken.

    """

    def __init__(
        self,
        open_store: Callable[[], Store],
        seal: Seal,
        *,
        salt: Salt,
        checkpoint_every: float = CHECKPOINT_EVERY,
        sealer: Sealer | None = None,
    ) -> None:
        self._open_store = open_store
        self._seal = seal
        self._salt = salt
        self._every = checkpoint_every
        self._sealer = sealer
        self._lock = threading.RLock()
        self._frontier = Frontier()
        self._store: Store | None = None
        self._sealed = 0
        self._unsealed_since = 0.0
        self._load()

    @property
    def size(self) -> int:
        """Give how many facts this pen knows to be on disk."""
        return self._frontier.size

    @property
    def beyond(self) -> int:
        """Give how many facts lie beyond the last checkpoint."""
        return self._frontier.size - self._sealed

    @property
    def checkpoint_due(self) -> float | None:
        """Give the seconds until a checkpoint is due; none when every fact is signed."""
        if not self.beyond:
            return None
        return max(0.0, self._unsealed_since + self._every - time.monotonic())

    def batch(self, facts: Sequence[Fact], payloads: Sequence[bytes] = ()) -> Batch:
        """Make facts and payloads fit to be written, or refuse them; writes nothing."""
        if payloads and self._sealer is None:
            raise Refused("no payload is kept without a key to seal it with")
        sealed = [self._sealer.seal(raw) for raw in payloads] if self._sealer else []
        return Batch([drafted(fact) for fact in facts], sealed)

    def append(self, facts: Sequence[Fact], payloads: Sequence[bytes] = ()) -> Receipt:
        """Write facts and the payloads they name; they are on disk when this returns.

        The same key and bytes as a fact that is there is counted and not written;
        the same key with other bytes supersedes the latest that bears the key.

        Raises
        ------
        NotDurable
            If they could not be written. They may be handed in again: what was
            written after all is then counted as repeated.

        """
        return self.append_each([self.batch(facts, payloads)])[0]

    def append_each(self, batches: Sequence[Batch]) -> list[Receipt]:
        """Write several submissions in one commit, with a receipt for each."""
        with self._lock:
            if self.beyond and any(d.fact.kind == "acted" for b in batches for d in b.drafts):
                self.checkpoint()
            receipts = self._commit(batches)
            if self.checkpoint_due == 0.0:
                self.checkpoint()
            return receipts

    def checkpoint(self) -> Checkpoint:
        """Sign the tree as it stands, now.

        Raises
        ------
        NotDurable
            If the checkpoint could not be written.

        """
        with self._lock:
            size = self._frontier.size
            try:
                made = self._seal.sign(size, self._frontier.root())
            except OSError as error:
                raise NotDurable(f"the checkpoint at {size} is not on disk: {error}") from error
            self._sealed = size
            return made

    def erase(
        self,
        indexes: Sequence[int],
        *,
        by: By,
        at: str,
        because: str,
        payloads: Sequence[str] = (),
    ) -> Receipt:
        """Forget what facts said, and payloads by their digests; every proof still holds.

        The leaf hashes stay. The erasure is itself a fact, and is signed before anything
        is forgotten: a verifier accepts a gap only if a signed fact accounts for it.
        """
        body: dict[str, object] = {
            "type": "erasure/1",
            "indexes": sorted(set(indexes)),
            "because": because,
        }
        if payloads:
            body["payloads"] = sorted(set(payloads))
        key = f"ledger/erasure-{digest(body)[:16]}/acted"
        with self._lock:
            unknown = [index for index in indexes if not 0 <= index < self._frontier.size]
            if unknown:
                raise Refused(f"there is no fact {unknown[0]} to erase")
            receipt = self.append([Fact(kind="acted", key=key, at=at, by=by, body=body)])
            self.checkpoint()
            self._forget(sorted(set(indexes)), sorted(set(payloads)), receipt.indexes[0])
            return receipt

    def close(self) -> None:
        """Sign what is not signed yet, and let go of the store."""
        with self._lock:
            if self.beyond:
                self.checkpoint()
            self._drop()

    def _commit(self, batches: Sequence[Batch]) -> list[Receipt]:
        try:
            store = self._connected()
            store.begin()
            self._follow(store)
            versions = store.versions([d.fact.key for b in batches for d in b.drafts])
            page = Page(versions, self._frontier.copy(), self._salt)
            receipts = [page.lay(batch.drafts) for batch in batches]
            if page.rows:
                store.insert(page.rows)
            sealed = [payload for batch in batches for payload in batch.payloads]
            if sealed:
                store.keep(sealed)
            store.commit()
        except BaseException as error:
            self._fail(error)
            raise
        self._advance(page.frontier)
        return receipts

    def _forget(self, indexes: Sequence[int], payloads: Sequence[str], erasure: int) -> None:
        try:
            store = self._connected()
            store.begin()
            self._follow(store)
            store.erase(indexes, erased_by=erasure)
            store.drop(payloads)
            store.commit()
            store.scrub()
        except BaseException as error:
            self._fail(error)
            raise

    def _fail(self, error: BaseException) -> None:
        """Drop the connection, and with it all that is not committed."""
        self._drop()
        if isinstance(error, Exception) and not isinstance(error, Refused):
            raise NotDurable(f"the ledger could not be written: {error}") from error

    def _connected(self) -> Store:
        if self._store is None:
            self._store = self._open_store()
        return self._store

    def _drop(self) -> None:
        store, self._store = self._store, None
        if store is not None:
            with suppress(Exception):  # a broken disk may refuse even this; it is let go of
                store.close()

    def _advance(self, frontier: Frontier) -> None:
        if frontier.size > self._frontier.size and not self.beyond:
            self._unsealed_since = time.monotonic()
        self._frontier = frontier

    def _follow(self, store: Store) -> None:
        """Take in what another pen wrote since; refuse a tree that is not the one known."""
        size, last = store.tip()
        known = self._frontier
        if size == known.size and last == known.last:
            return
        start = max(known.size - 1, 0)
        grown = known.copy()
        for place, (index, leaf) in enumerate(store.leaves(start), start):
            if index != place or (place < known.size and leaf != known.last):
                raise ProofFailed("the ledger was changed underneath its writer", index=place)
            if place >= known.size:
                grown.append(leaf)
        if grown.size != size or size < known.size:
            raise ProofFailed("the ledger is shorter than it was", index=size)
        self._advance(grown)

    def _load(self) -> None:
        """Rebuild the tree and hold it against the last checkpoint that was signed.

        C2SP tlog-checkpoint: a log must not sign a checkpoint that is inconsistent
        with one it signed before. The empty ledger is signed before the first fact,
        so facts without any checkpoint have lost theirs.
        """
        signed = self._seal.latest()
        try:
            grown, root = _grown(self._connected(), signed.size if signed else 0)
        except BaseException as error:
            self._fail(error)
            raise
        if (root is None or root.hex() != signed.root) if signed else grown.size:
            self._drop()
            raise ProofFailed("the ledger is not the one that its last checkpoint signed")
        self._frontier = grown
        self._sealed = signed.size if signed else 0
        if signed is None:
            self.checkpoint()


def _grown(store: Store, size: int) -> tuple[Frontier, bytes | None]:
    """Rebuild the tree from its leaves; give the root it had at a size as well."""
    grown = Frontier()
    root = None if size else grown.root()
    for index, leaf in store.leaves(0):
        if index != grown.size:
            raise ProofFailed("a fact is missing from the ledger", index=grown.size)
        grown.append(leaf)
        if grown.size == size:
            root = grown.root()
    return grown, root
