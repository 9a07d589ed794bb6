"""What is said and done about evidence: binders, legal holds, retention, erasures, drills."""

from __future__ import annotations

from typing import Literal

import msgspec


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Which facts a binder holds.

    Attributes
    ----------
    use_case, site
        What they are about; empty is everything. What is about no one site is about each.
    patient
        A pseudonym: only answers for that patient, and what came of them; empty is everybody.
    since, until
        Dates, in UTC and both included, of when a fact says it happened; empty is no bound.
    select
        All of these, or only those that the answers cite.
    size
        How many facts of the ledger were looked through.

    """

    use_case: str = ""
    site: str = ""
    patient: str = ""
    since: str = ""
    until: str = ""
    select: Literal["scope", "cited"] = "scope"
    size: int = 0


class Built(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="binder/1"):
    """A binder that was built.

    Attributes
    ----------
    digest, manifest
        SHA-256 of the zip, and of its list of files, which is what the key signed.
    scope, question, as_of
        What it was asked to hold.
    counts
        Facts, erased ones among them, answers, and payloads.
    ledger_size, root
        The checkpoint that its proofs lead to.
    why
        Why payloads are in it: the digest of what was written; empty where none are.

    """

    digest: str
    manifest: str
    scope: Scope
    question: tuple[int, ...]
    as_of: str
    counts: dict[str, int]
    ledger_size: int
    root: str
    why: str = ""


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule of retention, as it was adopted.

    Attributes
    ----------
    rule, title
        What it is called, and what it asks, in a sentence.
    duty
        ``keep`` is a floor: nothing it covers is erased sooner. ``erase`` is a schedule: what
        it covers is due when the time is over.
    covers
        Types of fact, such as ``decision/1``; ``*`` is every type.
    of
        The facts themselves, or the payloads that they name.
    years, months
        How long, from when.
    counted_from
        The day it happened, or the last day on which it was in effect.
    source, checked
        Where it comes from, and how far that was verified.
    jurisdiction
        Where it holds; empty is everywhere.

    """

    rule: str
    title: str
    duty: Literal["keep", "erase"]
    covers: tuple[str, ...]
    of: Literal["facts", "payloads"]
    years: int = 0
    months: int = 0
    counted_from: Literal["happened", "last_in_effect"] = "happened"
    source: str
    checked: str
    jurisdiction: str = ""


class Rules(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="retention_rules/1"):
    """The rules of retention that are in force from this fact on, in the place of any earlier."""

    rules: tuple[Rule, ...]
    digest: str


class LegalHold(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="legal_hold/1"):
    """Nothing in its reach is erased until it is lifted.

    Attributes
    ----------
    hold
        What it is called.
    state
        Whether it was placed or lifted.
    use_case, site
        What it reaches; empty is everything.
    why
        The digest of what was written as the reason.

    """

    hold: str
    state: Literal["placed", "lifted"]
    use_case: str = ""
    site: str = ""
    why: str


class Asked(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="erasure_asked/1"):
    """Somebody asks to erase exactly this, under a rule; the digest is over all of it.

    Attributes
    ----------
    rule, rules
        Its name, and the digest of the rules that were in force.
    indexes, payloads
        What would be erased: facts, and payloads by name.
    digest
        What the second person agrees to.

    """

    rule: str
    rules: str
    indexes: tuple[int, ...]
    payloads: tuple[str, ...]
    digest: str


class Agreed(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="erasure_agreed/1"):
    """A second person agrees to an erasure that was asked for."""

    digest: str


class Drill(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="drill/1"):
    """A rehearsed letter of an auditor, and how it was answered.

    Attributes
    ----------
    drill
        Which kind: ``audit``.
    seed
        What the letter was drawn with.
    scope, asked
        What it was about, and the questions in it.
    answered, partial, not_yet
        Which of them were, were in part, and were not.
    binder, holds
        The digest of what would have been sent, and whether the shipped file says it holds.
    seconds
        How long it took; None where the store's days are not the machine's.

    """

    drill: Literal["audit"]
    seed: int
    scope: Scope
    asked: tuple[int, ...]
    answered: tuple[int, ...]
    partial: tuple[int, ...]
    not_yet: tuple[int, ...]
    binder: str
    holds: bool
    seconds: float | None = None
