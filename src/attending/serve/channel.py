"""What a channel is: how a question comes from the workflow, and an answer goes back.

A channel lives in `serve/channels`, in a file of its own name, as an object of that
name. It reads bytes into an `Ask`, a `Response` or a refusal, and writes a `Reply` as
bytes; it decides nothing and keeps nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

import msgspec

from attending.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attending.serve.card import Card
    from attending.serve.tool import Tool


class NotUnderstood(Refused):
    """A request that is not one of this channel; the message quotes nothing of it."""


class Ask(msgspec.Struct, frozen=True):
    """A question from the workflow.

    Attributes
    ----------
    channel
        The channel it came by.
    use_case, site, unit
        What is asked, and where; the unit is empty where the caller did not say.
    patient, user, encounter, instance
        Identifiers as the caller knows them; they go no further than the desk.
    context, prefetch
        What the paths of the use case may be read from.
    credential
        The thumbprint of the key that vouched for the caller; empty where nobody was asked.
    asked_at
        The moment asked about, where that is not now: in a replay, and nowhere else.

    """

    channel: str
    use_case: str
    site: str
    unit: str
    patient: str
    user: str
    encounter: str
    instance: str
    context: dict[str, object]
    prefetch: dict[str, object]
    credential: str = ""
    asked_at: datetime | None = None


class Response(msgspec.Struct, frozen=True):
    """What a person did with a card, as the caller tells it; or why it cannot be read.

    Attributes
    ----------
    card
        The id of the card.
    word
        ``accepted`` or ``overridden``.
    at
        When, by the caller's clock.
    reason
        The override reason: its system and code.
    comment
        Free text; it goes to the payload store, never into a fact.
    suggestions
        Ids of the suggestions accepted.
    unread
        Why it could not be read; empty where it could.
    raw
        Its bytes in one spelling, to know it again by.

    """

    card: str
    word: str
    at: str
    reason: tuple[str, str]
    comment: str
    suggestions: tuple[str, ...]
    unread: str
    raw: bytes


class Channel(Protocol):
    """How questions come and answers go."""

    name: str
    path: str

    def check(self, hook: str, *, where: str) -> None:
        """Refuse a hook that this channel does not know."""

    def discovery(self, tools: Sequence[Tool]) -> bytes:
        """List what may be asked."""

    def ask(self, message: dict[str, object], tool: Tool, site: str) -> Ask:
        """Read a question; raise `NotUnderstood` for what is none."""

    def answer(self, cards: Sequence[Card]) -> bytes:
        """Write an answer."""

    def responses(self, message: dict[str, object]) -> tuple[Response, ...]:
        """Read what people did; raise `NotUnderstood` for what is no such message."""
