"""What stands before every page: is it our name that was asked for, and who asks?

Answers carry a content policy that lets nothing run and nothing be fetched from elsewhere.
A form counts only from a page of ours, with the token that page was given.
"""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from secrets import compare_digest
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from attending.console.parts import Parts
    from attending.console.sign_in import Session

COOKIE = "attending_session"
OPEN = ("/healthz", "/readyz", "/sign-in")  # and /static/
MOST_FORM = 64 * 1024
HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # With `no-referrer` a browser sends no origin with a form, and the check would fail.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}


class NotSignedIn(Exception):  # noqa: N818  named for what it is
    """Nobody is signed in with this request."""


class NotOurs(Exception):  # noqa: N818  same
    """A form that did not come from a page of ours."""


class Guard:
    """The outermost layer of the app."""

    def __init__(self, app: ASGIApp, parts: Parts) -> None:
        self._app = app
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a foreign name; put the headers on every answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        host = Headers(scope=scope).get("host", "")
        if hostname(host) not in self._parts.hosts:
            refusal = PlainTextResponse("This console does not answer to that name.\n", 421)
            await refusal(scope, receive, with_headers)
            return
        await self._app(scope, receive, with_headers)


def hostname(host: str) -> str:
    """Give a host header's name without its port.

    >>> hostname("localhost:8321"), hostname("[::1]:8321"), hostname("example.org")
    ('localhost', '[::1]', 'example.org')
    """
    if host.startswith("["):
        return host[: host.find("]") + 1]
    return host.partition(":")[0].lower()


def give_session(answer: Response, session: str, parts: Parts) -> None:
    """Give a browser the cookie of a new session."""
    secure = parts.origin == "https"
    answer.set_cookie(COOKIE, session, httponly=True, samesite="strict", secure=secure, path="/")


def session_of(request: Request, parts: Parts) -> Session:
    """Give who asks.

    Raises
    ------
    NotSignedIn
        Nobody, or no longer.

    """
    found = parts.sessions.who(session_id(request))
    if found is None:
        raise NotSignedIn
    return found


def session_id(request: Request) -> str:
    """Give the session id a request bears; empty where it bears none."""
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(request.headers.get("cookie", ""))
    except CookieError:
        return ""
    return jar[COOKIE].value if COOKIE in jar else ""


def check_origin(request: Request, parts: Parts) -> None:
    """Refuse a form from elsewhere.

    Raises
    ------
    NotOurs
        The browser said that another site sent it, or did not say.

    """
    ours = f"{parts.origin}://{request.headers.get('host', '')}"
    if request.headers.get("origin") != ours:
        raise NotOurs


async def form_of(request: Request) -> dict[str, str]:
    """Read a form of bounded size.

    Raises
    ------
    NotOurs
        It is longer than any form of ours, or no form.

    """
    kind = request.headers.get("content-type", "").split(";")[0]
    if kind != "application/x-www-form-urlencoded":
        raise NotOurs
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MOST_FORM:
            raise NotOurs
    try:
        told = parse_qs(raw.decode("utf-8"), keep_blank_values=True, max_num_fields=100)
    except ValueError:
        raise NotOurs from None
    return {name: values[0] for name, values in told.items()}


def check_csrf(form: dict[str, str], session: Session) -> None:
    """Refuse a form without the token its page was given.

    Raises
    ------
    NotOurs
        It brought another, or none.

    """
    if not compare_digest(form.get("csrf", "").encode(), session.csrf.encode()):
        raise NotOurs
