"""A fact where it stands in the ledger."""

from __future__ import annotations

import msgspec

from attending.facts.fact import Fact


class Entry(msgspec.Struct, frozen=True):
    """A fact and its index; the index is the order of everything."""

    index: int
    fact: Fact
