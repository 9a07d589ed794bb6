"""A user's day adds up over every tool, and what was spared them is counted apart."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

from attending.clock import stamp

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
DISPLAYS = {
    ("shown", ""): "n_shown", ("silent", ""): "n_silent", ("suppressed", "cap"): "n_muted",
    ("suppressed", "suspended"): "n_muted", ("no_advice", ""): "n_no_advice",
    ("failed", "engine"): "n_failed", ("late", ""): "n_failed",
}  # fmt: skip


def at(hours):
    return stamp(MIDNIGHT + timedelta(hours=hours))


def test_every_answer_is_in_one_users_day_whatever_tool_gave_it(wrote):
    dice, true, facts = random.Random(5), {}, []
    for n in range(400):
        hour, user = dice.randrange(24 * 5), dice.choice(("u1", "u2", "u3", ""))
        tool, display = dice.choice(("falls", "sepsis")), dice.choice([*DISPLAYS])
        facts.append(wrote.card(f"{n}", at(hour), *display, use_case=tool, user=user))
        day = true.setdefault((user or "not named", at(hour)[:10]), Counter())
        day[DISPLAYS[display]] += 1
        day[tool] += display[0] == "shown"
    wrote.add(*facts)

    rows = wrote.auditor.rows(12, what="user and day")
    told = {(r["user"], r["day"]): {name: r[name] for name in {*DISPLAYS.values()}} for r in rows}
    assert told == {key: {n: day[n] for n in {*DISPLAYS.values()}} for key, day in true.items()}
    for row in rows:
        day = true[row["user"], row["day"]]
        assert row["n_tools"] == sum(day[tool] > 0 for tool in ("falls", "sepsis"))
    hidden = wrote.auditor.ask(13)["counts"]["not_shown"]
    assert wrote.auditor.ask(12)["counts"]["shown"] + hidden == 400


def test_a_wave_is_compared_with_the_time_before_it_at_its_sites_alone(wrote):
    opened = 24 * 40
    facts = [
        wrote.receipt(at(opened), ("Alder", (None, "falls-1"), ("silent", "live")), wave="first")
    ]

    def put(name, hour, display="shown", **over):
        facts.append(wrote.card(name, at(hour), display, **over))

    put("long before", opened - 24 * 29)
    put("silent before", opened - 24, "silent")
    put("other tool before", opened - 2 * 24, use_case="sepsis")
    put("after", opened + 1)
    put("same day after", opened + 2)
    put("other user after", opened + 24, user="u2")
    put("not named", opened + 3, user="")
    put("elsewhere", opened + 3, site="Elm")
    put("long after", opened + 24 * 28)
    wrote.add(*facts)

    (row,) = wrote.auditor.rows(12, what="wave")
    assert (row["wave"], row["sites"], row["use_case"]) == ("first", "Alder", "falls")
    assert (row["n_before"], row["user_days_before"]) == (1, 2)
    assert (row["n_after"], row["user_days_after"]) == (3, 2)
    assert (row["per_user_day_before"], row["per_user_day_after"]) == (0.5, 1.5)


def test_a_site_is_asked_about_alone(wrote):
    wrote.add(wrote.card("a", at(1)), wrote.card("b", at(1), site="Elm", user="u2"))

    assert [row[1:4] for row in wrote.auditor.ask(12, site="Elm")["rows"]] == [
        ["user and day", "u2", "2026-03-02"]
    ]


def test_where_nothing_was_answered_it_says_what_was_searched(wrote):
    wrote.add(wrote.specs(at(0)))

    assert wrote.auditor.ask(12)["because"] == "Searched 1 facts: no answer is on record."
