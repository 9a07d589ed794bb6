"""The gateway by itself, on a store that other processes may use at the same time.

It needs nothing but specs, the ledger and a snapshot file: no measuring, no deciding, no
console. In the store it keeps, for its owner alone, ``gateway/seen-NAME`` (tokens already
used) and, where nobody keeps them elsewhere, ``gateway/pseudonym.key`` and
``keys/payload.key``: what models were given is sealed with it. Every gateway and every
import that is to give a person the same pseudonym must hold the same pseudonym key.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from attending import shapes
from attending.clock import WallClock, stamp
from attending.errors import Refused
from attending.facts.fact import By
from attending.facts.model_fetched import fetched
from attending.ledger import layout
from attending.ledger.group_commit import GroupCommit
from attending.ledger.open_ledger import open_ledger
from attending.serve.build import build_channels
from attending.serve.callers.on_record import OnRecord, registering
from attending.serve.cases import Cases
from attending.serve.clients import Client, Clients
from attending.serve.exposure import Exposures
from attending.serve.found_here import FoundHere
from attending.serve.gateway import Gateway
from attending.serve.parts import Options, Parts
from attending.serve.pseudonym import pseudonyms_of
from attending.serve.readback import Watch
from attending.serve.seen import Seen
from attending.serve.tool import Tools

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from attending.clock import Clock
    from attending.facts.fact import Fact
    from attending.ledger.read import Reader
    from attending.serve.tool import Tool

SNAPSHOT = "snapshot.json"
CALLERS = '[{"issuer": "https://ehr.example", "sites": ["alder"], "jwks": {"keys": [...]}}]'


class Doors(msgspec.Struct, frozen=True, kw_only=True):
    """How a gateway stands to the world outside.

    Attributes
    ----------
    base_url
        The address callers use.
    clients
        A JSON file of callers on record; None lets anybody call.
    payload_key
        The key that payloads are sealed with; None keeps it in the store.

    """

    base_url: str
    clients: Path | None = None
    payload_key: Path | None = None


@contextmanager
def standalone(
    tools: Sequence[Tool],
    sites: Mapping[str, Collection[str]],
    store: Path,
    *,
    name: str,
    doors: Doors,
    clock: Clock | None = None,
) -> Iterator[Gateway]:
    """Open a store and put a gateway on it; both are closed at the end.

    Parameters
    ----------
    tools, sites
        What is served, and where; each site with the units its spec declares, which go on
        record by their names.
    store
        The ledger's folder; ``snapshot.json`` in it says what may be shown.
    name
        The gateway's name in read-backs; no two on one store may bear the same.
    doors
        Who may call, at which address, and the key to what is kept.
    clock
        The time; the machine's own when none is given.

    """
    own = store / "gateway"
    own.mkdir(mode=0o700, parents=True, exist_ok=True)
    clock = clock or WallClock()
    known = None if doors.clients is None else read_clients(doors.clients)
    reader, pen = open_ledger(store, payload_key=doors.payload_key or layout.payload_key(store))
    group = GroupCommit(pen)
    try:
        read = _files_read(tools, By(person=name, via="gateway"), stamp(clock.now()))
        if read:
            pen.append(read)
        clients = None if known is None else _clients(known, own / f"seen-{name}", clock, reader)
        if clients is not None:
            by = By(person=name, via="gateway")
            new = registering(
                clients.credentials(), clients.on_record.known, by=by, at=stamp(clock.now())
            )
            pen.append(new)
            clients.on_record.refresh()
        gateway = Gateway(
            Parts(
                gateway=name,
                sites=tuple(sites),
                tools=Tools(tuple(tools)),
                channels=build_channels(tool.use_case for tool in tools),
                exposures=Exposures(name),
                pen=group,
                pseudonyms=pseudonyms_of(store),
                clock=clock,
                clients=clients,
                cases=Cases(clock, reader),
                units={site: frozenset(of) for site, of in sites.items()},
                found_here=FoundHere(reader, [tool.use_case for tool in tools]),
                options=Options(base_url=doors.base_url.rstrip("/")),
            )
        )
        gateway.beside.append(Watch(gateway, store / SNAPSHOT).run)
        yield gateway
    finally:
        group.close()
        pen.close()
        reader.close()


def _files_read(tools: Sequence[Tool], by: By, at: str) -> list[Fact]:
    """Give the facts that models' files were read; there before anything is answered with them."""
    return [
        fetched(tool.file, use_case=tool.name, release=tool.release, by=by, at=at)
        for tool in tools
        if tool.file is not None
    ]


def _clients(known: Sequence[Client], tokens: Path, clock: Clock, reader: Reader) -> Clients:
    seen = Seen(tokens, now=clock.now().timestamp())
    return Clients(known, seen, OnRecord(reader))


def read_clients(path: Path) -> list[Client]:
    """Read the file of callers on record.

    Raises
    ------
    Refused
        With the place in it that cannot be read.

    """
    try:
        return shapes.decode(path.read_bytes(), list[Client])
    except (OSError, msgspec.MsgspecError) as error:
        because = f"the file of callers cannot be read: {error}"
        raise Refused(because, where=str(path), accepted=[CALLERS]) from error
