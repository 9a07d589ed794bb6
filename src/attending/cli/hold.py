"""Hold a rollout: stop expanding, at once; output goes on where it is."""

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
def hold(usecase: str, *, site: str, reason: str, person: str, store: Path, output: str) -> None:
    """Stop USECASE from expanding; output goes on where it is.

    It works at once, needs no --yes, no plan and no sign-off, and stays until resumed.
    """
    give(store, usecase, Said("hold", site, person, reason), output)
