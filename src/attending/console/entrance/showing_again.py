"""Showing again who one is, as some rules ask of who signs: by the provider, or by a new token.

A new token is told where attending runs and nowhere else, as the first one was.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import anyio.to_thread
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from attending.console.guard import (
    check_csrf,
    check_origin,
    form_of,
    give_session,
    session_id,
    session_of,
)
from attending.loops.system.vouching import RE_AUTH_MINUTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from attending.console.entrance.recognizing import Recognizing
    from attending.console.parts import Parts

PATH = "/sign-in/again"
OURS = re.compile(r"/[A-Za-z0-9_.-][A-Za-z0-9/_.-]*|/")  # a path of this console, and no address
SEE_OTHER, GOOD, UNAUTHORIZED, CONFLICT = 303, 200, 401, 409


class ShowingAgain:
    """Lets who is signed in show again who they are.

    Parameters
    ----------
    parts
        What the console is built from.
    page
        Makes a page of a template, a status and its values.
    provider
        Signs people in by an identity provider; None where a token alone does.

    """

    def __init__(
        self, parts: Parts, page: Callable[..., Response], provider: Recognizing | None
    ) -> None:
        self._parts = parts
        self._page = page
        self._provider = provider

    def routes(self) -> list[Route]:
        """Give the addresses of showing again who one is."""
        return [
            Route(PATH, self.show, methods=["GET"]),
            Route(PATH, self.take, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Lead to the provider, or ask for another token."""
        session = session_of(request, self._parts)
        back = _back(request.query_params.get("back", "/"))
        if self._provider is not None and session.auth == ("oidc",):
            return await self._provider.again(request, back)
        return self._asking(request, GOOD, back)

    async def take(self, request: Request) -> Response:
        """Take another token for a session drawn anew; or have one told where attending runs."""
        session = session_of(request, self._parts)
        check_origin(request, self._parts)
        form = await form_of(request)
        check_csrf(form, session)
        back = _back(form.get("back", "/"))
        if form.get("what") == "tell":
            if self._parts.tell_token is None:
                return self._asking(request, CONFLICT, back, wrong="No token can be told here.")
            token = self._parts.sessions.issue()
            await anyio.to_thread.run_sync(self._parts.tell_token, token)
            return self._asking(request, GOOD, back, told=True)
        made = self._parts.sessions.again(session_id(request), form.get("token", ""))
        if made is None:
            words = "That token is not known, or was used already."
            return self._asking(request, UNAUTHORIZED, back, wrong=words)
        answer = RedirectResponse(back, SEE_OTHER)
        give_session(answer, made, self._parts)
        return answer

    def _asking(
        self, request: Request, status: int, back: str, *, wrong: str = "", told: bool = False
    ) -> Response:
        session = session_of(request, self._parts)
        said = {"csrf": session.csrf, "who": session.person, "minutes": RE_AUTH_MINUTES}
        can_tell = self._parts.tell_token is not None
        return self._page(
            "show_again", status, **said, back=back, wrong=wrong, told=told, can_tell=can_tell
        )


def _back(asked: str) -> str:
    """Give the page to go on with, if it is one of this console's; Today otherwise."""
    return asked if OURS.fullmatch(asked) else "/"
