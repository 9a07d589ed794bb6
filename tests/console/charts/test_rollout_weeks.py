"""The rollout's picture: a square for each site and week, a table of spells."""

from __future__ import annotations

import pytest

from attending.console.charts.rollout_weeks import Event, Square, rollout_weeks


def squares(**sites):
    return [
        Square(site, week, state, 7 if state != "off" else None)
        for site, states in sites.items()
        for week, state in enumerate(states.split(), 1)
    ]


def test_the_table_says_each_spell_once():
    chart = rollout_weeks(
        "t", "a", squares(East="off live live held", West="live live live live"), []
    )

    assert [(r["site"], r["state"], r["from"], r["to"]) for r in chart.rows] == [
        ("East", "off", 1, 1),
        ("East", "live", 2, 3),
        ("East", "held", 4, 4),
        ("West", "live", 1, 4),
    ]


def test_the_spells_and_the_squares_are_the_same():
    given = squares(East="off live live suspended", West="silent live held live")
    chart = rollout_weeks("t", "a", given, [])
    told = {(r["site"], w): r["state"] for r in chart.rows for w in range(r["from"], r["to"] + 1)}
    drawn = chart.spec["vconcat"][-1]["data"]["values"]

    assert told == {(v["site"], v["week"]): v["state"] for v in drawn}


def test_held_and_suspended_have_a_shape_besides_their_color():
    drawn = rollout_weeks("t", "a", squares(East="live held suspended"), []).spec["vconcat"][-1]

    assert [bool(v["glyph"]) for v in drawn["data"]["values"]] == [False, True, True]


@pytest.mark.parametrize("weeks", [1, 12, 64, 260])
def test_any_length_fits(weeks):
    chart = rollout_weeks("t", "a", squares(East=" ".join(["live"] * weeks)), [])

    assert chart.spec["vconcat"][-1]["width"] <= max(640, 5 * weeks)


def test_each_event_has_a_row_of_its_own_and_leads_to_its_fact():
    events = [Event(1, "opened", 3), Event(1, "held", 4)]
    top = rollout_weeks("t", "a", squares(East="live live"), events).spec["vconcat"][0]

    assert [(v["row"], v["href"]) for v in top["data"]["values"]] == [
        (0, "/facts/3"),
        (1, "/facts/4"),
    ]
