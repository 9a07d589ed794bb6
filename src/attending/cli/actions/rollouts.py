"""What pages may do: the very code of the verbs, in the name of who is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attending.cli.speaking.telling import close
from attending.decide.sign_offs import SignOff
from attending.ledger import layout
from attending.loops import meeting
from attending.loops.carry_out import apply
from attending.loops.say import Said, order, sign
from attending.loops.today import last_over, today
from attending.wiring import open_hands, open_parts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from attending.loops.parts import Folded, Parts
    from attending.loops.system.vouching import Vouched


@dataclass(frozen=True)
class Actions:
    """The verbs of a rollout and of its committee over one store, opened for each alone.

    Attributes
    ----------
    store
        The ledger's folder.

    """

    store: Path

    def order(self, use_case: str, verb: str, scope: str, *, reason: str, person: str) -> None:
        """Hold, suspend, resume or lift; see `loops.say.order` for what is refused."""
        hands, folded = open_hands(self.store, use_case)
        try:
            said = Said(verb, scope, person, reason, via="console")
            order(hands, folded, said, today(hands, folded))
        finally:
            close(hands)

    def sign(self, use_case: str, digest: str, *, role: str, by: Vouched) -> bool:
        """Sign a plan's digest; tell whether the signature is new."""
        parts, folded = open_parts(self.store, use_case)
        try:
            return sign(parts, folded, digest, SignOff(role, by.person), vouched=by)
        finally:
            close(parts.hands)

    def apply(self, use_case: str, digest: str) -> None:
        """Carry a plan out; every gate, interlock and sign-off is asked about again first."""
        parts, folded = open_parts(self.store, use_case)
        try:
            apply(parts, folded, digest, last_over(parts.hands, folded))
        finally:
            close(parts.hands)

    def vote(self, use_case: str, packet: str, choice: str, *, dissent: str, by: Vouched) -> None:
        """Vote on a packet; see `loops.meeting.vote` for what is refused."""
        voice = _voice(by, packet)
        self._met(
            use_case,
            lambda parts, folded: meeting.vote(parts, folded, voice, choice, dissent=dissent),
        )

    def recuse(self, use_case: str, packet: str, *, why: str, by: Vouched) -> None:
        """Take no part in an item."""
        voice = _voice(by, packet)
        self._met(use_case, lambda parts, folded: meeting.recuse(parts, folded, voice, why))

    def close_item(self, use_case: str, packet: str, *, by: Vouched) -> None:
        """Close an item: the votes are counted, and what they rest on is asked about again."""
        voice = _voice(by, packet)
        self._met(use_case, lambda parts, folded: meeting.close(parts, folded, voice))

    def _met(self, use_case: str, do: Callable[[Parts, Folded], object]) -> None:
        key = layout.payload_key(self.store)  # what people write is sealed with it
        parts, folded = open_parts(self.store, use_case, payload_key=key)
        try:
            do(parts, folded)
        finally:
            close(parts.hands)


def _voice(by: Vouched, packet: str) -> meeting.Voice:
    return meeting.Voice(by.person, packet, via=by.via, auth=by.auth, re_auth_at=by.re_auth_at)
