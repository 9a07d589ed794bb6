"""`attending up`: console, gateway and loops in one process, on one folder of storage.

One process leads a store, by a lock of the operating system that ends with the process: a
second one only reads, and says so. Nothing is kept but the ledger, so that a process that
was killed goes on where it was when it is started again.
"""

from __future__ import annotations

import fcntl
import threading
import webbrowser
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
import structlog

from attending.admit import admit
from attending.cli.actions.evidence import EvidenceActions
from attending.cli.actions.incidents import IncidentActions
from attending.cli.actions.intake import IntakeDesk
from attending.cli.actions.inventory import InventoryActions
from attending.cli.actions.lineage import LineageDesk
from attending.cli.actions.notices import NoticeDesk
from attending.cli.actions.people import PeopleActions
from attending.cli.actions.rollouts import Actions
from attending.cli.serve import log_to_stderr
from attending.cli.speaking.alive import alive
from attending.cli.speaking.failing import failing
from attending.cli.speaking.meanwhile import Meanwhile
from attending.cli.speaking.not_taken_in import not_asked, not_taken_in
from attending.cli.speaking.telling import close
from attending.cli.speaking.watching import Watching, read_watched
from attending.clock import WallClock, stamp
from attending.console.app import build
from attending.console.history import History
from attending.console.parts import Parts as ConsoleParts
from attending.console.practice import Practice
from attending.console.sign_in import Sessions
from attending.console.signing_in.oidc import Oidc, Provider
from attending.console.verifying import Verifying
from attending.errors import Refused, raised_at
from attending.lake.raw import RawFiles
from attending.ledger.open_reader import open_reader
from attending.ledger.origin import is_replay
from attending.loops.carry_out import renew
from attending.loops.data.dropped import taken_files
from attending.loops.data.reading import keep_maps_of, reading_of
from attending.loops.declare import declare
from attending.loops.drops import take_in_drops
from attending.loops.notify import sending
from attending.loops.turn import take_turn
from attending.serve.build import build_engine, build_tool, way_out
from attending.serve.listen import server
from attending.serve.standalone import Doors, standalone
from attending.wiring import live_clock, open_books, open_inbox, open_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from attending.admit import Folder
    from attending.loops.drops import Inbox
    from attending.loops.parts import Folded, Parts
    from attending.serve.gateway import App, Gateway, Receive, Scope, Send
    from attending.serve.tool import Tool

TURN_EVERY = 1.0  # seconds: promise P3, what a person said is seen to within one
RENEW_EVERY = 5  # turns: well within a lease of 30 seconds
JUMP = timedelta(seconds=15)  # half a lease: a gateway may have lapsed meanwhile
WATCHING = "clinical data"
GATEWAY_PATHS = ("/cds-services", "/sites/")
READS_ONLY = "This copy only reads: another attending up leads this store."
REPLAYED = "This store holds a replay, so nothing runs on it; its days are the replay's."
_log = structlog.get_logger("attending.up")


@click.command()
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path))
@click.option("--store", required=True, type=click.Path(path_type=Path), help="Ledger folder.")
@click.option("--port", default=8321, show_default=True, type=click.IntRange(1, 65535))
@click.option("--data", type=click.Path(path_type=Path), help="Views, terms and checks to watch.")
@click.option("--clients", type=click.Path(path_type=Path), help="JSON file of known callers.")
@click.option("--no-auth", is_flag=True, help="Take calls from anybody; for a demo.")
@click.option("--no-browser", is_flag=True, help="Print the way in; open nothing.")
@click.option("--oidc-issuer", default="", help="Identity provider people sign in by.")
@click.option("--oidc-client-id", default="", help="What it knows this console as.")
@click.option("--oidc-client-secret-file", type=click.Path(path_type=Path), help="Its secret.")
def up(
    folders: tuple[Path, ...],
    *,
    store: Path,
    port: int,
    data: Path | None,
    clients: Path | None,
    no_auth: bool,
    no_browser: bool,
    oidc_issuer: str,
    oidc_client_id: str,
    oidc_client_secret_file: Path | None,
) -> None:
    """Run console, gateway and loops on one store, on this machine alone.

    FOLDERS are use-case folders. Without any, what the store holds is shown.
    """
    log_to_stderr()
    admitted = [admit(folder) for folder in folders]
    url, turns = f"http://127.0.0.1:{port}", Turns()
    oidc = provider(oidc_issuer, oidc_client_id, oidc_client_secret_file)
    with ExitStack() as stack:
        leads = stack.enter_context(leadership(store))
        replayed = is_replay(store)
        if leads and not replayed:
            turns.inbox = open_inbox(store)
            lay_out(turns.inbox, admitted)
            if data is not None:
                turns.watching = stack.enter_context(Watching(store, read_watched(data)))
            turns.parts = [stack.enter_context(opened(store, folder)) for folder in admitted]
        doors = Doors(base_url=url, clients=clients) if clients or no_auth else None
        gateway = None
        if leads and not replayed and doors is not None and (tools := _tools(admitted)):
            sites = {n: site.units for folder in admitted for n, site in folder.sites.items()}
            gateway = stack.enter_context(
                standalone(
                    tools, sites, store, name="gateway", doors=doors, clock=live_clock(store)
                )
            )
        notice = partial(noticed, turns, leads=leads, replayed=replayed)
        parts = console_parts(store, admitted, leads=leads, notice=notice, gateway=gateway)
        parts = replace(parts, oidc=oidc, tell_token=tell_token)
        stack.callback(parts.reader.close)
        link = f"{url}/sign-in?token={parts.sessions.issue()}"
        click.echo(f"sign in, once: {link}", err=True)
        if not leads:
            click.echo(READS_ONLY, err=True)
        stack.enter_context(turns.running())
        if leads and not replayed:
            stack.enter_context(sending(stack.enter_context(open_books(store)), store))
        if not no_browser:
            threading.Timer(1.0, webbrowser.open, (link,)).start()
        house = House(build(parts), gateway, turns)
        server(house, host="127.0.0.1", port=port).run()


def tell_token(token: str) -> None:
    """Print a token that somebody asked for on a page; it works once."""
    click.echo(f"a token somebody asked for, to show again who they are: {token}", err=True)


def provider(issuer: str, client_id: str, secret: Path | None) -> Oidc | None:
    """Give the identity provider people sign in by; None where none is named.

    Raises
    ------
    Refused
        It is named by half, or not reached by https.

    """
    if not issuer:
        return None
    if not client_id:
        raise Refused("an identity provider needs --oidc-client-id as well")
    told = secret.read_text("utf-8").strip() if secret is not None else ""
    return Oidc(Provider(issuer, client_id, told), WallClock())


def noticed(turns: Turns, *, leads: bool, replayed: bool) -> str:
    """Say what every page must say now."""
    said = [READS_ONLY] * (not leads) + [REPLAYED] * replayed + [turns.notice()]
    return " ".join(words for words in said if words)


@contextmanager
def leadership(store: Path) -> Iterator[bool]:
    """Try to lead a store; tell whether this process does."""
    if store.is_file():
        raise Refused("a store is a folder, and this is a file", where=str(store))
    store.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (store / "leader.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


@contextmanager
def opened(store: Path, folder: Folder) -> Iterator[tuple[Parts, Folded]]:
    """Open one use case for its turns; what its folder says is declared if nothing was."""
    parts, folded = open_parts(store, folder.use_case.name, folder)
    try:
        declare(parts)
        keep_maps_of(folder, RawFiles(store / "lake" / "raw"))
        yield parts, folded
    finally:
        close(parts.hands)


def lay_out(inbox: Inbox, folders: Sequence[Folder]) -> None:
    """Make the folders that files are dropped in, one for each source."""
    for folder in folders:
        for source in folder.sources:
            inbox.place(folder.use_case.name, source)


def _tools(folders: Sequence[Folder]) -> list[Tool]:
    """Build what answers; a use case without a model is shown and not served."""
    made = []
    for folder in folders:
        wanted = folder.use_case.model
        if wanted is not None:
            model = folder.models[wanted.model]
            release = folder.rollout.release if folder.rollout else model.version
            made.append(
                build_tool(
                    folder.use_case,
                    model,
                    release=release,
                    folder=folder.path,
                    engine=build_engine(
                        model, folder.path, way_out(model, folder.vendors, folder.sites)
                    ),
                    views=reading_of(folder),
                )
            )
    return made


def console_parts(
    store: Path,
    folders: Sequence[Folder],
    *,
    leads: bool,
    notice: Callable[[], str],
    gateway: Gateway | None,
) -> ConsoleParts:
    """Put the console's parts together over a store."""
    clock, reader = live_clock(store), open_reader(store)
    return ConsoleParts(
        reader=reader,
        history=History(reader),
        store=store,
        folders={folder.use_case.name: folder for folder in folders},
        clock=clock,
        sessions=Sessions(WallClock()),
        verifying=Verifying(store, clock),
        actions=Actions(store) if leads else None,
        notice=notice,
        practice=Practice(gateway, clock) if gateway is not None else None,
        people=PeopleActions(store) if leads else None,
        evidence=EvidenceActions(store) if leads else None,
        intake=IntakeDesk(store, reader, acts=leads),
        incidents=IncidentActions(store) if leads else None,
        inventory=InventoryActions(store) if leads else None,
        notices=NoticeDesk(store, reader, acts=leads),
        lineage=LineageDesk(store, reader),
    )


class Turns:
    """The loops: one turn of each use case after the other, until told to stop.

    A turn that fails is tried again at the next; what stands goes on standing, and the
    failure is said on every page.
    """

    def __init__(self, inbox: Inbox | None = None) -> None:
        self.inbox = inbox
        self.parts: list[tuple[Parts, Folded]] = []
        self.watching: Watching | None = None
        self.failed: dict[str, tuple[str, str]] = {}
        self._at: dict[str, datetime] = {}
        self._stop = threading.Event()
        self._n = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Take turns beside whoever is inside."""
        thread = threading.Thread(target=self._run, name="loops", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def notice(self) -> str:
        """Say what fails and which dropped files were not taken in; empty while all is well."""
        said = [
            f"The loops of {name} fail since {since} ({words}); nothing expands meanwhile."
            for name, (since, words) in list(self.failed.items())
        ]
        for _, folded in self.parts:
            said += not_taken_in(dict(folded.drops.refused))
        if self.watching is not None:
            said += not_asked(self.watching.unread)
        return " ".join(said)

    def once(self) -> None:
        """Look over the data that came, and take one turn of each use case."""
        if self.watching is not None:
            with self._trying(WATCHING):
                self.watching.once(self._dropped())
        for parts, folded in self.parts:
            with self._trying(parts.use_case):
                # Renewing may be what fails: a turn without it would call all well in between.
                was_failing = parts.use_case in self.failed
                if self._n % RENEW_EVERY == 0 or self._jumped(parts) or was_failing:
                    renew(parts, folded)
                take_turn(parts, folded, self._paced())
        self._n += 1

    def _paced(self) -> Inbox | None:
        return self.inbox and replace(self.inbox, between=Meanwhile(self.parts, self._stop))

    def _dropped(self) -> dict[str, list[Path]]:
        """Take in what was dropped, so that it is checked before anything is decided on it."""
        found: dict[str, list[Path]] = {}
        for parts, folded in self.parts:
            with suppress(Exception):  # its own turn tries it again, and tells
                if (inbox := self._paced()) is not None:
                    take_in_drops(parts, folded, inbox)
            found |= taken_files(parts, folded)
        return found

    @contextmanager
    def _trying(self, name: str) -> Iterator[None]:
        try:
            yield
            self.failed.pop(name, None)
        except Exception as error:  # noqa: BLE001  whatever it was, the next turn comes
            refused = str(error) if isinstance(error, Refused) else ""
            words = failing(error) or refused or type(error).__name__
            if name not in self.failed:
                _log.error("turn_failed", use_case=name, because=words, at=raised_at(error))
            since = self.failed.get(name, (stamp(WallClock().now()), ""))[0]
            self.failed[name] = (since, words)

    def _jumped(self, parts: Parts) -> bool:
        """Tell whether more time went by than turns take, as after a machine was asleep."""
        now, last = parts.clock.now(), self._at.get(parts.use_case)
        self._at[parts.use_case] = now
        return last is not None and not timedelta(0) <= now - last < JUMP

    def _run(self) -> None:
        while not self._stop.is_set():
            self.once()
            self._stop.wait(TURN_EVERY)


class House:
    """The ASGI app of all doors: machines go to the gateway, people to the console."""

    def __init__(self, console: App, gateway: Gateway | None, turns: Turns) -> None:
        self._console = console
        self._gateway = gateway
        self._turns = turns

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        path = scope["path"]
        is_machine = path.startswith(GATEWAY_PATHS) or path in ("/metrics", "/readyz")
        if is_machine and self._gateway is not None:
            await self._gateway(scope, receive, send)
        elif path == "/metrics":
            failing = f"attending_loops_failing {len(self._turns.failed)}\n"
            await _answer(send, 200, "text/plain; version=0.0.4", failing)
        elif path == "/cds-services":
            await _answer(send, 200, "application/json", '{"services":[]}')
        else:
            await self._console(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            async with alive(self._console), alive(self._gateway):
                await send({"type": "lifespan.startup.complete"})
                await receive()
        except Refused as refused:
            await send({"type": "lifespan.startup.failed", "message": str(refused)})
            return
        await send({"type": "lifespan.shutdown.complete"})


async def _answer(send: Send, status: int, kind: str, body: str) -> None:
    headers = [(b"content-type", kind.encode()), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})
