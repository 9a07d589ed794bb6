"""Map stored HL7 v2 messages again, or go on mapping what comes."""

from __future__ import annotations

import signal
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import click
import structlog

from attending.cli.serve import log_to_stderr
from attending.cli.speaking.options import OUTPUT, STORE
from attending.cli.speaking.telling import tell
from attending.cli.speaking.wire import CHARSET, SITE, SOURCE, TABLES, ZONE, zone
from attending.errors import NoSuchName, Refused
from attending.ingest.hl7v2.mapping import Feed
from attending.ingest.hl7v2.tables import read_tables
from attending.lake.clinical.store import ClinicalLake
from attending.lake.inbox import inbox_file, open_inbox
from attending.loops.system.wire import Wire
from attending.serve.pseudonym import pseudonyms_of
from attending.wiring import open_books

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from attending.loops.system.wire import Carried

EVERY = 5.0  # seconds between two looks for what was stored and not mapped
ENDING = (signal.SIGTERM, signal.SIGINT)


@click.command("replay-inbox")
@STORE
@TABLES
@SITE
@SOURCE
@ZONE
@CHARSET
@click.option(
    "--release-reused",
    is_flag=True,
    help="Map also what was parked because its control id was used before.",
)
@click.option("--follow", is_flag=True, help="Go on mapping what comes, until told to end.")
@OUTPUT
def replay_inbox(
    *,
    store: Path,
    tables: Path,
    site: str,
    source: str,
    zone_name: str | None,
    charset: str,
    release_reused: bool,
    follow: bool,
    output: str,
) -> None:
    """Map every stored message of a feed again, as after a fix; what is said already is left.

    Nothing is received: what was acknowledged is read from the store.
    """
    if not inbox_file(store).exists():
        raise Refused("no messages are kept here", where=str(store))
    feed = Feed(site, source, zone(zone_name), charset)
    if follow:
        _follow(store, tables, feed)
        return
    found = _carry(store, tables, feed, again=True, release=release_reused)
    tell(_told(found), _lines(found), output)


def _follow(store: Path, tables: Path, feed: Feed) -> None:
    """Map what is new, look after look; a failure is told, and tried anew.

    Where the last look fails too, messages are left unmapped, and the exit code says so.
    """
    log_to_stderr()
    log = structlog.get_logger()
    end = threading.Event()
    for name in ENDING:
        signal.signal(name, lambda *_: end.set())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)  # who began this may have held them back
    is_last, n_failed = False, 0  # looks that failed since the last one that did not
    while not is_last:
        is_last = end.is_set()
        try:
            found = _carry(store, tables, feed)
        except Exception as error:  # noqa: BLE001  one look that fails must not be the last
            n_failed += 1
            said = str(error) if isinstance(error, Refused) else ""  # others may quote messages
            log.warning("not mapped", why=type(error).__name__, said=said, failed=n_failed)
        else:
            n_failed = 0
            if found.messages:
                log.info("mapped", messages=found.messages, **found.words)
        end.wait(EVERY)
    if n_failed:
        raise SystemExit(1)


def _carry(
    store: Path, tables: Path, feed: Feed, *, again: bool = False, release: bool = False
) -> Carried:
    """Carry a feed's messages from where they are stored into the lake."""
    inbox = open_inbox(store)
    try:
        there = inbox.sources()
        if again and feed.source not in there:  # one that is followed may be about to begin
            raise NoSuchName(feed.source, "the feeds of messages kept here", there)
        with ClinicalLake.open(store) as lake, open_books(store) as books:
            wire = Wire(inbox, lake, books, read_tables(tables), feed, partial(_named, store))
            return wire.carry(again=again, release=release)
    finally:
        inbox.close()


def _named(store: Path, number: str) -> str:
    """Give a patient's pseudonym; a store whose feeds merge nobody needs no key for it."""
    return pseudonyms_of(store).of("patient", number)


def _told(found: Carried) -> dict[str, Any]:
    """Give what was carried, as JSON."""
    return {
        "schema": "carried/1",
        "messages": found.messages,
        **{word: found.words[word] for word in ("mapped", "not_mapped", "parked")},
        "rows": dict(found.rows),
        "set_aside": dict(found.parked),
        "clock_ahead": found.ahead,
        "links": found.links,
        "merged": found.merged,
        "to_look_at": found.to_look_at,
        "nothing_made_of": {name: n for name, n in found.unsaid.items() if n},
    }


def _lines(found: Carried) -> Iterator[str]:
    """Say what was carried."""
    words = found.words
    yield (
        f"{found.messages:,} messages: {words['mapped']:,} mapped, "
        f"{words['not_mapped']:,} stored, not mapped, {words['parked']:,} parked"
    )
    rows = found.rows
    yield (
        f"  resources: {rows['new']:,} new, {rows['corrected']:,} corrected, {rows['late']:,} "
        f"late, {rows['deletes']:,} deleted, {rows['no_ops']:,} said already"
    )
    for reason, n in sorted(found.parked.items()):
        yield f"  set aside, {reason.replace('_', ' ')}: {n:,}"
    if found.ahead:
        yield (
            f"  clock ahead: {found.ahead:,} messages say they were sent more than a minute after "
            "they came, and count as known when they came"
        )
    if found.links:
        yield (
            f"  merges of patients: {found.links:,}, new {found.merged:,}, "
            f"for a person {found.to_look_at:,}"
        )
