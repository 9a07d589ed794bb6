"""That an extract was de-identified, how, and by whose word (45 CFR 164.514)."""

from __future__ import annotations

import msgspec


class Deidentified(msgspec.Struct, frozen=True, kw_only=True):
    """`deidentified/1`: an extract was made, written before anybody could take it away.

    Attributes
    ----------
    name, purpose, method
        As its plan says.
    plan, source, extract
        Digests of the plan, of the file that went in and of the one that came out.
    n_in, n_out, n_suppressed
        Rows that went in, that came out, and that stood for too few people.
    smallest
        The fewest people alike in the columns that the plan names; None where it names none.
    table
        For each identifier of Safe Harbor: columns that held it, with their rules.
    expert, signed_on, statement
        Who stated what is left of risk, when, and the digest of the document; empty where
        Safe Harbor was the method.
    sites, data_in
        Whose data they are, and where it was said they would be kept; empty where nobody said.

    """

    name: str
    purpose: str
    method: str
    plan: str
    source: str
    extract: str
    n_in: int
    n_out: int
    n_suppressed: int
    smallest: int | None
    table: dict[str, dict[str, str]]
    expert: str = ""
    signed_on: str = ""
    statement: str = ""
    sites: tuple[str, ...] = ()
    data_in: tuple[str, ...] = ()
