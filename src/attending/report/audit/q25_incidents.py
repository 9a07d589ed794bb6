"""Which incidents were there, were their clocks met, and was the correction shown to work?

One row for each incident with its severity, where it was, who found it, when it stopped, what
led to it, and the days from its report to its fix; one for each of its clocks, with the rule's
version, when it was due and whether that was met; and one for each corrective action, with the
condition that shows whether it worked. Each end is computed again from the clock's own
parts, and held against the rules and the version that were on record when it began.

An overdue clock is an exception, and so are a suspension that a gateway has not read back, an
end that does not follow from its rule, and an incident that closed without a check.

It does not tell whether somebody ought to have reported what nobody did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.clock import stamp
from attending.report.clocks import clock_fault, ends_at, met, rules_of
from attending.report.evidence import standing
from attending.report.incidents import incidents
from attending.report.question import Answer, Question, Row, against

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from attending.facts.entry import Entry
    from attending.facts.incident import Clock
    from attending.report.clocks import Rules
    from attending.report.incidents import Told
    from attending.report.question import Asked, Cell

COLUMNS = (
    "incident", "what", "use_case", "sites", "kind", "severity", "state", "found_by", "known_at",
    "stopped_at", "causes", "days_to_fix", "n_affected", "rule", "version", "due_at", "met_at",
    "word", "owner", "check",
)  # fmt: skip


def answer(asked: Asked) -> Answer:
    """Tell of every incident, its clocks and its corrections."""
    about = (asked.use_case or None, None)  # a gateway's read-back is of no one use case
    everything = asked.evidence.entries()
    entries = [e for e in everything if not asked.use_case or e.fact.use_case in about]
    rules = rules_of(asked.evidence.entries("clock_rules/1"))
    now = asked.evidence.until
    found = [t for t in incidents(entries) if any(asked.is_about(s) for s in t.sites or (None,))]
    answers = standing(entries, "prediction/1")
    rows: list[Row] = []
    wrong: list[Row] = []
    for told in found:
        rows.append(_incident(told, answers))
        rows += _clocks(told, now)
        rows += _actions(told)
        wrong += _against(told, rules, now)
    late = sum(row.cells.get("word") == "missed" for row in rows)
    n_open = sum(told.state != "closed" for told in found)
    because = f"{len(found)} incidents, {n_open} of them open; {late} clocks missed."
    if not found:
        because = f"{asked.searched}: no incident was opened."
    counts = {"incidents": len(found), "open": n_open, "clocks_missed": late}
    return Answer(because, COLUMNS, tuple(rows), tuple(wrong), counts=counts)


def _incident(told: Told, answers: list[Entry]) -> Row:
    body, touched = told.opened.fact.body, told.affected(answers)
    cells: dict[str, Cell] = _common(told) | {
        "what": "incident",
        "kind": str(body["kind"]),
        "found_by": told.found_by,
        "known_at": str(body["known_at"]),
        "stopped_at": None if told.stopped_at is None else stamp(told.stopped_at),
        "causes": ", ".join(told.causes) or None,
        "days_to_fix": told.days_to_fix,
        "n_affected": len(touched),
    }
    cites = {*told.cites, *(e.index for e in touched)}
    return Row(told.name, cells, tuple(sorted(cites)))


def _clocks(told: Told, now: datetime | None) -> Iterator[Row]:
    for clock in told.clocks:
        ends, word = ends_at(clock), met(clock, now)
        cells: dict[str, Cell] = _common(told) | {
            "what": "clock",
            "rule": clock.rule,
            "version": clock.version,
            "due_at": None if ends is None else stamp(ends),
            "met_at": clock.met_at,
            "word": word,
            "known_at": clock.started_at,
        }
        yield Row(f"{told.name}/{clock.rule}", cells, told.cites_of(clock))


def _actions(told: Told) -> Iterator[Row]:
    for number, (body, cites) in sorted(told.actions.items()):
        shown = told.state in ("checked", "closed")
        cells: dict[str, Cell] = _common(told) | {
            "what": "corrective action",
            "due_at": str(body["due"]),
            "owner": str(body["owner"]),
            "check": str(body.get("check", "")) or None,
            "word": "shown to work" if shown else "done" if body["done"] else "not done",
        }
        yield Row(f"{told.name}/action/{number}", cells, tuple(sorted(cites)))


def _common(told: Told) -> dict[str, Cell]:
    return {
        "incident": told.name,
        "use_case": str(told.opened.fact.body["use_case"]),
        "sites": ", ".join(told.sites) or None,
        "severity": told.severity,
        "state": told.state,
    }


def _against(told: Told, rules: Rules, now: datetime | None) -> Iterator[Row]:
    for clock in told.clocks:
        key, cites = f"{told.name}/{clock.rule}", told.cites_of(clock)
        fault = clock_fault(told.as_opened(clock), rules)
        if fault:
            yield against(key, fault, *cites)
        if met(clock, now) == "missed":
            yield against(key, f"{clock.title}: not met by {_due(clock)}", *cites)
    for gateway in told.waits:
        because = f"its suspension is not confirmed at {gateway}"
        yield against(f"{told.name}/{gateway}", because, *told.cites)
    if told.uncarried:
        yield against(f"{told.name}/orders", "its suspension was not carried out", *told.cites)
    no_clocks = told.opened.fact.body.get("no_clocks")
    if no_clocks:
        yield against(f"{told.name}/clocks", "no clock could be started", told.opened.index)
    for entry, because in told.skipped:
        yield against(f"fact {entry.index}", because, entry.index)


def _due(clock: Clock) -> str:
    ends = ends_at(clock)
    return "a day not known" if ends is None else stamp(ends)


q25_incidents = Question(number=25, answer=answer)
