"""Every card shown is counted once: by what the person did, or by the stated silence."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from attending.clock import stamp

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def at(hours=0.0):
    return stamp(NINE + timedelta(hours=hours))


def told(auditor, as_of=""):
    return {r["response"]: r["n"] for r in auditor.rows(10, _as_of=as_of)}


@pytest.mark.parametrize(("until", "word"), [(7.99, "waiting"), (8, "ignored"), (100, "ignored")])
def test_silence_is_ignoring_only_once_the_stated_time_is_over(wrote, until, word):
    wrote.add(
        wrote.specs(at(-1), ignored_after="8 h"),
        wrote.card("a", at()),
        wrote.card("later", at(until), "silent"),
    )

    assert told(wrote.auditor) == {word: 1}


def test_a_late_response_takes_the_inference_back_and_a_past_answer_keeps_it(wrote):
    wrote.add(
        wrote.specs(at(-1), ignored_after="8 h"),
        wrote.card("a", at()),
        wrote.response("a", at(30), "overridden", "patient-ineligible"),
    )

    assert told(wrote.auditor) == {"overridden": 1}
    assert told(wrote.auditor, at(20)) == {"ignored": 1}


def test_without_a_stated_time_nobody_is_said_to_have_ignored_anything(wrote):
    wrote.add(wrote.card("a", at()), wrote.card("b", at(1000), "silent"))

    assert told(wrote.auditor) == {"not known": 1}


def test_counts_add_up_whatever_people_did(wrote):
    dice, true = random.Random(3), Counter()
    facts = [wrote.specs(at(-1), ignored_after="2 d")]
    for n in range(300):
        shown, site = dice.random() < 0.7, dice.choice(("Alder", "Elm"))
        hour = dice.randrange(24 * 90)
        facts.append(wrote.card(f"{n}", at(hour), "shown" if shown else "silent", site=site))
        said = dice.choice(("", "accepted", "overridden", "twice")) if shown else ""
        code = dice.choice(("patient-ineligible", "limited-time"))
        if said in ("overridden", "twice"):
            facts.append(wrote.response(f"{n}", at(hour), "overridden", code))
        if said in ("accepted", "twice"):
            facts.append(wrote.response(f"{n}", at(hour + 1)))
        if shown:
            word = "accepted" if said == "twice" else said or "ignored"
            true[site, at(hour)[:7], word, code if word == "overridden" else None] += 1
    facts.append(wrote.card("last", at(24 * 99), "silent"))
    wrote.add(*facts)

    rows = wrote.auditor.rows(10)
    found = Counter({(r["site"], r["month"], r["response"], r["reason"]): r["n"] for r in rows})
    assert found == true
    for site, month in {(r["site"], r["month"]) for r in rows}:
        there = [r["share"] for r in rows if (r["site"], r["month"]) == (site, month)]
        assert sum(there) == pytest.approx(1.0)


def test_where_no_roles_are_declared_the_answer_says_so_and_guesses_none(wrote):
    wrote.add(wrote.card("a", at()), wrote.response("a", at()))

    answer = wrote.auditor.ask(10)
    assert (answer["status"], answer["needs"]) == (
        "partial", ["roles that the use case declares"],
    )  # fmt: skip
    assert {r["role"] for r in wrote.auditor.rows(10)} == {"not known"}


def test_roles_and_units_are_told_apart_and_what_is_not_known_is_counted(wrote):
    dice, true, facts = random.Random(5), Counter(), []
    for n in range(60):
        role = dice.choice(("nurse", "physician", "not_known"))
        unit = dice.choice(("icu", "ward", ""))
        facts += [wrote.card(f"{n}", at(), role=role, unit=unit)]
        facts += [wrote.response(f"{n}", at(1))] if dice.random() < 0.6 else []
        word = "accepted" if facts[-1].kind == "observed" else "not known"
        true[role.replace("_", " "), unit or "not known", word] += 1
    wrote.add(*facts)

    rows = wrote.auditor.rows(10)
    assert Counter({(r["role"], r["unit"], r["response"]): r["n"] for r in rows}) == true
    for role, unit in {(r["role"], r["unit"]) for r in rows}:
        there = [r["share"] for r in rows if (r["role"], r["unit"]) == (role, unit)]
        assert sum(there) == pytest.approx(1.0)
    answer = wrote.auditor.ask(10)
    assert answer["status"] == "answered"
    assert answer["counts"]["role_not_known"] == sum(
        n for (role, *_), n in true.items() if role == "not known"
    )


def test_words_of_a_persons_own_are_counted_and_never_told(wrote):
    wrote.add(
        wrote.card("a", at()),
        wrote.response("a", at(), "overridden", reason={"listed": False}, comment="f" * 64),
    )

    (row,) = wrote.auditor.rows(10)
    assert row["reason"] == "own words"


def test_a_response_to_what_was_not_shown_is_named(wrote):
    wrote.add(wrote.card("a", at(), "silent"), wrote.response("a", at()), wrote.response("b", at()))

    assert set(wrote.auditor.against(10)) == {"a", "b"}
    assert wrote.auditor.ask(10)["because"].endswith("nothing was shown to anybody.")
