"""What vouches for a signature: the door it came through, and how its signer was recognized.

Where a rule that binds here asks that who signs shows again who they are, a signature given on
a page counts only within minutes of that. Whoever types at the store itself is vouched for by
the store, and the signature says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from attending.clock import stamp
from attending.decide.duties import reauthenticates
from attending.errors import GateNotMet
from attending.facts.committee import Signature
from attending.loops.obligations import owed
from attending.loops.system.people import known

if TYPE_CHECKING:
    from attending.admit import Folder
    from attending.decide.heard import Heard
    from attending.facts.committee import Meaning
    from attending.facts.fact import Via
    from attending.loops.parts import Folded, Parts

RE_AUTH_MINUTES = 5


@dataclass(frozen=True)
class Vouched:
    """How somebody who signs was recognized.

    Attributes
    ----------
    person
        Who.
    via
        Through which door.
    auth
        What vouches for the name: ``store``, ``sheet``, ``token`` or ``oidc``.
    re_auth_at
        When they last showed again who they are, by the store's own time; None where that is
        no moment ago, or was never asked.

    """

    person: str
    via: Via = "cli"
    auth: tuple[str, ...] = ("store",)
    re_auth_at: str | None = None


def asks_again(folder: Folder, heard: Heard, date: str) -> bool:
    """Tell whether who signs for a use case must show again who they are, on a date."""
    return reauthenticates(owed(folder, heard, date).rules)


def check(parts: Parts, folded: Folded, by: Vouched) -> None:
    """Refuse a signature from a page whose signer did not show again who they are.

    Raises
    ------
    GateNotMet
        A rule asks it, and it was not done, or not within `RE_AUTH_MINUTES`.

    """
    if by.via != "console":
        return
    now = parts.clock.now()
    if not asks_again(parts.folder, folded.heard, stamp(now)[:10]) or _is_fresh(by, now):
        return
    raise GateNotMet(
        "a rule that binds here asks that who signs shows again who they are, at most "
        f"{RE_AUTH_MINUTES} minutes before; sign in again, and then sign",
        accepted=["/sign-in/again"],
    )


def signature(parts: Parts, by: Vouched, meaning: Meaning, digest: str) -> object:
    """Give somebody's signature of what a digest names, as a fact holds it."""
    declared = known(parts.reader).persons.get(by.person)
    return msgspec.to_builtins(
        Signature(
            person=by.person,
            printed_name=by.person if declared is None else declared.printed_name,
            at=stamp(parts.clock.now()),
            meaning=meaning,
            digest=digest,
            auth=by.auth,
            re_auth_at=by.re_auth_at,
        )
    )


def _is_fresh(by: Vouched, now: datetime) -> bool:
    if by.re_auth_at is None:
        return False
    ago = now - datetime.fromisoformat(by.re_auth_at)
    return timedelta(0) <= ago <= timedelta(minutes=RE_AUTH_MINUTES)
