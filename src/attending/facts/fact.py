"""One fact: something that happened, said once, never changed.

The order of facts is their index in the ledger, never a clock. `key` names the
happening at its source: the same key with the same bytes is the same fact delivered
twice; the same key with other bytes is a new fact that supersedes the old one.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from attending import shapes
from attending.digest import canonical

Kind = Literal["declared", "ingested", "served", "observed", "said", "measured", "decided", "acted"]

Via = Literal["console", "cli", "sheet", "loop", "gateway", "source"]


class By(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who or what said it: a person in a role, or a part of the platform."""

    person: str
    role: str = ""
    via: Via = "loop"


class Fact(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A happening, as the ledger keeps it (contract C1).

    Attributes
    ----------
    v
        Version of this shape.
    kind
        Which of the eight kinds of happening.
    key
        ``source/id/kind``, unique to the happening at its source.
    at
        When, RFC 3339 in UTC. For people; nothing is ordered by it.
    site, use_case, release
        What it is about, where that applies.
    by
        Who or what said it.
    body
        The happening itself: ``{"type": "name/1", ...}``; JSON only.
    supersedes
        Ledger index of the fact that this one corrects.

    """

    v: int = 1
    kind: Kind
    key: str
    at: str
    by: By
    body: dict[str, object]
    site: str | None = None
    use_case: str | None = None
    release: str | None = None
    supersedes: int | None = None

    @property
    def type(self) -> str:
        """Give the body's type, such as ``prediction/1``."""
        return str(self.body.get("type", ""))


def as_json(fact: Fact) -> dict[str, object]:
    """Give a fact as plain JSON, absent fields left out."""
    plain: dict[str, object] = msgspec.to_builtins(fact)
    plain["v"] = fact.v
    return plain


def fact_bytes(fact: Fact) -> bytes:
    """Give a fact's canonical bytes: what is hashed, signed and kept."""
    return canonical(as_json(fact))


def read_fact(raw: bytes) -> Fact:
    """Read a fact back from its canonical bytes."""
    return shapes.decode(raw, Fact)
