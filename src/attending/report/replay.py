"""The report of a replay, folded from its facts and from nothing else (contract C8)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from attending import shapes
from attending.facts.finding import Finding
from attending.facts.verdict import Verdict
from attending.report.answers import Answers
from attending.report.scope import needed_by_gates, told

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attending.facts.entry import Entry

DECIDES = "no_worse_than"  # the gate whose metric a scope's finding is about


@dataclass
class Gathered:
    """What the facts say, before it is told."""

    specs: dict[str, Any] = field(default_factory=dict)
    budget: dict[str, Any] = field(default_factory=dict)
    source: dict[str, Any] = field(default_factory=dict)
    parked: list[dict[str, Any]] = field(default_factory=list)
    decided: dict[str, Any] = field(default_factory=dict)
    receipts: list[dict[str, Any]] = field(default_factory=list)
    withheld: dict[str, int] = field(default_factory=dict)
    set_aside: dict[str, int] = field(default_factory=dict)
    waiting: list[dict[str, Any]] = field(default_factory=list)
    answers: dict[str, Answers] = field(default_factory=dict)


def gather(entries: Iterable[Entry]) -> Gathered:
    """Fold the facts of one replay."""
    found = Gathered()
    for entry in entries:
        body = entry.fact.body
        match entry.fact.type:
            case "specs/1":
                found.specs = body
            case "budget/1":
                found.budget = body
            case "source/1":
                found.source = body
            case "decided/1":
                found.decided = body
            case "parked/1":
                found.parked.append(body)
            case "receipt/1":
                found.receipts.append(body)
            case "plan/1":
                found.waiting.append(body)
            case "prediction/1":
                _count_prediction(found, entry)
    done = {receipt["plan"] for receipt in found.receipts}
    found.waiting = [plan for plan in found.waiting if plan["digest"] not in done]
    return found


def _count_prediction(found: Gathered, entry: Entry) -> None:
    body, site = entry.fact.body, entry.fact.site or ""
    if body.get("origin") == "scored":
        found.answers.setdefault(site, Answers()).count(body)
    if "set_aside" in body:
        found.set_aside[site] = found.set_aside.get(site, 0) + 1
        if body["display"] == "suppressed":
            found.withheld[site] = found.withheld.get(site, 0) + 1


def report(
    entries: Iterable[Entry],
    *,
    use_case: str,
    size: int,
    root: str,
    floor: float | None,
) -> dict[str, Any]:
    """Give `report/1` as plain JSON."""
    found = gather(entries)
    titles = found.specs.get("sites", {})
    silent = found.budget.get("mode") == "silent"
    scopes = _scopes(found, titles, floor, silent=silent)
    watched = list(found.decided.get("watched", []))
    for line in watched:
        line["title"] = titles.get(line["scope"], line["scope"])
    return {
        "schema": "report/1",
        "use_case": use_case,
        "title": found.specs.get("title", use_case),
        "as_of": found.decided.get("day"),
        "floor": floor,
        "silent": silent,
        "source": found.source | {"parked": len(found.parked)},
        "ledger": {"size": size, "root": root},
        "budget": {k: v for k, v in found.budget.items() if k not in ("type", "mode")},
        "scopes": scopes,
        "watched": watched,
        "answers": [
            {"site": site, "title": titles.get(site, site), **answers.told()}
            for site, answers in sorted(found.answers.items())
        ],
        "moves": [
            {k: r[k] for k in ("day", "move", "cause", "scope", "because")} for r in found.receipts
        ],
        "not_replayed": {
            "parked_rows": len(found.parked),
            "parked_because": _reasons(found.parked),
            "left_out": found.source.get("left_out", {}),
            "would_not_have_been_shown": sum(found.withheld.values()),
            "set_aside_after_suspension": sum(found.set_aside.values()),
            "plans_waiting_for_signatures": len(found.waiting),
        },
    }


def _scopes(
    found: Gathered, titles: dict[str, str], floor: float | None, *, silent: bool
) -> list[dict[str, Any]]:
    verdicts = shapes.convert(found.decided.get("verdicts", []), list[Verdict])
    findings = shapes.convert(found.decided.get("findings", []), list[Finding])
    scopes = []
    for finding in findings:
        own = [v for v in verdicts if v.scope == finding.scope]
        scope = told(
            finding,
            own,
            [r for r in found.receipts if r["scope"] == finding.scope],
            title=titles.get(finding.scope, finding.scope),
            withheld=found.withheld.get(finding.scope, 0),
            floor=floor,
        )
        scopes.append(scope | {"needed": needed_by_gates(own)} if silent else scope)
    return scopes


def _reasons(parked: list[dict[str, Any]]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for row in parked:
        counted[str(row["because"])] = counted.get(str(row["because"]), 0) + 1
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))
