"""What checks found: the result of one check at one site (contract C41), and the fact of it.

Row keys may lead to a patient. They stay in the lake, and the fact counts alone.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal["conformance", "completeness", "plausibility"]
State = Literal["ok", "breach", "not_connected", "too_few", "error"]

TYPE = "data_checked/1"
MOST_SAMPLED = 20


class CheckResult(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"from_": "from"}
):
    """One check of one column at one site.

    Attributes
    ----------
    check, spec
        The check's name in its room, and the digest of the document that asks it.
    source, site, table, column
        What was looked at; column ``*`` is whole rows.
    kind
        Of which kind it is, in Kahn's frame.
    from_, to
        The first row counted and the one after the last, in the table's order at this site.
    num_violated, num_denominator
        Rows that fall short, and rows asked.
    allowed
        The share of rows that may fall short.
    state
        ``not_connected``: the column was never shown to hold anything here. ``too_few``: it
        cannot be told yet. ``error``: it could not be asked.
    since_row
        How many rows had been seen when this state began.
    sample
        Keys of rows that fall short, at most twenty; empty in a fact.
    known_at
        When it was asked.

    """

    check: str
    spec: str
    source: str
    site: str
    table: str
    column: str
    kind: Kind
    from_: int
    to: int
    num_violated: int
    num_denominator: int
    allowed: float
    state: State
    since_row: int
    known_at: str
    sample: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Give what is asked, and where: it is answered by one result at a time."""
        return f"{self.check}/{self.table}.{self.column}/{self.site}"

    @property
    def may(self) -> str:
        """Give how many rows may fall short, in words: a share, or ``none``."""
        if not self.allowed:
            return "none"
        told = f"{self.allowed:.1%}"
        return told if told != "0.0%" else f"{self.allowed * 100:.1g}%"

    @property
    def share(self) -> float | None:
        """Give the share of rows that do not fall short; None where none was asked."""
        return 1 - self.num_violated / self.num_denominator if self.num_denominator else None


class Checked(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=TYPE):
    """All results of one document on one table.

    Attributes
    ----------
    checks, spec, source, table
        Which document, its digest, and what it is about.
    results
        Without row keys.
    holds
        The use cases that a breach holds, by check and column, as ``present/payer_code``.
    reads
        The columns that each use case reads.

    """

    checks: str
    spec: str
    source: str
    table: str
    results: tuple[CheckResult, ...]
    holds: dict[str, tuple[str, ...]] = {}
    reads: dict[str, tuple[str, ...]] = {}
