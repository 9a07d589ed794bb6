"""Apply a plan: everything is asked again first, and then exactly that is done."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from attending.cli.sign import found
from attending.cli.speaking.options import OUTPUT, STORE, YES
from attending.cli.speaking.telling import check_yes, close, sentences, told
from attending.loops.carry_out import apply as do
from attending.loops.today import last_over
from attending.wiring import open_parts

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("plan")
@STORE
@YES
@OUTPUT
def apply(plan: str, *, store: Path, yes: bool, output: str) -> None:
    """Carry PLAN out: its digest (or the first characters of it), or a file `plan` wrote.

    Every gate is judged again on today's facts. Exit code 4: a gate is not met, an
    interlock forbids it, or a sign-off is missing. 1: the state changed; plan again.
    """
    check_yes(yes=yes)
    use_case, digest = found(store, plan)
    parts, folded = open_parts(store, use_case)
    try:
        now = parts.clock.now()
        receipt = do(parts, folded, digest, last_over(parts.hands, folded))
        done = told(receipt, folded, now)
    finally:
        close(parts.hands)
    if output == "json":
        click.echo(json.dumps(done, indent=2, sort_keys=True))
    else:
        click.echo("\n".join(sentences(done)))
