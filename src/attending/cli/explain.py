"""Explain a verdict: the sentence a committee would read, and what it rests on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from attending.decide.rule import LEAST_LN_E
from attending.errors import NoSuchName, Refused
from attending.facts.days import Days
from attending.ledger.open_reader import open_reader
from attending.report.text import WORDS


@click.command()
@click.argument("use_case")
@click.argument("scope", default="all")
@click.option(
    "--store", required=True, type=click.Path(path_type=Path), help="Where the ledger is."
)
@click.option("--as-of", type=click.IntRange(min=0), help="The day to explain; else the last.")
@click.option("-o", "output", type=click.Choice(["text", "json"]), default="text")
def explain(use_case: str, scope: str, *, store: Path, as_of: int | None, output: str) -> None:
    """Explain what was found in SCOPE (a site, a pool or all) of USE_CASE, and why."""
    index, decided, days = _decided(store, use_case, as_of)
    findings = {f["scope"]: f for f in decided["findings"]}
    if scope not in findings:
        raise NoSuchName(scope, f"the scopes of {use_case}", findings)
    on = days.date_of(decided["day"])
    told = {
        "use_case": use_case,
        "scope": scope,
        "day": decided["day"],
        "date": None if on is None else on.isoformat(),
        "fact": index,
        "finding": findings[scope],
        "verdicts": [v for v in decided["verdicts"] if v["scope"] == scope],
    }
    click.echo(json.dumps(told, indent=2) if output == "json" else "\n".join(_lines(told, days)))


def _decided(store: Path, use_case: str, as_of: int | None) -> tuple[int, dict[str, Any], Days]:
    reader = open_reader(store)
    found: tuple[int, dict[str, Any]] | None = None
    known: set[str] = set()
    days = Days()
    for entry in reader.entries(kinds=("decided", "acted")):
        if entry.fact.use_case == use_case:
            days = days.after(entry.fact)
        if entry.fact.type != "decided/1":
            continue
        known.add(entry.fact.use_case or "")
        body: dict[str, Any] = entry.fact.body
        if entry.fact.use_case == use_case and (as_of is None or body["day"] <= as_of):
            found = (entry.index, body)
    reader.close()
    if use_case not in known:
        raise NoSuchName(use_case, "the use cases this ledger has decided on", known)
    if found is None:
        raise Refused(f"nothing was decided on {use_case} by day {as_of}", where=str(store))
    return *found, days


def _lines(told: dict[str, Any], days: Days) -> list[str]:
    finding, day = told["finding"], days.told(told["day"])
    lines = [f"{told['use_case']}, {told['scope']}, {day}: {finding['found']}."]
    lines += [finding["because"], ""]
    for verdict in told["verdicts"]:
        word = WORDS[verdict["listed"]][verdict["word"]]
        listed = verdict["listed"].replace("_", " ")
        lines.append(f"{listed} {verdict['rule']} on {verdict['metric']}: {word}")
        lines.append(f"  {verdict['because']}")
        said = [
            f"ln e {verdict[side]:.2f} {toward}"
            for side, toward in (("ln_e_for", "for it"), ("ln_e_against", "against it"))
            if verdict.get(side) is not None and verdict[side] > LEAST_LN_E
        ]
        if said:
            lines.append(f"  {', '.join(said)}; {verdict['ln_threshold']:.2f} settles it")
        elif verdict.get("ln_e_against") is not None:
            lines.append("  no evidence either way yet")
    return [*lines, "", f"Fact {told['fact']} of the ledger says so."]
