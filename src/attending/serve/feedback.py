"""What people did with cards: an interaction log, one fact for each thing said.

Nothing is overwritten: a card may be answered twice, and both answers stand in their
order. The same entry delivered twice is the same fact. An entry that cannot be read, or
that names a card no gateway of this system issued, is parked: kept aside with the reason
and a digest, its bytes in the payload store, and counted; never an error to the caller.
So are words of a person's own: a comment, and a reason that is no published code.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from attending.clock import stamp
from attending.facts.fact import By, Fact
from attending.serve.card import OVERRIDE_REASONS, OVERRIDE_SYSTEM

if TYPE_CHECKING:
    from attending.serve.channel import Response
    from attending.serve.keeper import Keeper
    from attending.serve.parts import Parts
    from attending.serve.tool import Tool

PATIENCE = 2.0  # seconds; feedback is not at the bedside's pace


class Came(NamedTuple):
    """Where responses came from: the channel, the tool, the site, and who vouched for them."""

    channel: str
    tool: Tool
    site: str
    credential: str = ""


class _Place(NamedTuple):
    came: Came
    gateway: str


class Feedback:
    """Records responses.

    Parameters
    ----------
    parts
        The gateway's parts.
    keeper
        The same that keeps predictions.

    """

    def __init__(self, parts: Parts, keeper: Keeper) -> None:
        self._parts = parts
        self._keeper = keeper

    async def take(self, responses: tuple[Response, ...], came: Came) -> bool:
        """Record a batch; tell whether it is durable."""
        place, tool, site = _Place(came, self._parts.gateway), came.tool, came.site
        now = stamp(self._parts.clock.now())
        facts: list[Fact] = []
        payloads: list[bytes] = []
        for response in responses:
            because = response.unread
            if not because and not self._parts.pseudonyms.issued(response.card, tool.name, site):
                because = "unknown_card"
            facts.append(
                _parked(response, because, now, place) if because else _said(response, place),
            )
            if because or response.comment or _own_words(response):
                payloads.append(response.raw)
        kept, _ = await self._keeper.keep(facts, payloads, within=PATIENCE)
        if kept:
            self._count(facts, place)
        return kept

    def _count(self, facts: list[Fact], place: _Place) -> None:
        for fact in facts:
            if fact.type == "parked/1":
                self._parts.tally.add("parked", because=str(fact.body["because"]))
            else:
                word = str(fact.body["response"])
                self._parts.tally.add(
                    "responses",
                    use_case=place.came.tool.name,
                    site=place.came.site,
                    response=word,
                )


def _said(response: Response, place: _Place) -> Fact:
    """Give the fact of a response; its moment is the caller's, so that twice is once."""
    system, code = response.reason
    body: dict[str, object] = {
        "type": "response/1",
        "prediction": response.card,
        "response": response.word,
        "channel": place.came.channel,
    }
    if code:
        offered = place.came.tool.use_case.workflow.card.override_reasons
        listed = not _own_words(response) and code in offered
        known = {} if _own_words(response) else {"system": system, "code": code}
        body["reason"] = {**known, "listed": listed}
    if response.comment or _own_words(response):
        body["comment"] = _digest(response)
    if response.suggestions:
        body["n_suggestions"] = len(response.suggestions)
    at = stamp(datetime.fromisoformat(response.at))
    return _fact(f"{response.card}/{_digest(response)[:16]}/response", at, body, place)


def _own_words(response: Response) -> bool:
    """Tell whether a reason is no published code: then it may say anything, of anybody."""
    system, code = response.reason
    return bool(system or code) and (system != OVERRIDE_SYSTEM or code not in OVERRIDE_REASONS)


def _parked(response: Response, because: str, at: str, place: _Place) -> Fact:
    body: dict[str, object] = {
        "type": "parked/1",
        "stage": "feedback",
        "because": because,
        "digest": _digest(response),
        "channel": place.came.channel,
    }
    return _fact(f"{_digest(response)[:32]}/parked", at, body, place)


def _fact(key: str, at: str, body: dict[str, object], place: _Place) -> Fact:
    if place.came.credential:
        body["credential"] = place.came.credential
    return Fact(
        kind="observed",
        key=f"{place.gateway}/{key}",
        at=at,
        by=By(person=place.gateway, via="gateway"),
        site=place.came.site,
        use_case=place.came.tool.name,
        body=body,
    )


def _digest(response: Response) -> str:
    return sha256(response.raw).hexdigest()
