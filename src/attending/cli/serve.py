"""`attending serve`: the gateway alone, on a store that others may use at the same time."""

from __future__ import annotations

import os
import secrets
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec
import structlog

from attending.admit import admit
from attending.clock import WallClock
from attending.errors import Refused
from attending.ledger.group_commit import GroupCommit
from attending.ledger.open_ledger import open_ledger
from attending.serve.build import build_channels, build_tool
from attending.serve.clients import Client, Clients
from attending.serve.exposure import Exposures
from attending.serve.gateway import Gateway
from attending.serve.listen import check_address, server
from attending.serve.parts import Options, Parts
from attending.serve.payloads import FilePayloads
from attending.serve.pseudonym import Pseudonyms
from attending.serve.readback import Watch
from attending.serve.seen import Seen
from attending.serve.tool import Tools

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attending.admit import Folder
    from attending.clock import Clock
    from attending.serve.tool import Tool

KEY_BYTES = 32
OWNER_ONLY = 0o600


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--store",
    required=True,
    type=click.Path(path_type=Path),
    help="The ledger's folder.",
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8400, show_default=True, type=click.IntRange(1, 65535))
@click.option("--name", default="gateway", show_default=True, help="This gateway, in read-backs.")
@click.option("--site", "sites", multiple=True, help="Serve these sites only; all of them if none.")
@click.option("--base-url", help="The address callers use; their tokens must name it.")
@click.option("--clients", type=click.Path(path_type=Path), help="JSON file of known callers.")
@click.option("--no-auth", is_flag=True, help="Take calls from anybody; loopback only, for a demo.")
@click.option("--tls-cert", type=click.Path(path_type=Path))
@click.option("--tls-key", type=click.Path(path_type=Path))
@click.option("--no-browser", is_flag=True, help="Open nothing; the gateway has no pages.")
def serve(**given: Any) -> None:  # noqa: ANN401  one parameter per option of the command
    """Answer calls for the use cases in FOLDERS, recording each before it is shown.

    What may be shown where is read from DIR/snapshot.json, and nothing is shown without.
    """
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    cert, key = given["tls_cert"], given["tls_key"]
    if bool(given["clients"]) == given["no_auth"]:
        raise Refused("say who may call", accepted=["--clients FILE", "--no-auth (for a demo)"])
    check_address(given["host"], is_authenticated=not given["no_auth"], is_encrypted=bool(cert))
    admitted = [admit(folder) for folder in given["folders"]]
    store: Path = given["store"]
    reader, pen = open_ledger(store)
    group = GroupCommit(pen)
    url = given["base_url"] or f"http{'s' if cert else ''}://{given['host']}:{given['port']}"
    gateway = open_gateway(
        admitted,
        store,
        pen=group,
        name=given["name"],
        only=given["sites"],
        access=(url, given["clients"]),
    )
    click.echo(f"serving {', '.join(gateway.parts.tools.names())} on {url}", err=True)
    try:
        server(
            gateway,
            host=given["host"],
            port=given["port"],
            cert=str(cert) if cert else None,
            key=str(key) if key else None,
        ).run()
    finally:
        group.close()
        pen.close()
        reader.close()


def open_gateway(
    folders: Sequence[Folder],
    store: Path,
    *,
    pen: GroupCommit,
    name: str,
    only: Sequence[str],
    access: tuple[str, Path | None],
) -> Gateway:
    """Put a gateway together from admitted folders and a store.

    Parameters
    ----------
    folders
        As admitted.
    store
        Where the snapshot is read, and payloads and keys are kept.
    pen
        The ledger's.
    name
        The gateway's name.
    only
        Sites to serve; all of them when empty.
    access
        The address callers use, and the file of callers (None: anybody).

    """
    url, clients = access
    clock = WallClock()
    own = store / "gateway"
    own.mkdir(mode=0o700, parents=True, exist_ok=True)
    tools = [tool for folder in folders for tool in _tools(folder)]
    parts = Parts(
        gateway=name,
        sites=_sites(folders, only),
        tools=Tools(tuple(tools)),
        channels=build_channels(tool.use_case for tool in tools),
        exposures=Exposures(name),
        pen=pen,
        payloads=FilePayloads(own / "payloads"),
        pseudonyms=Pseudonyms(_key(own / "pseudonym.key")),
        clock=clock,
        clients=None if clients is None else _clients(clients, own / f"seen-{name}", clock),
        options=Options(base_url=url.rstrip("/")),
    )
    gateway = Gateway(parts)
    watch = Watch(gateway, store / "snapshot.json")
    gateway.beside.append(watch.run)
    return gateway


def _tools(folder: Folder) -> list[Tool]:
    """Build a folder's tool; a use case without a model is replayed, not served."""
    wanted = folder.use_case.model
    if wanted is None:
        raise Refused("this use case has no model to answer", where=str(folder.path))
    model = folder.models[wanted.model]
    release = folder.rollout.release if folder.rollout else model.version
    return [build_tool(folder.use_case, model, release=release, folder=folder.path)]


def _sites(folders: Sequence[Folder], only: Sequence[str]) -> tuple[str, ...]:
    known = sorted({site for folder in folders for site in folder.sites})
    for site in only:
        if site not in known:
            raise Refused(f"no site {site!r} in these folders", accepted=known)
    return tuple(only) or tuple(known)


def _clients(path: Path, seen: Path, clock: Clock) -> Clients:
    try:
        listed = msgspec.json.decode(path.read_bytes(), type=list[Client])
    except (OSError, msgspec.MsgspecError) as error:
        raise Refused(f"the file of callers cannot be read: {error}", where=str(path)) from error
    return Clients(listed, Seen(seen, now=clock.now().timestamp()))


def _key(path: Path) -> bytes:
    """Read the key of pseudonyms, and draw one where there is none.

    Every gateway and every replay that is to give a person the same pseudonym must hold
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
