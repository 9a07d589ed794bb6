"""An answer is told under every breach that stood when and where it was given, and no other."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from attending.clock import stamp

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
SITES, TOOLS, COLUMNS = ("Alder", "Elm"), ("falls", "sepsis", "other"), ("rate", "unit")
HOLDS = {"rate": ("falls",), "unit": ()}
READS = {"falls": ("rate",), "sepsis": ("rate", "unit")}
CONCERNED = {"rate": {"falls", "sepsis"}, "unit": {"sepsis"}}


def at(hours):
    return stamp(MIDNIGHT + timedelta(hours=hours))


def checked(wrote, hours, states, key="checks/labs"):
    """Give what checks found: by column and site, a state; what is not told is not asked."""
    results = [
        {"check": "present", "spec": "s", "source": "lab", "site": site, "table": "labs",
         "column": column, "kind": "completeness", "from": 0, "to": 9, "num_violated": 5,
         "num_denominator": 9, "allowed": 0.1, "state": state, "since_row": 1,
         "known_at": at(hours)}
        for (column, site), state in states.items()
    ]  # fmt: skip
    body = {"type": "data_checked/1", "checks": "labs", "spec": "s", "source": "lab",
            "table": "labs", "results": results, "reads": READS,
            "holds": {f"present/{column}": held for column, held in HOLDS.items()}}  # fmt: skip
    fact = wrote.fact("measured", at(hours), body, use_case=None)
    return type(fact)(**{name: getattr(fact, name) for name in fact.__struct_fields__} | {
        "key": key})  # fmt: skip


def test_every_answer_is_told_with_the_breaches_that_stood_when_it_was_given(wrote):
    dice = random.Random(3)
    facts, true, states = [], {}, {}
    for hour in range(120):
        if hour % 7 == 0:
            states = {
                (column, site): dice.choice(("ok", "breach", "error", "not_connected", "too_few"))
                for column in COLUMNS for site in SITES if dice.random() < 0.8
            }  # fmt: skip
            facts.append(checked(wrote, hour, states))
        tool, site = dice.choice(TOOLS), dice.choice(SITES)
        facts.append(wrote.card(f"p{hour}", at(hour + 0.5), use_case=tool, site=site))
        stood = {f"present/labs.{column}/{there}" for (column, there), state in states.items()
                 if state in ("breach", "error") and there == site
                 and tool in CONCERNED[column]}  # fmt: skip
        if stood:
            true[f"p{hour}"] = ", ".join(sorted(stood))
    wrote.add(*facts)

    answer = wrote.auditor.ask(16)
    told = {row["prediction"]: row["breaches"] for row in wrote.auditor.rows(16, what="answer")}
    assert told == true
    assert len(true) > 10
    assert answer["counts"]["answers_while_degraded"] == len(true)
    assert answer["because"].startswith(f"{len(true)} of 120 answers")
    rows = wrote.auditor.rows(16, what="breach")
    assert sum(row["n_answers"] for row in rows) == sum(b.count("present/") for b in true.values())
    assert {(row["use_case"], row["column"]) for row in rows if row["holds"]} == {("falls", "rate")}


def test_a_breach_ends_when_its_check_is_well_or_no_longer_asked_and_one_that_stands_has_no_end(
    wrote,
):
    wrote.add(
        checked(wrote, 0, {("rate", "Alder"): "breach", ("unit", "Alder"): "breach"}),
        checked(wrote, 1, {("rate", "Alder"): "breach", ("unit", "Alder"): "breach"}),
        checked(wrote, 2, {("rate", "Alder"): "ok"}),
        checked(wrote, 3, {("rate", "Alder"): "breach"}),
        checked(wrote, 4, {("rate", "Alder"): "ok"}, key="checks/another"),
    )
    told = sorted(
        (row["column"], row["from"], row["until"] or "")
        for row in wrote.auditor.rows(16, what="breach", use_case="sepsis")
    )
    assert told == [
        ("rate", at(0), at(2)), ("rate", at(3), ""), ("unit", at(0), at(2)),
    ]  # fmt: skip


def test_without_a_breach_it_says_what_was_searched(wrote):
    wrote.add(wrote.card("a", at(0)), checked(wrote, 1, {("rate", "Alder"): "ok"}))
    answer = wrote.auditor.ask(16)
    assert (answer["status"], answer["rows"]) == ("answered", [])
    assert answer["because"] == "Searched 2 facts: no data check was ever in breach."
