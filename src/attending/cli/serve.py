"""`attending serve`: the gateway alone, on a store that others may use at the same time."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import structlog

from attending.admit import admit
from attending.errors import Refused
from attending.loops.data.reading import reading_of
from attending.serve.build import build_engine, build_tool, way_out
from attending.serve.listen import check_address, server
from attending.serve.standalone import Doors, standalone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attending.admit import Folder
    from attending.serve.tool import Tool

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--store", required=True, type=click.Path(path_type=Path), help="Ledger folder.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8400, show_default=True, type=click.IntRange(1, 65535))
@click.option("--name", default="gateway", show_default=True, help="This gateway, in read-backs.")
@click.option("--site", "sites", multiple=True, help="Serve these sites only; all of them if none.")
@click.option("--base-url", help="The address callers use; their tokens must name it.")
@click.option("--clients", type=click.Path(path_type=Path), help="JSON file of known callers.")
@click.option("--no-auth", is_flag=True, help="Take calls from anybody; loopback only, for a demo.")
@click.option("--payload-key", type=click.Path(path_type=Path), help="Key file for payloads.")
@click.option("--tls-cert", type=click.Path(path_type=Path))
@click.option("--tls-key", type=click.Path(path_type=Path))
@click.option("--no-browser", is_flag=True, help="Open nothing; the gateway has no pages.")
def serve(**given: Any) -> None:  # noqa: ANN401  one parameter per option of the command
    """Answer calls for the use cases in FOLDERS, recording each before it is shown.

    What may be shown where is read from snapshot.json in the store; without it, nothing is.
    """
    log_to_stderr()
    cert, key = given["tls_cert"], given["tls_key"]
    if bool(given["clients"]) == given["no_auth"]:
        raise Refused("say who may call", accepted=["--clients FILE", "--no-auth (for a demo)"])
    if not NAME.fullmatch(given["name"]):
        raise Refused(f"no gateway can be named {given['name']!r}", accepted=[NAME.pattern])
    check_address(given["host"], is_authenticated=not given["no_auth"], is_encrypted=bool(cert))
    folders = [admit(folder) for folder in given["folders"]]
    url = given["base_url"] or f"http{'s' if cert else ''}://{given['host']}:{given['port']}"
    with standalone(
        [_tool(folder) for folder in folders],
        _sites(folders, given["sites"]),
        given["store"],
        name=given["name"],
        doors=Doors(base_url=url, clients=given["clients"], payload_key=given["payload_key"]),
    ) as gateway:
        click.echo(f"serving {', '.join(gateway.parts.tools.names())} on {url}", err=True)
        server(
            gateway,
            host=given["host"],
            port=given["port"],
            cert=str(cert) if cert else None,
            key=str(key) if key else None,
        ).run()


def log_to_stderr() -> None:
    """Write the log as JSON lines to stderr; stdout is for data."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _tool(folder: Folder) -> Tool:
    """Build a folder's tool; a use case without a model is replayed, not served."""
    wanted = folder.use_case.model
    if wanted is None:
        raise Refused("this use case has no model to answer", where=str(folder.path))
    model = folder.models[wanted.model]
    release = folder.rollout.release if folder.rollout else model.version
    out = way_out(model, folder.vendors, folder.sites)
    return build_tool(
        folder.use_case,
        model,
        release=release,
        folder=folder.path,
        engine=build_engine(model, folder.path, out),
        views=reading_of(folder),
    )


def _sites(folders: Sequence[Folder], only: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Give the sites that are served, each with its units."""
    known = {name: site.units for folder in folders for name, site in folder.sites.items()}
    for site in only:
        if site not in known:
            raise Refused(f"no site {site!r} in these folders", accepted=sorted(known))
    return {site: known[site] for site in only or sorted(known)}
