"""What a committee reads, says and decides: packets, votes, decisions and conditions (G5, G6)."""

from __future__ import annotations

from typing import Literal

import msgspec

Choice = Literal["approve", "approve_with_conditions", "re_review", "decline", "abstain"]

Word = Literal["approved", "approved_with_conditions", "re_review", "declined"]

Effect = Literal["hold", "suspend"]

Meaning = Literal["review", "approval", "responsibility", "authorship"]

APPROVALS = ("approved", "approved_with_conditions")


class Signature(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who signed which digest, when, and what the signature means.

    `auth` says what vouches for the person: ``store`` is that somebody who could open the
    store typed the name; ``oidc`` or ``token`` how they were signed in; ``session``, in older
    facts, that they were. `re_auth_at` is when they showed again who they are to sign this.
    """

    person: str
    printed_name: str
    at: str
    meaning: Meaning
    digest: str
    auth: tuple[str, ...]
    re_auth_at: str | None = None


class Bar(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A metric, where it is read, and the limits it is held against; no sites is all of them."""

    metric: str
    of: str = ""
    sites: tuple[str, ...] = ()
    subgroup: str = "all"
    floor: float
    goal: float | None = None
    stop_line: float | None = None


class Task(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A fact that must come: its type, and what its body must hold."""

    fact: str
    where: dict[str, str] = {}


class Form(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a condition asks for; exactly one of the three is there."""

    show: Bar | None = None
    keep: Bar | None = None
    do: Task | None = None

    @property
    def bar(self) -> Bar | None:
        """Give the limits that are judged on cases; None for a fact that must come."""
        return self.show or self.keep


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """A condition that a decision set.

    Attributes
    ----------
    id, owner
        What it is called, and who sees to it.
    form, effect
        What is asked, and what happens when it is broken.
    from_on, due
        The day after the decision: only cases from then on are read; and the last day.
    closes
        Whether meeting it ends it.
    share
        The chance of breaking it wrongly that it may spend; None where nothing is weighed.

    """

    id: str
    owner: str
    form: Form
    effect: Effect
    from_on: str
    due: str | None = None
    closes: Literal["on_met", "never"] = "on_met"
    share: float | None = None


class Packet(msgspec.Struct, frozen=True, kw_only=True):
    """One item before a committee; its digest is over everything but `cut`."""

    item: str
    meeting: str
    round: int
    use_case: str
    committee: str
    cut: int
    deciding: dict[str, object]
    digest: str


class Counted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A vote that counts."""

    person: str
    choice: Choice
    at: str
    dissent: str = ""


class Uncounted(msgspec.Struct, frozen=True):
    """A vote that does not count, and why."""

    person: str
    choice: str
    because: str


class Attendance(msgspec.Struct, frozen=True):
    """Who was there, of whom the quorum asks."""

    voting: int
    voting_wanted: int
    practicing: int
    practicing_wanted: int

    @property
    def is_quorum(self) -> bool:
        """Tell whether enough were there to decide anything."""
        return self.voting >= self.voting_wanted and self.practicing >= self.practicing_wanted


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What a committee decided, computed when the item closed.

    Attributes
    ----------
    digest
        Over every other field of the fact's body.
    word, because
        One of the four, and the count in a sentence.
    packet_digest
        What was voted on.
    votes, uncounted, recused, quorum
        Who said what; who did not count, and why.
    conditions, closes
        Set by it, and ended by it.
    valid_from, expires_on
        The first and the last day on which it approves anything.
    signature
        Of the chair who closed the item.

    """

    digest: str
    item: str
    meeting: str
    round: int
    committee: str
    release: str
    word: Word
    because: str
    packet_digest: str
    votes: tuple[Counted, ...]
    uncounted: tuple[Uncounted, ...]
    recused: tuple[str, ...]
    quorum: Attendance
    conditions: tuple[Condition, ...]
    closes: tuple[str, ...]
    valid_from: str
    expires_on: str
    signature: Signature

    @property
    def approves(self) -> bool:
        """Tell whether it approves, with conditions or without."""
        return self.word in APPROVALS

    def in_force(self, date: str) -> bool:
        """Tell whether it approves use on a date."""
        return self.approves and self.valid_from <= date <= self.expires_on
