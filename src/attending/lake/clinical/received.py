"""What is handed to the lake, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from attending.digest import digest
from attending.facts.data.parked import Parked

if TYPE_CHECKING:
    from datetime import datetime

    from attending.facts.data.parked import Reason, Stage

Op = Literal["upsert", "delete"]
LAST_UPDATED, RECEIPT = "meta.lastUpdated", "receipt"


class Received(NamedTuple):
    """One version of one resource, as a source told it.

    Attributes
    ----------
    offset, length
        Where it lies in its raw file, in decompressed bytes.
    type, id
        Which resource.
    body
        Its text as sent; empty for a delete.
    body_digest
        SHA-256 of its one spelling; empty for a delete.
    op
        Whether it is so, or is no more.
    known_at
        When that became known at the source; the moment of receipt is taken for none.
    clock
        Who told the time: ``meta.lastUpdated``, the declared path, or ``receipt``.
    raw
        Digest of its raw file where a batch holds several; empty for the batch's own.

    """

    offset: int
    length: int
    type: str
    id: str
    body: str
    body_digest: str
    op: Op = "upsert"
    known_at: datetime | None = None
    clock: str = RECEIPT
    raw: str = ""


class Aside(NamedTuple):
    """Something that is no resource, or none that can be read: where, and why."""

    offset: int
    length: int
    stage: Stage
    reason: Reason
    path: str = ""
    raw: str = ""


class Batch(NamedTuple):
    """What came together, and when.

    Attributes
    ----------
    source, site
        Who sent it.
    raw
        SHA-256 of the raw file as sent.
    received_at
        When it came, with a zone.
    n_bytes, media
        How large the raw file is and what it claims to be, for the table of raw files.
    manifest, transaction_time
        Of what came by a bulk export: the digest of its manifest, which is kept among the raw
        files, and when it was cut.
    spec
        Digest of the spec it is read by.

    """

    source: str
    site: str
    raw: str
    received_at: datetime
    n_bytes: int = 0
    media: str = ""
    manifest: str = ""
    transaction_time: str = ""
    spec: str = ""

    @property
    def name(self) -> str:
        """Give the digest that names the batch: who sent which bytes."""
        return digest([self.site, self.source, self.raw, self.manifest])


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a batch; every line is counted once in `lines`.

    Attributes
    ----------
    lines
        Everything that was found in it: resources, deletes and what was set aside.
    new, corrected, late, deletes
        Rows that were stored: of a resource not known before; in place of another version;
        older than what holds, so that it does not hold itself; of a resource that is no more.
    no_ops
        Said already: the same version as holds, or stored before.
    parked
        By reason, what was set aside, whether or not it was so before.
    newly_parked
        How many of those were not set aside before.
    clocks
        By who told the time, how many of the rows and no-ops.
    released
        How many that were set aside before are not any more.

    """

    batch: str
    lines: int = 0
    new: int = 0
    corrected: int = 0
    late: int = 0
    deletes: int = 0
    no_ops: int = 0
    parked: dict[str, int] = {}
    newly_parked: int = 0
    clocks: dict[str, int] = {}
    released: int = 0
    asides: tuple[Parked, ...] = ()

    @property
    def rows(self) -> int:
        """Give how many rows were stored."""
        return self.new + self.corrected + self.late + self.deletes

    @property
    def changed(self) -> bool:
        """Tell whether anything at all was written."""
        return bool(self.rows or self.newly_parked or self.released)
