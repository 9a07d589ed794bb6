"""The demonstration: Tern Valley Health, ten simulated hospitals in the middle of a rollout.

The hospitals are played by a program that knows nothing of the platform and calls the real
gateway; what it planted lies in a file without a name that only it and its judge hold; this verb
knows the weeks and no more. The
judge reads the ledger alone and says what was found, what was rightly left alone, and what
there is too little to tell of.
"""

from __future__ import annotations

import json
import tempfile
from contextlib import nullcontext
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import click

from attending import simulator
from attending.admit import admit
from attending.cli.staging.breaking import Beside
from attending.cli.staging.planner import Planner, asked_of
from attending.cli.staging.playing import Stage, play
from attending.cli.up import up
from attending.clock import StoryClock
from attending.errors import NoSuchName, Refused
from attending.ledger import layout
from attending.simulator.weeks import DAYS, FIRST_DAY

STORY = Path(simulator.__path__[0]) / "tern_valley"
BEGAN = datetime.combine(FIRST_DAY, time(0), UTC)
OPENS = BEGAN + timedelta(days=DAYS, hours=7)  # Tuesday 13 October 2026, before the committee meets
STORIES = 1_500  # none of so many: at most 0.002 of all, 95 times in 100 (three over n)
FOUND = "found"  # what the planner counts of a hospital at which harm is planted
SURE, SELDOM = 0.995, 0.002  # power wanted for what is planted; false findings, for the rest


@click.group(invoke_without_command=True)
@click.option("--seed", "seeds", multiple=True, type=int, help="Which simulated world (13).")
@click.option("--nothing-planted", is_flag=True, help="A world in which nothing is wrong.")
@click.option("--check", is_flag=True, help="Compare with what was planted, then stop.")
@click.option("--store", type=click.Path(path_type=Path), help="Keep the ledger here (empty).")
@click.option("--port", default=8321, show_default=True, type=click.IntRange(1, 65535))
@click.option("--no-browser", is_flag=True, help="Print the way in; open nothing.")
@click.option("-o", "output", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def demo(
    ctx: click.Context,
    *,
    seeds: tuple[int, ...],
    nothing_planted: bool,
    check: bool,
    store: Path | None,
    port: int,
    no_browser: bool,
    output: str,
) -> None:
    """Play twelve weeks at ten simulated hospitals, then open the console on them.

    With --check it stops after saying what was planted and what was found, for each --seed,
    and fails on any difference.
    """
    if ctx.invoked_subcommand is not None:
        return
    if len(seeds) > 1 and (not check or store):
        raise Refused("several worlds are only played to check them, each in a store of its own")
    planner = _planner() if check else None
    told = []
    where = nullcontext(str(store)) if store else tempfile.TemporaryDirectory()
    with where as directory:
        for seed in seeds or (13,):
            own = Path(directory) / str(seed) if len(seeds) > 1 else Path(directory)
            told.append({"seed": seed} | played(own, seed=seed, planted=not nothing_planted))
            if output == "text":
                click.echo("\n".join(lines(told[-1])))
        odds = planner.counted() if planner is not None else {}
        if output == "json":
            click.echo(json.dumps({"schema": "demo/1", "worlds": told, "planner": odds}, indent=2))
        elif odds:
            click.echo("\n".join(planned(odds)))
        if check:
            missed = [f"seed {each['seed']}: {what}" for each in told for what in each["missed"]]
            missed += [] if nothing_planted else unsure(odds)
            if missed:
                raise click.ClickException("; ".join(missed))
        else:
            own = Path(directory)
            StoryClock(layout.story_clock(own)).set(OPENS)
            world = _world(told[-1]["seed"], planted=not nothing_planted)
            same = " ".join(["--store", str(own), "--port", str(port), *world])
            click.echo(f"break a feed: attending demo break Elm {same}")
            ctx.invoke(
                up, folders=(STORY,), store=own, port=port, no_auth=True, no_browser=no_browser
            )


@demo.command(name="break")
@click.argument("site")
@click.option("--store", required=True, type=click.Path(path_type=Path), help="The demo's store.")
@click.option("--port", default=8321, show_default=True, type=click.IntRange(1, 65535))
@click.option("--days", default=7, show_default=True, type=click.IntRange(1, 60))
@click.option("--seed", default=13, show_default=True, help="Which simulated world it is.")
@click.option("--nothing-planted", is_flag=True, help="It is a world in which nothing is wrong.")
def break_feed(
    site: str, *, store: Path, port: int, days: int, seed: int, nothing_planted: bool
) -> None:
    """Stop the outcomes of SITE in a demo that runs, and let days pass before your eyes."""
    folder = admit(STORY)
    names = list(folder.sites)
    wanted = next((name for name in names if name.lower() == site.lower()), None)
    if wanted is None:
        raise NoSuchName(site, "the hospitals of Tern Valley", names)
    beside = Beside(store, f"http://127.0.0.1:{port}", folder)
    first = (beside.clock.now().date() - FIRST_DAY).days
    click.echo(f"{wanted}: no outcomes from {beside.clock.now():%A %d %B %Y} on", err=True)
    told = ["--from-day", str(first), "--days", str(first + days), "--break", wanted]
    play(beside, store, [*_world(seed, planted=not nothing_planted), "--hours", "9", *told])
    click.echo(f"{days} days went by; look at {wanted} in the console")


def played(store: Path, *, seed: int, planted: bool) -> dict[str, Any]:
    """Play one world into an empty store; give what its judge says."""
    store.mkdir(parents=True, exist_ok=True)
    with Stage(admit(STORY), store, began=BEGAN) as stage:
        return play(stage, store, _world(seed, planted=planted))


def _world(seed: int, *, planted: bool) -> list[str]:
    """Name a world, as its program and `demo break` want it named."""
    return ["--seed", str(seed), *([] if planted else ["--nothing-planted"])]


def _planner() -> Planner:
    """Have it counted how surely each hospital is found, or left alone."""
    folder = admit(STORY)
    if folder.rollout is None:
        raise Refused("the story has no rollout", where=str(STORY))
    return Planner(asked_of(folder.rollout, folder.sites), stories=STORIES, seed=1)


def lines(told: dict[str, Any]) -> list[str]:
    """Say what was planted and what was found, a line for each hospital."""
    said = [f"Tern Valley Health, world {told['seed']}:"]
    for row in told["rows"]:
        planted = row["planted"]
        if row["from_day"] is not None:
            planted += f" from day {row['from_day']}"
        found = row["said"]
        if row["suspended_on_day"] is not None:
            found += f": suspended on day {row['suspended_on_day']}"
        said.append(f"  {row['site']:<8} {planted}; {found} ({row['asked']:,} answers)")
    seen = told["seen"]
    said.append(f"  {seen['asked']:,} answers and {seen['outcomes']:,} outcomes were handed over")
    return said + [f"  MISSED: {what}" for what in told["missed"]]


def planned(odds: dict[str, dict[str, Any]]) -> list[str]:
    """Say how surely: how often so many drawn stories came to the finding."""
    said = [
        f"  {site:<8} {counted['of']} in {counted['share']:.4f} of {counted['stories']:,}"
        for site, counted in odds.items()
    ]
    bars = f"at least {SURE} of what is planted, at most {SELDOM} of the rest"
    return [f"the planner's count, over stories of this size (wanted: {bars}):", *said]


def unsure(odds: dict[str, dict[str, Any]]) -> list[str]:
    """Name what the planner finds too seldom, or accuses too often."""
    return [
        f"{site}: {counted['of']} in {counted['share']:.4f} of stories"
        for site, counted in odds.items()
        if (counted["share"] < SURE if counted["of"] == FOUND else counted["share"] > SELDOM)
    ]
