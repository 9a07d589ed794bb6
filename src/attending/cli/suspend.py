"""Suspend output, at once, at one site or everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from attending.cli.speaking.options import BY, OUTPUT, REASON, SITE, STORE
from attending.cli.speaking.telling import give
from attending.loops.say import Said

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("usecase")
@SITE
@REASON
@BY
@STORE
@OUTPUT
def suspend(usecase: str, *, site: str, reason: str, person: str, store: Path, output: str) -> None:
    """Stop the output of USECASE at once, and read it back from every gateway.

    It works at once, needs no --yes, no plan and no sign-off, and stays until lifted.
    """
    give(store, usecase, Said("suspend", site, person, reason), output)
