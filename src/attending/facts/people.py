"""Who somebody is and what they may do here, as admins say it; and who looked at what (G0, G12).

A person is named by the post they hold. What an identity provider calls them never enters the
ledger: only the digest of its name and theirs does.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Literal

import msgspec

Purpose = Literal[
    "treatment", "quality_improvement", "audit", "incident_review", "break_glass", "on_record"
]

PURPOSES: tuple[Purpose, ...] = (
    "treatment", "quality_improvement", "audit", "incident_review", "break_glass",
)  # fmt: skip

Found = Literal["proper", "improper"]


class Person(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`person/1`: somebody who may sign in.

    Attributes
    ----------
    person
        What every other fact calls them: a post, never an account's name.
    printed_name
        What stands beside their signatures.
    subject
        Digest of the identity provider and of its name for them; empty where none was given.

    """

    person: str
    printed_name: str
    subject: str = ""


class Role(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"since": "from"}):
    """`role/1`: a person holds a role, where and for how long; a later one takes its place.

    Attributes
    ----------
    sites, units, tools
        Where it is held: empty is everywhere, but for a vendor, who has the tools named alone.
        A tool is named by its use case.
    since, to
        The first and the last day (in the fact: ``from``); None is no end.

    """

    person: str
    role: str
    sites: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    since: str = ""
    to: str | None = None

    def on(self, date: str) -> bool:
        """Tell whether it is held on a date."""
        return self.since <= date and (self.to is None or date <= self.to)


class RoleEnded(msgspec.Struct, frozen=True, kw_only=True):
    """`role_ended/1`: a person holds a role no more, from this fact on."""

    person: str
    role: str


class Departed(msgspec.Struct, frozen=True, kw_only=True):
    """`departed/1`: a person has left; the name is not given to anybody again."""

    person: str


class Viewed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`viewed/1`: a page was looked at, written before it was shown.

    Attributes
    ----------
    person, purpose
        Who, and what for; ``on_record`` is an auditor's look at what is about no patient.
    page
        The page's path as the console declares it, names left out.
    objects
        Keys of the facts that were shown: pseudonyms, never a patient's name.
    asked
        Digest of what was searched for: somebody may have typed a name.
    patient
        Whether they are about a patient.
    break_glass, why
        Whether the rules were set aside, and the digest of the sealed reason.
    until
        Where they were, the moment up to which that holds.

    """

    person: str
    purpose: str
    page: str
    objects: tuple[str, ...] = ()
    asked: str = ""
    patient: bool = True
    break_glass: bool = False
    why: str = ""
    until: str = ""


class ViewReviewed(msgspec.Struct, frozen=True, kw_only=True):
    """`view_reviewed/1`: somebody else has looked into a break-glass view."""

    view: int
    found: Found
    person: str


class AccessReviewed(msgspec.Struct, frozen=True, kw_only=True):
    """`access_reviewed/1`: somebody else has looked into a day of unusual looks.

    Attributes
    ----------
    whose, who, on
        Whether a ``person`` looked at many or many looked at a ``patient``; which one, a post or
        a pseudonym; and the day.
    found, person
        What was found, and by whom.

    """

    whose: Literal["person", "patient"]
    who: str
    on: str
    found: Found
    person: str


def subject_digest(issuer: str, subject: str) -> str:
    """Give the digest that a person is found by, of an identity provider's two names.

    >>> subject_digest("https://id.example", "7") == subject_digest("https://id.example", "8")
    False
    """
    return sha256(f"{issuer}\x00{subject}".encode()).hexdigest()
