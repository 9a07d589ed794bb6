"""Plan: what would change where, the way back, and who must sign; nothing is done."""

from __future__ import annotations

import json
from math import log
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from attending import shapes
from attending.admit import admit
from attending.cli.data.viewing.limits import tell_alone
from attending.cli.speaking.map_status import tell_status
from attending.cli.speaking.options import OUTPUT, STORE
from attending.cli.speaking.telling import change_line, close
from attending.clock import stamp
from attending.decide.governed import OPEN
from attending.decide.plan import plan_digest
from attending.decide.proof import waiting
from attending.decide.sign_offs import counted, missing
from attending.errors import Refused
from attending.facts.plan import Plan
from attending.lake.raw import RawFiles
from attending.loops.carry_out import may_sign
from attending.loops.data.reading import keep_maps_of, reading_of, views_read
from attending.loops.declare import declare
from attending.loops.obligations import unmet
from attending.loops.plan import end_of, forbidden, look, planned, write
from attending.loops.today import last_over
from attending.spec.budget import scopes, shares
from attending.wiring import open_parts

if TYPE_CHECKING:
    from attending.admit import Folder
    from attending.loops.parts import Parts
    from attending.loops.plan import View

PENDING = 2


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path))
@STORE
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the plan here.")
@click.option("--by", "person", default="platform", help="Who asks; they cannot sign it later.")
@click.option("--as-of", type=click.IntRange(min=0), help="Ask as of a past day; nothing is kept.")
@OUTPUT
@click.pass_context
def plan(
    ctx: click.Context,
    folders: tuple[Path, ...],
    *,
    store: Path,
    out: Path | None,
    person: str,
    as_of: int | None,
    output: str,
) -> None:
    """Compare what FOLDERS want with what stands, and print exactly what would change.

    Exit code 0: nothing. 2: changes are pending; sign and apply them by their digest.
    """
    if out is not None and len(folders) > 1:
        raise Refused("a file holds one plan; plan one folder at a time, or leave out --out")
    told = [_one(admit(folder), store, person, as_of) for folder in folders]
    pending = [each for each in told if each["plan"] is not None]
    if out is not None and pending:
        out.write_text(json.dumps(pending[0]["plan"], indent=2, sort_keys=True), "utf-8")
    if output == "json":
        click.echo(json.dumps({"schema": "pending/1", "plans": told}, indent=2))
    else:
        click.echo("\n\n".join("\n".join(_lines(each)) for each in told))
    ctx.exit(PENDING if pending else 0)


def _one(folder: Folder, store: Path, person: str, as_of: int | None) -> dict[str, Any]:
    parts, folded = open_parts(store, folder.use_case.name, folder)
    try:
        if as_of is None:
            _tell_readers(folder)  # what is refused is refused before anything is declared
            declare(parts, by=person)
            keep_maps_of(folder, RawFiles(store / "lake" / "raw"))
        day = last_over(parts.hands, folded) if as_of is None else as_of
        folded.until = None if as_of is None else end_of(parts.hands, as_of)
        view = look(parts, folded, day)
        found = planned(parts, view)
        digest = None if found is None else plan_digest(found)
        if found is not None and as_of is None:
            write(parts.hands, folded, found, by=person)
        told = _told(parts, view)
        if found is not None and digest is not None:
            waits = folded.standing.pending.get(digest)
            author, signed = (waits.author, waits.signed) if waits else (person, ())
            who = may_sign(parts, folded, author)
            told["digest"] = digest
            told["plan"] = msgspec.to_builtins(found)
            told["signed"] = {r: list(p) for r, p in counted(found, signed, who).items()}
            told["wanted"] = list(missing(found, signed, who))
            told["duties"] = _duties(parts, view, found)
            told["interlocks"] = [
                {"name": t.name, "sentence": t.sentence, "where": list(t.where)}
                for t in forbidden(parts, view, found)
            ]
        return told
    finally:
        close(parts.hands)


def _tell_readers(folder: Folder) -> None:
    """Print what whoever signs should know of the maps and views that features read."""
    tell_status(reading_of(folder).through.terms)
    for each in views_read(folder):
        tell_alone(each)


def _duties(parts: Parts, view: View, found: Plan) -> list[dict[str, str]]:
    """Give the rules that are not met and only warn, where the plan shows more to anybody."""
    if not any(change.mode[1] == "live" for change in found.changes):
        return []
    return [
        {"rule": each.name, "version": each.version, "because": each.because}
        for each in unmet(parts, view.folded, "warn")
    ]


def _told(parts: Parts, view: View) -> dict[str, Any]:
    """Give what is so whether or not a plan is called for."""
    rollout, standing = parts.folder.rollout, view.folded.standing
    thresholds: dict[str, dict[str, float]] = {}
    waits: tuple[str, ...] = ()
    on = standing.days.date_of(view.day)
    if rollout is not None:
        split = shares(rollout)
        thresholds = {s: {k: log(1 / v) for k, v in split[s].items()} for s in scopes(rollout)}
        waits = waiting(rollout, standing, view.verdicts, day=view.day)
    return {
        "use_case": parts.use_case,
        "day": view.day,
        "date": None if on is None else on.isoformat(),
        "expansion": standing.expansion,
        "rests_on": _rests_on(parts, view),
        "digest": None,
        "plan": None,
        "waits_for": list(waits),
        "thresholds": thresholds,
        "conditions": [
            {
                "id": name,
                "state": held.state,
                "because": held.because,
                "ln_threshold": None
                if held.condition.share is None
                else log(1 / held.condition.share),
            }
            for name, held in standing.governed.of_state(*OPEN).items()
        ],
        "verdicts": [
            {k: getattr(v, k) for k in ("listed", "rule", "metric", "scope", "word", "because")}
            for v in view.verdicts
        ],
    }


def _rests_on(parts: Parts, view: View) -> str:
    """Say which decision approves this release today, by whom and when; empty where none does."""
    rollout, today = parts.folder.rollout, stamp(parts.clock.now())[:10]
    governed = view.folded.standing.governed
    decision = governed.in_force(rollout.release, today) if rollout is not None else None
    if decision is None:
        return ""
    for_it = [v.person for v in decision.votes if v.choice.startswith("approve")]
    return (
        f"{decision.committee}, meeting {decision.meeting}: {decision.word.replace('_', ' ')} by "
        f"{', '.join(for_it)} on {decision.valid_from}, until {decision.expires_on}"
    )


def _lines(told: dict[str, Any]) -> list[str]:
    if told["plan"] is None:
        lines = [f"{told['use_case']}: nothing to do; the rollout is {told['expansion']}"]
        return lines + [f"  the next wave waits: {each}" for each in told["waits_for"]]
    made = shapes.convert(told["plan"], Plan)
    lines = [f"{told['use_case']}: {made.because}", f"plan {told['digest']}"]
    lines += ["changes:", *[f"  {change_line(c)}" for c in made.changes]]
    if not made.changes:
        lines.append(f"  the rollout goes from {made.expansion[0]} to {made.expansion[1]}")
    lines += ["the way back:", *[f"  {change_line(c)}" for c in made.way_back]]
    lines.append("evidence:")
    for v in told["verdicts"]:
        lines.append(f"  {v['scope']}, {v['rule']} on {v['metric']}: {v['word']}; {v['because']}")
    lines.append("thresholds, ln(1/share):")
    for scope, of in told["thresholds"].items():
        said = ", ".join(f"{k.replace('_', ' ')} {v:.2f}" for k, v in of.items())
        lines.append(f"  {scope}: {said}")
    for each in told["conditions"]:
        settles = "" if each["ln_threshold"] is None else f"; {each['ln_threshold']:.2f} breaks it"
        lines.append(f"  condition {each['id']}: {each['state']}{settles}")
    lines += [f"rests on: {told['rests_on']}"] if told["rests_on"] else []
    lines.append("sign-offs:")
    lines += [f"  {role}: {', '.join(who) or 'nobody'}" for role, who in told["signed"].items()]
    lines += [f"  {each}" for each in told["wanted"]] or ["  none is wanting"]
    for each in told["duties"]:
        lines.append(f"not met: {each['rule']} {each['version']}; {each['because']}")
    for each in told["interlocks"]:
        lines.append(f"forbidden by {each['name']}: {each['sentence']}")
        lines += [f"  {where}" for where in each["where"]]
    lines.append(f"valid until {made.valid_until}")
    return lines
