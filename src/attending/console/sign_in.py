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

from attending.clock import stamp
from attending.errors import Refused
from attending.loops.system.vouching import RE_AUTH_MINUTES, Vouched

if TYPE_CHECKING:
    from collections.abc import Callable

    from attending.clock import Clock

TOKEN_HOURS, SESSION_HOURS = 24, 12
MOST_TOKENS = 100  # not yet used
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
    auth
        What vouches for the name: ``token`` or ``oidc``.
    re_auth_at
        When they last showed who they are, after being asked to again; None where never.

    """

    person: str
    csrf: str
    until: datetime
    auth: tuple[str, ...] = ("token",)
    re_auth_at: datetime | None = None


def vouched(session: Session, now: datetime, at: datetime) -> Vouched:
    """Give what a signature may carry of how its signer was recognized.

    Parameters
    ----------
    session
        Who signs.
    now
        The moment by the machine, which sessions go by.
    at
        The same moment by the store's own time, which facts go by.

    """
    shown = session.re_auth_at
    ago = None if shown is None else max(now - shown, timedelta(0))
    is_fresh = ago is not None and ago <= timedelta(minutes=RE_AUTH_MINUTES)
    again = stamp(at - ago) if ago is not None and is_fresh else None
    return Vouched(session.person, "console", session.auth, again)


class NotDeclared(Refused):
    """A name that nobody declared here bears."""


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
        now = self._clock.now()
        with self._lock:
            left = [(k, until) for k, until in self._tokens.items() if until > now]
            self._tokens = dict(left[-MOST_TOKENS + 1 :])
            self._tokens[_named(token)] = now + timedelta(hours=TOKEN_HOURS)
        return token

    def again(self, session: str, token: str) -> str | None:
        """Let who is signed in show again who they are, by another token; None for no token.

        The session is begun anew under another id.
        """
        there, now = self.who(session), self._clock.now()
        with self._lock:
            until = self._tokens.get(_named(token))
            if there is None or until is None or now >= until:
                return None
            del self._tokens[_named(token)]
        self.end(session)
        return self.begin(there.person, auth=("token",), re_auth_at=now)

    def vouched(self, session: Session, at: datetime) -> Vouched:
        """Give what vouches for who is signed in; `at` is the store's own time."""
        return vouched(session, self._clock.now(), at)

    def exchange(
        self, token: str, person: str, known: Callable[[str], bool] | None = None
    ) -> str | None:
        """Give a session id for a token, which is spent; None for any other.

        Raises
        ------
        NotDeclared
            The token is good and stays so, and nobody of that name is declared.

        """
        now = self._clock.now()
        name = "".join(c for c in person if c.isprintable()).strip()[:LONGEST_NAME]
        if not name:
            return None
        with self._lock:
            until = self._tokens.get(_named(token))
            if until is None or now >= until:
                return None
            if known is not None and not known(name):
                raise NotDeclared("nobody of that name is declared here, or they have left")
            del self._tokens[_named(token)]
        return self.begin(name, auth=("token",))

    def begin(
        self, person: str, *, auth: tuple[str, ...], re_auth_at: datetime | None = None
    ) -> str:
        """Begin a session for somebody who has been recognized; give its id, drawn anew."""
        now, made = self._clock.now(), secrets.token_urlsafe(SECRET_BYTES)
        session = Session(
            person,
            secrets.token_urlsafe(SECRET_BYTES),
            now + timedelta(hours=SESSION_HOURS),
            auth,
            re_auth_at,
        )
        with self._lock:
            self._sessions = {k: s for k, s in self._sessions.items() if s.until > now}
            self._sessions[_named(made)] = session
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
