"""The demonstration: a simulated health system in the middle of its story.

A randomized alert runs at five simulated hospitals. At one of them it does harm, which is
planted in the file and nowhere else. The platform replays the trial day by day, and what
it found is set beside what was planted.
"""

from __future__ import annotations

import json
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from attending import simulator
from attending.admit import admit
from attending.cli.replay import read, run
from attending.cli.up import up
from attending.report.text import text
from attending.simulator.trial import write_trial

STORY = Path(simulator.__path__[0]) / "tern_valley"
HARM_FROM = 1.25  # a planted ratio beyond the floor of the story's rollout


@click.command()
@click.option("--seed", default=13, show_default=True, help="Which simulated world.")
@click.option("--check", is_flag=True, help="Compare with what was planted, then stop.")
@click.option("--store", type=click.Path(path_type=Path), help="Keep the ledger here (empty).")
@click.option("--port", default=8321, show_default=True, type=click.IntRange(1, 65535))
@click.option("--no-browser", is_flag=True, help="Print the way in; open nothing.")
@click.option("-o", "output", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def demo(  # one parameter per option
    ctx: click.Context,
    *,
    seed: int,
    check: bool,
    store: Path | None,
    port: int,
    no_browser: bool,
    output: str,
) -> None:
    """Replay a simulated trial with one harmful hospital planted, and show it.

    With --check it stops after saying what was planted and what was found, and fails on a
    miss; without, the console opens on the story.
    """
    where = nullcontext(str(store)) if store else tempfile.TemporaryDirectory()
    with where as directory:
        told, rows = play(Path(directory), seed=seed)
        if output == "json":
            click.echo(json.dumps({"report": told, "planted": rows}, indent=2))
        else:
            click.echo(text(told))
            click.echo("\n".join(_line(row) for row in rows))
        missed = [row["site"] for row in rows if row["said"] == "missed"]
        if check and missed:
            raise click.ClickException(f"missed: {', '.join(missed)}")
        if not check:
            ctx.invoke(
                up, folders=(STORY,), store=Path(directory), port=port, no_browser=no_browser
            )


def play(store: Path, *, seed: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Play the story into an empty store; give the report, and it beside the truth."""
    with tempfile.TemporaryDirectory() as elsewhere:
        file, truth = Path(elsewhere) / "trial.csv", Path(elsewhere) / "truth.json"
        write_trial(file, truth, seed=seed)
        folder = admit(STORY)
        source = folder.sources["source"]
        told = run(folder, source, read(folder, source, file, file), store, until=None)
        return told, compare(told, json.loads(truth.read_text(encoding="utf-8")))


def compare(told: dict[str, Any], truth: dict[str, Any]) -> list[dict[str, Any]]:
    """Set what was found beside what was planted, hospital by hospital."""
    suspended = {m["scope"]: m["day"] for m in told["moves"] if m["move"] == "suspend"}
    found = {s["scope"]: s for s in told["scopes"]}
    rows = []
    for site, planted in truth.items():
        harms = planted["risk_ratio"] > HARM_FROM
        scope = found[site]
        said = "missed"
        if harms and site in suspended:
            said = "found"
        elif not harms and site not in suspended and scope["found"] != "shown to harm":
            said = "too few to tell" if scope["found"] == "cannot tell yet" else "rightly left"
        rows.append(
            {
                "site": site,
                "planted": planted["risk_ratio"],
                "finding": scope["finding"],
                "suspended_on": suspended.get(site),
                "said": said,
            }
        )
    return rows


def _line(row: dict[str, Any]) -> str:
    day = f", suspended on day {row['suspended_on']}" if row["suspended_on"] is not None else ""
    return f"planted at {row['site']}: ratio {row['planted']}. {row['said']}: {row['finding']}{day}"
