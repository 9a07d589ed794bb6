"""The gateway by itself, on a store that other processes may use at the same time.

It needs nothing but specs, the ledger and a snapshot file: no measuring, no deciding, no
console. In the store it keeps, for its owner alone, ``gateway/payloads`` (what models
were given), ``gateway/pseudonym.key`` and ``gateway/seen-NAME`` (tokens already used).
"""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import msgspec

from attending.clock import WallClock
from attending.errors import Refused
from attending.ledger.group_commit import GroupCommit
from attending.ledger.open_ledger import open_ledger
from attending.serve.build import build_channels
from attending.serve.clients import Client, Clients
from attending.serve.exposure import Exposures
from attending.serve.gateway import Gateway
from attending.serve.parts import Options, Parts
from attending.serve.payloads import FilePayloads
from attending.serve.pseudonym import Pseudonyms
from attending.serve.readback import Watch
from attending.serve.seen import Seen
from attending.serve.tool import Tools

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from attending.serve.tool import Tool

KEY_BYTES = 32
OWNER_ONLY = 0o600
SNAPSHOT = "snapshot.json"


@contextmanager
def standalone(
    tools: Sequence[Tool],
    sites: Sequence[str],
    store: Path,
    *,
    name: str,
    base_url: str,
    clients: Path | None,
) -> Iterator[Gateway]:
    """Open a store and put a gateway on it; both are closed at the end.

    Parameters
    ----------
    tools, sites
        What is served, and where.
    store
        The ledger's folder; ``snapshot.json`` in it says what may be shown.
    name
        The gateway's name in read-backs; no two on one store may bear the same.
    base_url
        The address callers use.
    clients
        A JSON file of callers on record; None lets anybody call.

    """
    own = store / "gateway"
    own.mkdir(mode=0o700, parents=True, exist_ok=True)
    clock = WallClock()
    known = None if clients is None else read_clients(clients)
    reader, pen = open_ledger(store)
    group = GroupCommit(pen)
    try:
        seen = Seen(own / f"seen-{name}", now=clock.now().timestamp())
        gateway = Gateway(
            Parts(
                gateway=name,
                sites=tuple(sites),
                tools=Tools(tuple(tools)),
                channels=build_channels(tool.use_case for tool in tools),
                exposures=Exposures(name),
                pen=group,
                payloads=FilePayloads(own / "payloads"),
                pseudonyms=Pseudonyms(pseudonym_key(own / "pseudonym.key")),
                clock=clock,
                clients=None if known is None else Clients(known, seen),
                options=Options(base_url=base_url.rstrip("/")),
            )
        )
        gateway.beside.append(Watch(gateway, store / SNAPSHOT).run)
        yield gateway
    finally:
        group.close()
        pen.close()
        reader.close()


def read_clients(path: Path) -> list[Client]:
    """Read the file of callers on record.

    Raises
    ------
    Refused
        With the place in it that cannot be read.

    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[Client])
    except (OSError, msgspec.MsgspecError) as error:
        raise Refused(f"the file of callers cannot be read: {error}", where=str(path)) from error


def pseudonym_key(path: Path) -> bytes:
    """Read the key of pseudonyms, and draw one where there is none.

    Every gateway and every import that is to give a person the same pseudonym must hold
    the same key; losing it breaks that link and nothing else.
    """
    with suppress(FileExistsError):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        try:
            os.write(file, secrets.token_bytes(KEY_BYTES))
            os.fsync(file)
        finally:
            os.close(file)
    return path.read_bytes()
