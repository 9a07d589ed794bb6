"""How plans, receipts and orders are told on the terminal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from attending.errors import Refused
from attending.loops.say import Said, order
from attending.loops.today import today
from attending.wiring import open_hands

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from attending.facts.fact import Fact
    from attending.facts.plan import Change
    from attending.loops.parts import Folded, Hands


def tell(told: object, lines: Iterable[str], output: str) -> None:
    """Print an answer as asked: as JSON, or a line each for people."""
    json_text = json.dumps(told, indent=2, sort_keys=True)
    click.echo(json_text if output == "json" else "\n".join(lines))


def told(receipt: Fact, folded: Folded, now: datetime) -> dict[str, Any]:
    """Give what was done, and where it is not confirmed yet."""
    body = receipt.body
    return {
        "schema": "done/1",
        "use_case": receipt.use_case,
        **{k: body[k] for k in ("move", "plan", "scope", "because", "expansion", "changes")},
        "read_back": body["read_back"],
        "not_confirmed": list(folded.standing.not_confirmed(now)),
    }


def sentences(done: dict[str, Any]) -> list[str]:
    """Say what was done, a line for each place."""
    lines = [f"{done['move']}: {done['because']}"]
    lines += [f"  {place(c['site'], c['unit'])}: {' to '.join(c['mode'])}" for c in done["changes"]]
    if not done["changes"]:
        lines.append("  nothing changes at any bedside")
    lines.append(f"the rollout is {done['expansion']}")
    if done["read_back"]:
        lines.append(f"read back by {', '.join(done['read_back'])}")
    lines += [f"not confirmed at {name}" for name in done["not_confirmed"]]
    if not done["read_back"] and not done["not_confirmed"]:
        lines.append("no gateway has been heard of lately; one that is silent shows nothing")
    return lines


def place(site: str, unit: str) -> str:
    """Write a place as people say it."""
    return site if unit == "*" else f"{site}, unit {unit}"


def change_line(change: Change) -> str:
    """Write one change: what is there, and what would be."""
    said = [f"{' to '.join(change.mode)}"]
    if change.release[0] != change.release[1]:
        said.append(f"release {change.release[0] or 'none'} to {change.release[1] or 'none'}")
    if change.share[0] != change.share[1]:
        said.append(f"{change.share[0]:.0%} to {change.share[1]:.0%} of users")
    if change.users[0] != change.users[1]:
        said.append(f"named users {', '.join(change.users[1]) or 'none'}")
    if change.weekly_case_cap[0] != change.weekly_case_cap[1]:
        cap = change.weekly_case_cap[1]
        said.append("no weekly cap" if cap is None else f"at most {cap} cases a week")
    return f"{place(change.site, change.unit)}: {'; '.join(said)}"


def give(store: Path, use_case: str, said: Said, output: str) -> None:
    """Write a person's order down, carry it out, and tell what became of it."""
    hands, folded = open_hands(store, use_case)
    try:
        now = hands.clock.now()
        receipts = order(hands, folded, said, today(hands, folded))
        done = [told(receipt, folded, now) for receipt in receipts]
    finally:
        close(hands)
    if output == "json":
        click.echo(json.dumps(done[-1], indent=2, sort_keys=True))
    else:
        click.echo("\n".join(line for each in done for line in sentences(each)))


def close(hands: Hands) -> None:
    """Sign what is not signed yet, and let go of the store."""
    hands.pen.close()
    hands.reader.close()


def check_yes(*, yes: bool) -> None:
    """Refuse to touch live patients without a word more.

    Raises
    ------
    Refused
        Always, unless `yes`.

    """
    if not yes:
        raise Refused("this touches live patients; say --yes to do it")
