"""Who is signed in: a token that works once, exchanged for a session that ends.

There is no password, so there is no default one. Tokens and session ids are kept as
digests; both are gone when the process ends.
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from attending.clock import Clock

TOKEN_HOURS, SESSION_HOURS = 24, 12
LONGEST_NAME = 80
SECRET_BYTES = 32


@dataclass(frozen=True)
class Session:
    """Somebody who is signed in.

    Attributes
    ----------
    person
        The name they gave; it stands on what they do.
    csrf
        What every form of theirs must bring back.
    until
        When the session ends.

    """

    person: str
    csrf: str
    until: datetime


class Sessions:
    """Tokens not yet used, and sessions not yet over."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens: dict[str, datetime] = {}
        self._sessions: dict[str, Session] = {}

    def issue(self) -> str:
        """Draw a token that signs one person in, once."""
        token = secrets.token_urlsafe(SECRET_BYTES)
        with self._lock:
            self._tokens[_named(token)] = self._clock.now() + timedelta(hours=TOKEN_HOURS)
        return token

    def exchange(self, token: str, person: str) -> str | None:
        """Give a session id for a token, which is spent; None for any other."""
        now = self._clock.now()
        name = "".join(c for c in person if c.isprintable()).strip()[:LONGEST_NAME]
        if not name:
            return None
        with self._lock:
            until = self._tokens.pop(_named(token), None)
            if until is None or now >= until:
                return None
            self._sessions = {k: s for k, s in self._sessions.items() if s.until > now}
            made = secrets.token_urlsafe(SECRET_BYTES)
            self._sessions[_named(made)] = Session(
                name, secrets.token_urlsafe(SECRET_BYTES), now + timedelta(hours=SESSION_HOURS)
            )
        return made

    def who(self, session: str) -> Session | None:
        """Give the session of an id, if it stands."""
        with self._lock:
            found = self._sessions.get(_named(session))
        return found if found is not None and found.until > self._clock.now() else None

    def end(self, session: str) -> None:
        """Sign somebody out."""
        with self._lock:
            self._sessions.pop(_named(session), None)


def _named(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
