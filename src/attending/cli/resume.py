"""Resume a rollout that is held: expansion may go on, once proven and signed."""

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
def resume(
    usecase: str, *, site: str, reason: str, person: str, store: Path, yes: bool, output: str
) -> None:
    """Let USECASE expand again, once what it needs is proven and signed.

    It ends the holds that stand now. One that came with a suspension needs `lift` first.
    """
    check_yes(yes=yes)
    give(store, usecase, Said("resume", site, person, reason), output)
