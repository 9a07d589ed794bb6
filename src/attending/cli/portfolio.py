"""Portfolio: how many tools are in production, at which stage the health system is, what next."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click
import msgspec

from attending.cli.speaking.opening import reopen_books
from attending.cli.speaking.options import OUTPUT, STORE
from attending.cli.speaking.telling import tell
from attending.decide.tools.maturity import READING, headline, maturity
from attending.decide.tools.scale_review import QUESTIONS, SORTED, reviewed
from attending.decide.tools.tool_findings import findings, spend
from attending.facts.fact import By
from attending.loops.system import portfolio as portfolios

if TYPE_CHECKING:
    from pathlib import Path

    from attending.decide.tools.tool_findings import Answer, Found


@click.group()
def portfolio() -> None:
    """Tell what the tools come to, computed from facts and beside what is claimed of them."""


@portfolio.command()
@STORE
@OUTPUT
def show(*, store: Path, output: str) -> None:
    """Tell the headline, the stage with what is missing for the next, and each tool's findings."""
    with reopen_books(store) as books:
        now, known = books.clock.now(), portfolios.current(books.reader)
    found = findings(known, now)
    n, of = headline(found)
    stage = maturity(known, found, now)
    if output == "json":
        told = {
            "schema": "portfolio/1",
            "in_production": {"n": n, "of": of},
            "maturity": {
                "stage": stage.stage,
                "reading": READING,
                "tests": [
                    {"stage": s, "asks": asks, **_plain(answer)} for s, asks, answer in stage.tests
                ],
            },
            "spend": msgspec.to_builtins(spend(found)),
            "tools": [_tool(each) for each in found],
        }
        click.echo(json.dumps(told, indent=2, sort_keys=True))
        return
    click.echo(f"In production: {n} of {of}")
    click.echo(f"{stage.sentence} ({READING})")
    for year in spend(found):
        sums = ", ".join(f"{amount:,.0f} {currency}" for currency, amount in year.amounts)
        click.echo(f"Spend of {year.year}: {sums or 'none'}; not known of {year.n_not_known} tools")
    for each in found:
        click.echo(f"{each.tool}: {each.title}")
        click.echo(f"  in production: {_line(each.production)}")
        click.echo(f"  stalled: {_line(each.stalled)}")
        click.echo(f"  ownerless: {_line(each.ownerless)}")
        for other in each.overlaps:
            where = f"in {', '.join(other.units)}: a duplicate" if other.units else "elsewhere"
            click.echo(f"  does the same as {other.other}, {where} {_facts(other.facts)}")


@portfolio.command()
@STORE
@OUTPUT
def review(*, store: Path, output: str) -> None:
    """Sort every tool by the four questions: expand, redesign, fix the platform first, stop."""
    with reopen_books(store) as books:
        now, known = books.clock.now(), portfolios.current(books.reader)
    rows = [reviewed(known, each, now) for each in findings(known, now)]
    if output == "json":
        told = [
            {
                "tool": each.tool,
                "sorted": each.result,
                "computed": each.computed,
                "because": each.because,
                "by": each.said[1] if each.said is not None else None,
                "answers": [
                    {"asks": asks, **_plain(answer)}
                    for asks, answer in zip(QUESTIONS, each.answers, strict=True)
                ],
            }
            for each in rows
        ]
        click.echo(json.dumps({"schema": "scale_review/1", "tools": told}, indent=2))
        return
    for word in SORTED:
        there = [each for each in rows if each.result == word]
        click.echo(f"{word}: {len(there)}")
        for each in there:
            computed = f"; computed: {each.computed}" if each.said is not None else ""
            who = f"as {each.said[1]} says" if each.said is not None else each.because
            click.echo(f"  {each.tool}: {who}{computed}")
            for asks, answer in zip(QUESTIONS, each.answers, strict=True):
                click.echo(f"    {asks} {_line(answer)}")


@portfolio.command()
@click.argument("tool")
@click.argument("word", type=click.Choice(SORTED))
@click.option("--why", required=True, help="Why; kept sealed, its digest goes on record.")
@click.option("--as", "person", required=True, help="Who, as committees name them.")
@STORE
@OUTPUT
def sort(tool: str, word: str, *, why: str, person: str, store: Path, output: str) -> None:
    """Say what the review of TOOL should come to, whatever was computed."""
    with reopen_books(store) as books:
        by = By(person=person, via="cli")
        is_new = portfolios.sort_(books, tool, word, why, by=by)
    told = {"schema": "sorted/1", "tool": tool, "sorted": word, "new": is_new}
    tell(told, [f"{tool}: {word}"], output)


def _plain(answer: Answer) -> dict[str, Any]:
    return {"word": answer.word, "because": answer.because, "facts": list(answer.facts)}


def _facts(facts: tuple[int, ...]) -> str:
    return f"(facts {', '.join(map(str, facts))})" if facts else ""


def _line(answer: Answer) -> str:
    return f"{answer.word}, {answer.because} {_facts(answer.facts)}".rstrip()


def _tool(found: Found) -> dict[str, Any]:
    claim = found.listed.tool.claimed_status if found.listed is not None else None
    return {
        "tool": found.tool,
        "name": found.title,
        "claimed_status": claim,
        "use_case": found.use.name if found.use is not None else None,
        "in_production": _plain(found.production),
        "stalled": _plain(found.stalled),
        "ownerless": _plain(found.ownerless),
        "overlaps": [
            {"other": o.other, "units": list(o.units), "facts": list(o.facts)}
            for o in found.overlaps
        ],
        "doubts": msgspec.to_builtins(found.listed.doubts) if found.listed is not None else [],
        "cites": list(found.cites),
    }
