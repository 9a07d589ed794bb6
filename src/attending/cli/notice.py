"""Notice: who is told of what, what was sent, and who has acknowledged it."""

from __future__ import annotations

import json
from pathlib import Path

import click
import msgspec

from attending.cli.speaking.opening import reopen_books
from attending.cli.speaking.options import BY, OUTPUT, STORE
from attending.loops.notify import acknowledge as write_down
from attending.loops.notify import declare_playbook, following
from attending.wiring import open_books


@click.group()
def notice() -> None:
    """Tell people what was suspended, held, broken or reported, and see that somebody answers.

    Who is told of what is a playbook. Where they are reached is STORE/notices.yaml, or the file
    that ATTENDING_NOTICES names; it holds secrets, and nothing of it enters the ledger.
    """


@notice.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@BY
@STORE
def playbook(file: Path, *, person: str, store: Path) -> None:
    """Declare FILE, a Playbook: from then on people are told by it, while `attending up` runs."""
    with open_books(store) as books:
        is_new = declare_playbook(books, file, person)
    click.echo("people are told by this playbook from now on" if is_new else "no change")


@notice.command("list")
@STORE
@OUTPUT
def list_(*, store: Path, output: str) -> None:
    """List what was sent or could not be, and what nobody has acknowledged."""
    with reopen_books(store) as books:
        notices = following(books).now()
    waiting = {i for _, _, ids in notices.open_chains() for i in ids}
    rows = [
        {
            **msgspec.to_builtins(tried.told),
            "tries": tried.n,
            "acknowledged_by": notices.acknowledged.get(name),
            "waits": name in waiting,
        }
        for (name, sign), tried in notices.tried.items()
        if tried.told is not None and sign == "trigger"
    ]
    if output == "json":
        click.echo(json.dumps({"schema": "notices/1", "notices": rows}, indent=2))
        return
    for row in rows:
        state = f"sent {row['sent_at']}" if row.get("sent_at") else f"not sent: {row['failed']}"
        by = row["acknowledged_by"]
        answer = f"acknowledged by {by}" if by else "not acknowledged" if row["waits"] else "over"
        about = f"{row['template']}, fact {row['fact']}"
        click.echo(f"{row['notice']}  {row['to']} by {row['channel']}: {about}; {state}; {answer}")
    if not rows:
        click.echo("No notice was sent." if notices.playbook else "No playbook says who is told.")


@notice.command()
@click.argument("name")
@click.option("--as", "person", required=True, help="Who, by name or post.")
@STORE
def acknowledge(name: str, *, person: str, store: Path) -> None:
    """Acknowledge notice NAME (its first characters are enough): nobody else is told of it."""
    with reopen_books(store) as books:
        is_new = write_down(books, name, person)
    click.echo(f"{person} acknowledges it" if is_new else "it was acknowledged already")
