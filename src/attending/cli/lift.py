"""Lift a suspension: to silent, never to live."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from attending.cli.speaking.options import BY, OUTPUT, REASON, SITE, STORE, YES
from attending.cli.speaking.telling import check_yes, give
from attending.loops.say import Said

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("usecase")
@SITE
@REASON
@BY
@STORE
@YES
@OUTPUT
def lift(
    usecase: str, *, site: str, reason: str, person: str, store: Path, yes: bool, output: str
) -> None:
    """Take USECASE from suspended to silent; nothing is shown.

    Only a new plan, with its own proof and sign-offs, makes it live again.
    """
    check_yes(yes=yes)
    give(store, usecase, Said("lift", site, person, reason), output)
