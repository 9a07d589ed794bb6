"""Which records are one patient's, as rules find and people say it: merges, with their history.

A record is one number at one site, and goes by ``site/pseudonym``: two hospitals may give the
same number to two people. No number, name or date of birth stands in a fact.
"""

from __future__ import annotations

from typing import Literal

import msgspec

SameOrNot = Literal["same", "different"]


class Linked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`linked/1`: one record is the same patient's as another, and goes with it from here on.

    Attributes
    ----------
    record, into
        The record that was merged, and the one that it goes with.
    rule
        Which rule found it, or ``person`` where somebody said it.
    why
        Digest of a sealed reason; empty where a rule found it.

    """

    record: str
    into: str
    rule: str
    why: str = ""


class Unlinked(msgspec.Struct, frozen=True, kw_only=True):
    """`unlinked/1`: a merge was wrong; both records stand for themselves again.

    Attributes
    ----------
    link
        Index of the `linked/1` fact that is taken back.
    why
        Digest of the sealed reason.

    """

    link: int
    why: str


class PossibleMatch(msgspec.Struct, frozen=True, kw_only=True):
    """`possible_match/1`: two records may be one patient's, and a person has to look.

    Attributes
    ----------
    one, other
        The records, in order of their names.
    rule
        Which rule doubts it.
    agree, differ
        Names of the fields that say the same, and of those that do not; never their values.

    """

    one: str
    other: str
    rule: str
    agree: tuple[str, ...] = ()
    differ: tuple[str, ...] = ()


class MatchReviewed(msgspec.Struct, frozen=True, kw_only=True):
    """`match_reviewed/1`: somebody has looked at a possible match.

    Attributes
    ----------
    one, other
        The records, in order of their names.
    found
        Whether they are one patient's.
    why
        Digest of the sealed reason.

    """

    one: str
    other: str
    found: SameOrNot
    why: str


def record(site: str, pseudonym: str) -> str:
    """Give the name of a record.

    >>> record("east", "07ab")
    'east/07ab'
    """
    return f"{site}/{pseudonym}"
