"""Sign a plan: a named person, in a role, on the plan's digest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec

from attending import shapes
from attending.cli.speaking.naming import named as by_digest
from attending.cli.speaking.options import BY, OUTPUT, STORE
from attending.cli.speaking.telling import close, tell
from attending.decide.plan import plan_digest
from attending.decide.sign_offs import SignOff, counted, missing
from attending.errors import Refused
from attending.facts.plan import Plan
from attending.loops.carry_out import may_sign
from attending.loops.say import sign as say_so
from attending.wiring import open_parts


@click.command()
@click.argument("plan")
@click.option("--as", "role", required=True, help="The role you sign in, such as committee_chair.")
@BY
@STORE
@OUTPUT
def sign(plan: str, *, role: str, person: str, store: Path, output: str) -> None:
    """Sign PLAN: its digest (or the first characters of it), or a file that `plan` wrote."""
    use_case, digest = found(store, plan)
    parts, folded = open_parts(store, use_case)
    try:
        is_new = say_so(parts, folded, digest, SignOff(role, person))
        waits = folded.standing.pending[digest]
        who = may_sign(parts, folded, waits.author)
        have = counted(waits.plan, waits.signed, who)
        wanted = missing(waits.plan, waits.signed, who)
    finally:
        close(parts.hands)
    told = {
        "schema": "signed/1",
        "plan": digest,
        "new": is_new,
        "signed": {r: list(p) for r, p in have.items()},
        "wanted": list(wanted),
    }
    tell(told, _lines(told), output)


def found(store: Path, named: str) -> tuple[str, str]:
    """Give the use case and the digest of a plan that this ledger holds.

    Raises
    ------
    NoSuchName
        No plan here bears that digest.
    Refused
        The name is too short, or names several.

    """
    return by_digest(store, _digest_of(named), "plan")


def _digest_of(named: str) -> str:
    path = Path(named)
    if not path.is_file():
        return named
    try:
        plain: dict[str, Any] = msgspec.json.decode(path.read_bytes())
        return plan_digest(shapes.convert(plain, Plan))
    except (msgspec.MsgspecError, OSError) as error:
        raise Refused(f"this file holds no plan: {error}", where=named) from error


def _lines(told: dict[str, Any]) -> list[str]:
    word = "signed" if told["new"] else "was signed already"
    lines = [f"plan {told['plan'][:12]} {word}"]
    lines += [f"  {role}: {', '.join(who) or 'nobody'}" for role, who in told["signed"].items()]
    return lines + (told["wanted"] or ["every sign-off is there; apply it"])
