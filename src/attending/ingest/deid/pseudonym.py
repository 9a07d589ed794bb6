"""A keyed digest of the cell: the same cell has the same one under one key.

It is made from the identifier, so that Safe Harbor does not allow it; an expert may.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from attending.ingest.deid_rule import DeidRule
from attending.spec.data.deidentification import IDENTIFIERS

if TYPE_CHECKING:
    from attending.ingest.deid_rule import About

WIDTH = 32  # hexadecimal digits: 128 bits


def change(cell: str, about: About) -> str:
    """Give the digest."""
    return hmac.new(about.key, f"pseudonym|{cell}".encode(), "sha256").hexdigest()[:WIDTH]


pseudonym = DeidRule(
    change, removes=frozenset(IDENTIFIERS), says="a keyed digest", asks_expert=True
)
