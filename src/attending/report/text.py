"""The report in words: what a committee reads first, then the figures behind it."""

from __future__ import annotations

from typing import Any

from attending.report.answers import lines as answered
from attending.report.summary import summary
from attending.report.validation import scope_lines, summary_silent

WIDTH = 88


def text(told: dict[str, Any]) -> str:
    """Give a report as plain text."""
    first, each = (summary_silent, scope_lines) if told.get("silent") else (summary, _scope)
    lines = [told["title"], "=" * min(len(told["title"]), WIDTH), "", first(told), ""]
    for scope in told["scopes"]:
        lines += each(scope)
    lines += _watched(told["watched"])
    lines += answered(told.get("answers", []))
    lines += _source(told)
    return "\n".join(lines)


def _scope(scope: dict[str, Any]) -> list[str]:
    lines = [f"{scope['title']}: {scope['finding']}", f"  {scope['because']}"]
    for verdict in scope["verdicts"]:
        listed = verdict["listed"].replace("_", " ")
        word = WORDS[verdict["listed"]][verdict["word"]]
        day = f" since day {verdict['settled_on']}" if verdict["settled_on"] is not None else ""
        lines.append(f"  {listed} {verdict['rule']}: {word}{day}")
    lines += [
        f"  if {need['if']}: about {need['cases']:,} more cases,"
        f" {need['days_at_current_volume']:,} days at the volume seen"
        for need in scope["needed"]
        if need["cases"] is not None
    ]
    lines += [
        f"  day {move['day']}: {move['move']}, because {move['because']}" for move in scope["moves"]
    ]
    if scope["would_not_have_been_shown"]:
        lines.append(f"  {scope['would_not_have_been_shown']:,} would not have been shown")
    return [*lines, ""]


WORDS = {
    "gate": {
        "met": "met",
        "not_met": "not met",
        "unsettled": "cannot tell yet",
        "error": "cannot be judged",
    },
    "caution": {
        "not_met": "crossed",
        "unsettled": "not crossed",
        "error": "cannot be judged",
        "met": "not crossed",
    },
}
WORDS["safety_limit"] = WORDS["caution"]


def _watched(watched: list[dict[str, Any]]) -> list[str]:
    lines: list[str] = []
    for line in watched:
        estimate = line["estimate"]
        if estimate.get("value") is None:
            lines.append(f"{line['title']}, {line['metric']}: {estimate['refused']}")
            continue
        value, low, high = (100 * estimate[k] for k in ("value", "low", "high"))
        p = estimate["parts"]
        lines.append(
            f"{line['title']}, {line['metric']}: {value:+.1f} points ({low:+.1f} to {high:+.1f});"
            f" {p['exposed_events']:,} of {p['exposed_cases']:,} against"
            f" {p['comparison_events']:,} of {p['comparison_cases']:,}",
        )
    return [*lines, ""] if lines else []


def _source(told: dict[str, Any]) -> list[str]:
    source, budget = told["source"], told["budget"].get("budget", {})
    lines = [
        f"Source: {source.get('title') or 'a file'}, {source.get('rows', 0):,} rows,"
        f" {source['parked']:,} parked. {source.get('credit', '')}".rstrip(),
    ]
    for because, n in told["not_replayed"]["parked_because"].items():
        lines.append(f"  parked {n:,}: {because}")
    for because, n in told["not_replayed"].get("left_out", {}).items():
        lines.append(f"  left out {n:,}: {because}")
    if source.get("not_used"):
        lines.append(f"  there, and not used: {', '.join(source['not_used'])}")
    if source.get("calendar") is False:
        lines.append("  Days stand for an order made by a hash of each row: they are no calendar.")
    else:
        lines.append("  Days are counted at each site from its own start; a pool's day is the")
        lines.append("  largest of its sites' days, and no calendar date.")
    lines.append(
        "Chance of one wrong step over the whole rollout and all looks: expansion"
        f" {budget.get('expand')}, hold {budget.get('hold')}, suspension {budget.get('suspend')}.",
    )
    shown = [s["estimate"]["level"] for s in told["scopes"] if s["estimate"]["value"] is not None]
    levels = sorted({f"{100 * level:.0f}" for level in shown}) or ["95"]
    lines.append(
        f"Intervals are {' and '.join(levels)} % confidence sequences: they hold at every look."
    )
    lines.append(f"Ledger: {told['ledger']['size']:,} facts, root {told['ledger']['root']}.")
    return lines
