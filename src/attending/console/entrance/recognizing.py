"""The pages of signing in by an identity provider: going there, and coming back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio.to_thread
import structlog
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from attending.console.guard import give_session, session_id, session_of
from attending.console.signing_in.oidc import NotRecognized
from attending.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from attending.console.access import Access
    from attending.console.parts import Parts
    from attending.console.signing_in.oidc import Oidc

MARK = "attending_sign_in"  # the cookie that ties a sign-in to the browser that began it
BACK = "/sign-in/back"
MARK_SECONDS = 600
SEE_OTHER, GOOD, UNAUTHORIZED = 303, 200, 401
SORRY = (
    "The identity provider did not vouch for you, or nobody declared you here. Nothing was done; "
    "sign in again, or ask whoever keeps people here."
)
_log = structlog.get_logger("attending.sign_in")


class Recognizing:
    """Signs people in by a provider.

    Parameters
    ----------
    oidc
        The provider.
    parts
        What the console is built from.
    access
        The people who are declared.
    page
        Makes a page of a template, a status and its values.

    """

    def __init__(
        self, oidc: Oidc, parts: Parts, access: Access, page: Callable[..., Response]
    ) -> None:
        self._oidc = oidc
        self._parts = parts
        self._access = access
        self._page = page

    def routes(self) -> list[Route]:
        """Give the addresses of signing in by a provider."""
        return [
            Route("/sign-in/go", self.go, methods=["GET"]),
            Route(BACK, self.back, methods=["GET"]),
        ]

    async def go(self, request: Request) -> Response:
        """Lead to the provider."""
        return await self._led(request)

    async def again(self, request: Request, back: str) -> Response:
        """Lead somebody who is signed in to the provider, to show again who they are."""
        session = session_of(request, self._parts)
        return await self._led(
            request, person=session.person, session=session_id(request), back=back
        )

    async def _led(self, request: Request, **whose: str) -> Response:
        redirect = f"{self._parts.origin}://{request.headers.get('host', '')}{BACK}"

        def begin() -> tuple[str, str]:
            return self._oidc.begin(redirect, **whose)

        try:
            where, browser = await anyio.to_thread.run_sync(begin)
        except Refused as refused:
            return self._sorry(refused)
        answer = RedirectResponse(where, SEE_OTHER)
        secure = self._parts.origin == "https"
        # Lax, not strict: the provider's own page leads the browser back to us.
        answer.set_cookie(
            MARK, browser, MARK_SECONDS, path="/sign-in", secure=secure, httponly=True,
            samesite="lax",
        )  # fmt: skip
        return answer

    async def back(self, request: Request) -> Response:
        """Take the provider's answer, and begin a session drawn anew."""
        told = {k: v for k, v in request.query_params.items() if k in ("state", "code", "iss")}
        browser = request.cookies.get(MARK, "")
        try:
            made, back = await anyio.to_thread.run_sync(self._begun, told, browser)
        except Refused as refused:
            return self._sorry(refused)
        # A page and not a redirect: a strict cookie is not sent on a way that began elsewhere.
        answer = self._page("signed_in", GOOD, where=back)
        give_session(answer, made, self._parts)
        answer.delete_cookie(MARK, path="/sign-in")
        return answer

    def _begun(self, told: dict[str, str], browser: str) -> tuple[str, str]:
        found = self._oidc.finish(told, browser)
        person = self._access.people.by_subject(found.subject)
        if person is None:
            raise NotRecognized("nobody declared bears this subject")
        if found.begun.person not in ("", person):
            raise NotRecognized("somebody else showed who they are")
        if found.begun.session:
            self._parts.sessions.end(found.begun.session)
        shown = found.shown_at if found.begun.person else None
        made = self._parts.sessions.begin(person, auth=("oidc",), re_auth_at=shown)
        return made, found.begun.back

    def _sorry(self, refused: Refused) -> Response:
        _log.warning("sign_in_refused", because=refused.what)
        told = {"heading": "You are not signed in", "words": SORRY, "back": "/sign-in"}
        return self._page("sentence", UNAUTHORIZED, **told)
