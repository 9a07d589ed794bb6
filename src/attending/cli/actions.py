"""What pages may do: the very code of the verbs, in the name of who is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attending.cli.telling import close
from attending.decide.sign_offs import SignOff
from attending.loops.carry_out import apply
from attending.loops.say import Said, order, sign
from attending.loops.today import last_over, today
from attending.wiring import open_hands, open_parts

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Actions:
    """The verbs of a rollout over one store; each opens it, and lets go of it again.

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

    def sign(self, use_case: str, digest: str, *, role: str, person: str) -> bool:
        """Sign a plan's digest; tell whether the signature is new."""
        parts, folded = open_parts(self.store, use_case)
        try:
            return sign(parts, folded, digest, SignOff(role, person), via="console")
        finally:
            close(parts.hands)

    def apply(self, use_case: str, digest: str) -> None:
        """Carry a plan out; every gate, interlock and sign-off is asked about again first."""
        parts, folded = open_parts(self.store, use_case)
        try:
            apply(parts, folded, digest, last_over(parts.hands, folded))
        finally:
            close(parts.hands)
