"""A dropped file becomes facts: that it was taken or refused, and what became of its rows.

Files and rows are named by keyed digests. A row holds little more than a patient's number and
a yes or no, and whoever had its plain digest could find it by trying them all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from attending.facts.fact import By, Fact

if TYPE_CHECKING:
    from attending.facts.case import ParkedRow


class Dropped(msgspec.Struct, frozen=True):
    """One dropped file: whose, from which source, its keyed digest, and when it was found."""

    use_case: str
    source: str
    digest: str
    at: str

    @property
    def by(self) -> By:
        """Give who says what the file says."""
        return By(person=self.source, via="source")

    @property
    def key(self) -> str:
        """Give the key of the fact that says what became of the file."""
        return f"{self.use_case}/{self.source}/{self.digest}/ingested"


def begun(drop: Dropped) -> Fact:
    """Give the `ingested` fact of a file that takes more than one commit: half may be here."""
    body: dict[str, object] = {"type": "begun/1", "source": drop.source, "digest": drop.digest}
    return _fact(drop, f"{drop.use_case}/{drop.source}/{drop.digest}/begun", body)


def halted(drop: Dropped) -> Fact:
    """Give the `ingested` fact of a file that was begun and does not lie here any more."""
    body: dict[str, object] = {"type": "halted/1", "source": drop.source, "digest": drop.digest}
    return _fact(drop, f"{drop.use_case}/{drop.source}/{drop.digest}/halted", body)


def taken(drop: Dropped, *, title: str, credit: str, counts: dict[str, object]) -> Fact:
    """Give the `ingested` fact of a file that was taken in."""
    body: dict[str, object] = {"type": "source/1", "source": drop.source}
    body |= {"title": title, "credit": credit, "digest": drop.digest, "calendar": True}
    return _fact(drop, drop.key, body | counts)


def refused(drop: Dropped, because: str) -> Fact:
    """Give the `ingested` fact of a file that cannot be read at all."""
    body: dict[str, object] = {"type": "refused/1", "source": drop.source, "because": because}
    return _fact(drop, drop.key, body | {"digest": drop.digest})


def parked(drop: Dropped, row: ParkedRow, *, waits: bool) -> Fact:
    """Give the `ingested` fact of a row that was set aside.

    A row that waits can be read, and is taken in once its case is known.
    """
    body: dict[str, object] = {
        "type": "parked/1",
        "source": drop.source,
        "file": drop.digest,
        "row": row.row,
        "because": row.because,
        "digest": row.digest,
    }
    if waits:
        body["waits"] = True
    return _fact(drop, parked_key(drop, row.digest), body)


def parked_key(drop: Dropped, digest: str) -> str:
    """Give the key of the fact that sets a row aside; one row is set aside once."""
    return f"{drop.use_case}/{drop.source}/{digest}/parked"


def released(drop: Dropped, digest: str) -> Fact:
    """Give the `ingested` fact of a row that waited and has been taken in."""
    body: dict[str, object] = {"type": "released/1", "source": drop.source, "digest": digest}
    return _fact(drop, f"{drop.use_case}/{drop.source}/{digest}/released", body)


def _fact(drop: Dropped, key: str, body: dict[str, object]) -> Fact:
    return Fact(kind="ingested", key=key, at=drop.at, by=drop.by, use_case=drop.use_case, body=body)
