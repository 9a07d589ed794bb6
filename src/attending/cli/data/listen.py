"""`attending listen`: take HL7 v2 messages in over MLLP, and map what was stored."""

from __future__ import annotations

import asyncio
import ipaddress
import signal
import ssl
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click
import structlog

from attending.cli.data.ingesting.replay_inbox import ENDING
from attending.cli.serve import log_to_stderr
from attending.cli.speaking.options import STORE
from attending.cli.speaking.wire import CHARSET, SITE, SOURCE, ZONE, zone
from attending.clock import WallClock
from attending.errors import Refused
from attending.ingest.hl7v2.mapping import Feed
from attending.ingest.hl7v2.tables import read_tables
from attending.ingest.mllp.framing import LONGEST
from attending.ingest.mllp.reception import Door
from attending.ingest.mllp.server import MllpServer
from attending.lake.inbox import open_inbox
from attending.lake.inbox_commit import InboxCommit
from attending.loops.system.wire import another_site

if TYPE_CHECKING:
    from collections.abc import Iterator

EVERY = 5.0  # seconds until mapping is begun again, should its process have ended
OURSELVES = "from attending.cli import main; main()"
LEAST = 1024  # bytes a message may have at least, whatever limit is asked for


class Given(TypedDict):
    """What the command was given: one word per option."""

    store: Path
    site: str
    source: str
    host: str
    port: int
    tables: Path | None
    zone_name: str | None
    charset: str
    answer_always: bool
    ids_restart: bool
    longest: int
    tls_cert: Path | None
    tls_key: Path | None
    tls_clients: Path | None


@click.command()
@STORE
@SITE
@SOURCE
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=2575, show_default=True, type=click.IntRange(0, 65535))
@click.option("--tables", type=click.Path(path_type=Path), help="Map by these; else only store.")
@ZONE
@CHARSET
@click.option("--answer-always", is_flag=True, help="Also where MSH-15 and MSH-16 ask for none.")
@click.option(
    "--ids-restart", is_flag=True, help="A control id used before may name a new message."
)
@click.option("--longest", default=LONGEST, show_default=True, type=click.IntRange(LEAST, LONGEST))
@click.option("--tls-cert", type=click.Path(path_type=Path))
@click.option("--tls-key", type=click.Path(path_type=Path))
@click.option("--tls-clients", type=click.Path(path_type=Path), help="CA of senders' certificates.")
def listen(**given: Unpack[Given]) -> None:
    """Listen for HL7 v2 messages: each is stored, on disk, and then acknowledged.

    Prints where it listens. Beyond loopback a sender must show a certificate: MLLP has no
    other way to say who sends. SIGTERM ends it once everything taken is answered.
    """
    log_to_stderr()
    tls = _tls(given["tls_cert"], given["tls_key"], given["tls_clients"])
    if given["tls_clients"] is None and not _is_loopback(given["host"]):
        raise Refused(
            "beyond loopback a sender must show a certificate",
            accepted=["--tls-cert FILE --tls-key FILE --tls-clients FILE"],
        )
    feed = Feed(given["site"], given["source"], zone(given["zone_name"]), given["charset"])
    if given["tables"] is not None:
        read_tables(given["tables"])  # refused now, and not after the first message
    ways = (given["answer_always"], given["ids_restart"])
    door = Door(feed.source, feed.site, feed.charset, *ways)
    asyncio.run(_listen(given, door, feed, tls))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _listen(given: Given, door: Door, feed: Feed, tls: ssl.SSLContext | None) -> None:
    inbox = open_inbox(given["store"])
    if others := [site for site in inbox.sites(feed.source) if site != feed.site]:
        inbox.close()
        raise another_site(feed, others)
    commit = InboxCommit(inbox)
    server = MllpServer(commit, door, WallClock(), longest=given["longest"])
    end = asyncio.Event()
    for name in ENDING:
        asyncio.get_running_loop().add_signal_handler(name, end.set)
    try:
        port = await server.start(given["host"], given["port"], tls)
    except OSError as error:
        commit.close()
        raise Refused(f"cannot listen: {error.strerror}", where=f"port {given['port']}") from error
    click.echo(f"listening for {feed.source} of {feed.site} on {given['host']}:{port}")
    following = asyncio.create_task(_follow(given, end)) if given["tables"] else None
    await end.wait()
    await server.stop()
    commit.close()
    if following is not None:
        await following
    counts = server.counts
    batches = f", {counts.batches:,} batches taken apart" if counts.batches else ""
    click.echo(
        f"{counts.received:,} received{batches}: "
        f"{counts.accepted:,} accepted, {counts.again:,} again, "
        f"{counts.parked:,} parked, {counts.not_kept:,} not stored; "
        f"{counts.between:,} bytes between frames, {counts.cut_off:,} cut off; connections: "
        f"{counts.turned_away:,} turned away, {counts.gave_way:,} gave way, "
        f"{counts.unread:,} that read no answer",
        err=True,
    )


async def _follow(given: Given, end: asyncio.Event) -> None:
    """Let another process map what was stored, so that no answer waits for it."""
    words = ["--zone", given["zone_name"]] if given["zone_name"] else []
    words += ["--store", str(given["store"]), "--tables", str(given["tables"])]
    words += ["--site", given["site"], "--source", given["source"], "--charset", given["charset"]]
    log = structlog.get_logger()
    while not end.is_set():
        with _held_back():
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-c", OURSELVES, "ingest", "replay-inbox", "--follow", *words
            )
        ended, asked = asyncio.create_task(child.wait()), asyncio.create_task(end.wait())
        await asyncio.wait({ended, asked}, return_when=asyncio.FIRST_COMPLETED)
        if end.is_set():
            with suppress(ProcessLookupError):
                child.terminate()
            if await ended:
                log.warning("not all was mapped", code=child.returncode)
            return
        log.warning("mapping ended", code=child.returncode)
        with suppress(TimeoutError):
            await asyncio.wait_for(asked, EVERY)


@contextmanager
def _held_back() -> Iterator[None]:
    """Begin a process that hears it shall end only once it can: what is stored is mapped first."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _tls(cert: Path | None, key: Path | None, clients: Path | None) -> ssl.SSLContext | None:
    if cert is None and clients is None:
        return None
    if cert is None:
        raise Refused("senders' certificates are asked for over TLS", accepted=["--tls-cert FILE"])
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(cert, key)
        if clients is not None:
            context.load_verify_locations(clients)
            context.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ssl.SSLError) as error:
        raise Refused("no usable certificate and key", where=str(cert)) from error
    return context
