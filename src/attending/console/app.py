"""The console as an ASGI app: each page found by being there, behind one guard."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import anyio.to_thread
import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import (
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from attending import rooms
from attending.console import pages
from attending.console.access import UNDECLARED, NotAllowed
from attending.console.entrance.door import Asking, Door
from attending.console.entrance.handing_over import HandingOver
from attending.console.entrance.looking import PURPOSES
from attending.console.entrance.recognizing import Recognizing
from attending.console.entrance.showing_again import ShowingAgain
from attending.console.guard import (
    COOKIE,
    Guard,
    NotOurs,
    NotSignedIn,
    check_csrf,
    check_origin,
    form_of,
    give_session,
    session_id,
    session_of,
)
from attending.console.page import Again, Asked, NotNow, Page
from attending.console.render import environment, menu_of, values
from attending.console.sign_in import NotDeclared
from attending.console.words import opened
from attending.errors import GateNotMet, NoSuchName, ProofFailed, Refused, Stale

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from jinja2 import Environment
    from starlette.requests import Request
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp

    from attending.console.chart import Chart
    from attending.console.parts import Parts

    Endpoint = Callable[[Request], Awaitable[Response]]

GOOD, SEE_OTHER, BAD, UNAUTHORIZED = 200, 303, 400, 401
FORBIDDEN, MISSING, CONFLICT, BROKEN = 403, 404, 409, 500
LATEST_DAY = 10**6
UNKNOWN = "That token is not known, or was used already. Start attending again to be given another."
NOTHING_DONE = "Nothing was done"


def build(parts: Parts) -> ASGIApp:
    """Give the console's ASGI app; the guard stands outside even of what answers failures."""
    console = Console(parts)
    app = Starlette(
        routes=console.routes(),
        exception_handlers={
            NotSignedIn: console.not_signed_in,
            NotOurs: console.not_ours,
            NotNow: console.not_now,
            NotAllowed: console.not_allowed,
            Refused: console.refused,
            HTTPException: console.failed,
            Exception: console.failed,
        },
        lifespan=console.lifespan,
    )
    return Guard(app, parts)


def found_pages() -> list[tuple[str, Page]]:
    """List the pages there are, by the names of their files."""
    found = [(name, rooms.fetch(pages, name)) for name in rooms.names(pages)]
    return [(name, page) for name, page in found if isinstance(page, Page)]


class Console:
    """The app's answers.

    Parameters
    ----------
    parts
        What it is built from.

    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._door = Door(parts)
        self._pages = found_pages()
        self._templates: Environment = environment(self._pages)

    def routes(self) -> list[BaseRoute]:
        """Give every route; a page's charts are to be had beside it."""
        static = StaticFiles(directory=str(files("attending.console") / "static"))
        made: list[BaseRoute] = [
            Route("/healthz", self.healthz),
            Route("/readyz", self.readyz),
            Route("/sign-in", self.sign_in, methods=["GET", "POST"]),
            Route("/sign-out", self.sign_out, methods=["POST"]),
            Mount("/static", static),
            *HandingOver(self._parts, self._door).routes(),
        ]
        provider = None
        if self._parts.oidc is not None:
            access = self._door.access
            provider = Recognizing(self._parts.oidc, self._parts, access, self._page)
            made += provider.routes()
        made += ShowingAgain(self._parts, self._page, provider).routes()
        for name, page in self._pages:
            shown = self._show(name, page)
            made.append(Route(page.path, shown, methods=["GET"]))
            if page.do is not None or page.about is not None:
                made.append(Route(page.path, self._do(name, page), methods=["POST"]))
        for _, page in self._pages:
            beside = page.path.rstrip("/")
            made.append(Route(beside + "/{chart}.{form:str}", self._chart(page), methods=["GET"]))
        return made

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        """Verify once at the start, and end the drawing process at the end."""
        self._parts.verifying.soon()
        yield
        self._parts.drawing.close()

    async def healthz(self, _request: Request) -> Response:
        """Say that the process answers."""
        return PlainTextResponse("ok\n")

    async def readyz(self, _request: Request) -> Response:
        """Say that the ledger can be read."""
        try:
            await anyio.to_thread.run_sync(self._parts.reader.size)
        except Exception:  # noqa: BLE001  whatever it was, pages cannot be had
            return PlainTextResponse("the ledger cannot be read\n", 503)
        return PlainTextResponse("ready\n")

    async def sign_in(self, request: Request) -> Response:
        """Ask for the token, and exchange it for a session."""
        if request.method == "GET":
            token = request.query_params.get("token", "")
            return self._page("sign_in", GOOD, token=token, wrong="", **self._sign_in_words())
        check_origin(request, self._parts)
        form = await form_of(request)
        people = await anyio.to_thread.run_sync(lambda: self._door.access.people)
        token, name = form.get("token", ""), form.get("person", "")
        known = people.is_here if people.is_declared else None
        try:
            made = self._parts.sessions.exchange(token, name, known)
            wrong = UNKNOWN
        except NotDeclared as refused:
            made, wrong = None, opened(f"{refused}.")
        if made is None:
            wrong = wrong if name.strip() else "Say who you are."
            words = self._sign_in_words()
            return self._page("sign_in", UNAUTHORIZED, token=token, wrong=wrong, **words)
        return self.welcome(made)

    def _sign_in_words(self) -> dict[str, object]:
        undeclared = "" if self._door.is_declared else UNDECLARED
        return {"undeclared": undeclared, "provider": self._parts.oidc is not None}

    def welcome(self, made: str) -> Response:
        """Give a new session to a browser."""
        answer = RedirectResponse("/", SEE_OTHER)
        give_session(answer, made, self._parts)
        return answer

    async def sign_out(self, request: Request) -> Response:
        """End the session, here at the server, and at the provider where it says how."""
        session = session_of(request, self._parts)
        check_origin(request, self._parts)
        check_csrf(await form_of(request), session)
        self._parts.sessions.end(session_id(request))
        where, oidc = "", self._parts.oidc
        if oidc is not None and session.auth == ("oidc",):
            back = f"{self._parts.origin}://{request.headers.get('host', '')}/sign-in"
            where = await anyio.to_thread.run_sync(oidc.sign_out, back)
        if where:  # a page and no redirect: our forms lead to ourselves alone
            answer: Response = self._page("signed_out", GOOD, where=where)
        else:
            answer = RedirectResponse("/sign-in", SEE_OTHER)
        answer.delete_cookie(COOKIE, path="/")
        return answer

    def _show(self, name: str, page: Page) -> Endpoint:
        async def show(request: Request) -> Response:
            asked = self._asked(request, page)
            where = _where(request)
            return await anyio.to_thread.run_sync(self._shown, name, page, asked, where)

        return show

    def _shown(self, name: str, page: Page, asked: Asked, where: str) -> Response:
        asked = self._door.known(asked, page)
        asking = self._door.open(asked, page, where)
        if asking is not None:
            return self._what_for(asked, page, asking, where)
        answer = self._filled(name, page, self._door.as_broken(asked, where))
        self._door.note(asked, page)
        return answer

    def _what_for(self, asked: Asked, page: Page, asking: Asking, where: str) -> Response:
        template = self._templates.get_template("templates/what_for.html")
        told = self._values(asked, page) | {"asking": asking, "where": where, "purposes": PURPOSES}
        return HTMLResponse(template.render(told), FORBIDDEN)

    def _values(self, asked: Asked, page: Page) -> dict[str, Any]:
        told = values(asked, page)
        if self._door.is_declared:
            seen = [p for _, p in self._pages if p.menu and self._door.may_open(asked, p)]
            return told | {"menu": menu_of(seen), "undeclared": ""}
        return told | {"undeclared": UNDECLARED}

    def _filled(self, name: str, page: Page, asked: Asked, status: int = GOOD) -> Response:
        told = dict(page.show(asked))
        charts: list[Chart] = list(told.get("charts", ()))
        told["charts"] = {chart.name: chart for chart in charts}
        told["pictures"] = {chart.name: self._parts.drawing.picture(chart) for chart in charts}
        told["beside"] = page.path.rstrip("/").format(**asked.path)
        template = self._templates.get_template(f"pages/{name}.html")
        return HTMLResponse(template.render(self._values(asked, page) | told), status)

    def _do(self, name: str, page: Page) -> Endpoint:
        async def do(request: Request) -> Response:
            session = session_of(request, self._parts)
            check_origin(request, self._parts)
            form = await form_of(request)
            check_csrf(form, session)
            query = dict(request.query_params)
            asked = Asked(self._parts, session, dict(request.path_params), query)
            doing = partial(self._done, page, asked, form, _where(request))
            try:
                where = await anyio.to_thread.run_sync(doing)
            except Again as again:
                asked = replace(asked, again=again)
                status = CONFLICT if isinstance(again.refused, (Stale, GateNotMet)) else BAD
                return await anyio.to_thread.run_sync(self._again, name, page, asked, status)
            return RedirectResponse(where, SEE_OTHER)

        return do

    def _again(self, name: str, page: Page, asked: Asked, status: int) -> Response:
        """Show a page anew with what was typed, as far as it may be seen."""
        return self._filled(name, page, self._door.known(asked, page), status)

    def _done(self, page: Page, asked: Asked, form: dict[str, str], where: str) -> str:
        asked = self._door.known(asked, page)
        if self._door.is_look(page, form):
            self._door.look(asked, page, form, where)
            return where
        self._door.act(asked, page, form)
        if page.do is None:
            raise NotNow("nothing can be done here")
        return page.do(asked, form)

    def _chart(self, page: Page) -> Endpoint:
        async def chart(request: Request) -> Response:
            asked = self._asked(request, page)
            name, form = request.path_params["chart"], request.path_params["form"]
            found = await anyio.to_thread.run_sync(self._drawn, page, asked, name)
            if found is None or form not in ("csv", "json"):
                raise NoSuchName(name, "the charts of this page", ())
            if form == "csv":
                headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
                return Response(found.csv(), media_type="text/csv", headers=headers)
            return Response(msgspec.json.encode(found.spec), media_type="application/json")

        return chart

    def _drawn(self, page: Page, asked: Asked, name: str) -> Chart | None:
        """Give one chart of a page, to whoever may see the page."""
        asked = self._door.known(asked, page)
        if self._door.open(asked, page, "") is not None:
            raise NotAllowed("open the page first, and say what you look at it for")
        told = page.show(asked)
        found = next((c for c in told.get("charts", ()) if c.name == name), None)
        self._door.note(asked, page)
        return found

    def _asked(self, request: Request, page: Page) -> Asked:
        session = session_of(request, self._parts)
        query = dict(request.query_params)
        day = _day(query.get("as_of", "")) if page.has_past else None
        return Asked(self._parts, session, dict(request.path_params), query, day)

    def _page(self, name: str, status: int, **told: object) -> Response:
        told = {"back": "/"} | told
        template = self._templates.get_template(f"templates/{name}.html")
        return HTMLResponse(template.render(values(None, None) | told), status)

    async def not_signed_in(self, request: Request, _error: Exception) -> Response:
        """Say how to sign in."""
        return self._page("not_signed_in", UNAUTHORIZED, here=str(request.url.path))

    async def not_ours(self, _request: Request, _error: Exception) -> Response:
        """Refuse a form that is not ours."""
        words = "That form did not come from a page of this console. Nothing was done."
        return self._page("sentence", FORBIDDEN, heading=NOTHING_DONE, words=words)

    async def not_allowed(self, request: Request, error: Exception) -> Response:
        """Say who may; whoever comes in by the front door is led to what they may open."""
        session = self._parts.sessions.who(session_id(request))
        if request.method == "GET" and request.url.path == "/" and session is not None:
            asked = Asked(self._parts, session)
            seen = [p for _, p in self._pages if p.menu and self._door.may_open(asked, p)]
            for path, _ in menu_of(seen)[:1]:
                return RedirectResponse(path, SEE_OTHER)
        heading = NOTHING_DONE if request.method == "POST" else "This is not open to you"
        told = {"heading": heading, "words": opened(f"{error}."), "back": _back(request)}
        return self._page("sentence", FORBIDDEN, **told)

    async def not_now(self, request: Request, error: Exception) -> Response:
        """Say why something cannot be done."""
        told = {"heading": NOTHING_DONE, "words": opened(str(error)), "back": _back(request)}
        return self._page("sentence", CONFLICT, **told)

    async def refused(self, request: Request, error: Exception) -> Response:
        """Say what was refused, and what would have been accepted."""
        if isinstance(error, NoSuchName):
            status, heading = MISSING, "There is no such page"
        elif isinstance(error, ProofFailed):
            status, heading = BROKEN, "The ledger does not hold"
        elif isinstance(error, (Stale, GateNotMet)):
            status, heading = CONFLICT, NOTHING_DONE
        else:
            status, heading = BAD, "That was refused"
        if request.method == "POST" and not isinstance(error, ProofFailed):
            heading = NOTHING_DONE
        told = {"heading": heading, "words": opened(str(error)), "back": _back(request)}
        return self._page("sentence", status, **told)

    async def failed(self, _request: Request, error: Exception) -> Response:
        """Say that something is missing or broken, and quote nothing."""
        if isinstance(error, HTTPException):
            words = "The address leads nowhere." if error.status_code == MISSING else error.detail
            return self._page(
                "sentence", error.status_code, heading="There is no such page", words=words
            )
        words = "Something broke on our side. The AI tools do not depend on this console."
        return self._page("sentence", BROKEN, heading="This page broke", words=words)


def _where(request: Request) -> str:
    """Give a request's own address on this console."""
    path = quote(request.url.path, safe="/")
    return f"{path}?{request.url.query}" if request.url.query else path


def _back(request: Request) -> str:
    """Give the page to go back to: the rollout that something was asked of, or Today."""
    use_case = request.path_params.get("use_case") if request.method == "POST" else None
    return f"/rollouts/{quote(use_case, safe='')}" if use_case else "/"


def _day(text: str) -> int | None:
    """Read the day asked for.

    Raises
    ------
    Refused
        It is no day.

    """
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or int(text) > LATEST_DAY:
        raise Refused("as_of takes the number of a day", accepted=["as_of=238"])
    return int(text)
