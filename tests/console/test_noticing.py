"""Sentences: each thing once, in the right number, and never against the picture."""

from __future__ import annotations

import re
from html import unescape
from types import SimpleNamespace

import pytest

from attending.console.course import Course
from attending.console.noticing import because, held, outs, standing_holds
from attending.console.standing_words import state_of, tag_of
from attending.console.words import are
from attending.decide.plan import crossing
from attending.decide.standing import Hold, Spot, Standing
from attending.facts.entry import Entry
from attending.facts.fact import By, Fact

CAUTION = Hold("caution", "west", 33, "worse than promised")
LIMIT = Hold("safety", "west", 33, "worse than the floor", (("west", "*"),))
SPOKEN = Hold("person", "all", 40, "chair-post: we saw it", (("west", "*"), ("east", "*")))
PLAIN = Course("watch_alert", "Watch alert", [])  # nothing was done yet: its days have no dates


def standing(modes, *holds):
    spots = {(site, "*"): Spot("r", mode) for site, mode in modes.items()}
    return Standing(spots=spots, holds={str(n): hold for n, hold in enumerate(holds)})


def test_a_safety_limit_and_its_caution_on_one_day_are_one_reason():
    told = because(PLAIN, [CAUTION, LIMIT])
    assert told == because(PLAIN, [LIMIT]) == " since day 33, worse than the floor"


@pytest.mark.parametrize(
    "other",
    [
        Hold("caution", "west", 21, "worse than promised"),
        Hold("caution", "east", 33, "worse than promised"),
        Hold("person", "west", 33, "chair-post: we saw it"),
    ],
)
def test_a_reason_of_another_day_place_or_person_is_told_as_well(other):
    assert because(PLAIN, [other, LIMIT]).count("since day") == 2


def test_a_person_s_reason_names_the_person():
    assert because(PLAIN, [SPOKEN]) == " since day 40, as chair-post said: we saw it"


def test_a_data_check_s_reason_tells_the_site_by_its_title(parts):
    course = parts.history.courses()["watch_alert"]
    check = Hold("data", "all", 33, "data check once of rows.id at west: 3 of 9 rows fall short")
    assert "of rows.id at West: 3 of 9 rows" in because(course, [check])


def test_a_suspended_site_is_told_once_with_all_its_reasons():
    modes = {"east": "suspended", "west": "suspended", "north": "live"}
    told = outs(standing(modes, LIMIT, CAUTION, SPOKEN))

    assert [sites for sites, _ in told] == [["east"], ["west"]]
    assert [len(holds) for _, holds in told] == [1, 2]


def test_a_suspended_site_of_which_no_reason_is_left_is_told_all_the_same():
    assert outs(standing({"west": "suspended"})) == [(["west"], [])]


def test_what_is_suspended_is_not_told_as_held_too():
    out = standing({"west": "suspended", "east": "off"}, LIMIT, CAUTION, SPOKEN)
    partly = standing({"west": "suspended", "east": "live"}, LIMIT, CAUTION, SPOKEN)

    assert standing_holds(out, None) == {}
    assert list(standing_holds(partly, None)) == ["all"]


def test_two_holds_of_one_scope_are_one_sentence():
    early = Hold("caution", "east", 3, "worse than promised")
    late = Hold("person", "east", 9, "chair-post: we saw it")

    assert standing_holds(standing({"east": "live"}, early, late), None) == {"east": [early, late]}


def test_all_sites_together_are_several():
    assert [are([scope]) for scope in ("all", "west")] == ["are", "is"]


def plain(text):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


@pytest.mark.parametrize("day", [*range(0, 60, 6), 59])
def test_a_sentence_never_contradicts_its_chart(console, parts, day):
    """Today, the rollout's table and the last squares of its picture say one thing of a site."""
    course = parts.history.course("watch_alert", day)
    spec = console.get(f"/rollouts/watch_alert/rollout_weeks.json?as_of={day}").json()
    squares = spec["vconcat"][-1]["data"]["values"]
    last = max(square["week"] for square in squares)
    drawn = {s["site"]: s["state"] for s in squares if s["week"] == last}
    text = console.get(f"/rollouts/watch_alert?as_of={day}").text
    table = text[text.index('aria-label="Each site"') : text.index('id="moves"')]
    today = plain(console.get(f"/?as_of={day}").text)

    for site, title in course.sites.items():
        row = plain(next(r for r in table.split("<tr>") if f"{site}?as_of" in r))
        assert re.search(rf"\b{drawn[title]}\b", row), (title, row)
        assert (f"Output is suspended at {title} " in today) == (drawn[title] == "suspended")
        assert f"{title} are held" not in today
        assert today.count(f"{title} is held") <= (drawn[title] == "held")
    assert "together is" not in today


@pytest.mark.parametrize(
    ("mode", "scope", "words"),
    [
        ("live", "west", "West is held since day 33"),
        ("silent", "west", "West stays silent, held since day 33"),
        ("silent", "all", "All sites together stay silent, held since day 33"),
    ],
)
def test_a_silent_site_that_is_held_is_said_to_be_silent(parts, mode, scope, words):
    hold = Hold("caution", scope, 33, "worse than promised")

    class Course(type(parts.history.course("watch_alert"))):
        def standing(self, until=None):
            return standing({"west": mode}, hold)

    course = Course("u", "u", read_backs=[])
    course.specs = parts.history.course("watch_alert").specs
    (sentence,) = held((course, None, []))
    assert sentence.words.startswith(words)


@pytest.mark.parametrize("mode", ["off", "silent", "suspended", "retired", "live"])
def test_only_what_is_live_is_drawn_and_tagged_as_held(mode):
    there = standing({"west": mode}, CAUTION)

    expected = "held" if mode == "live" else mode
    assert state_of(there, "west", None) == tag_of(there, "west", None).word == expected


def test_a_day_bears_its_date_and_a_number_what_it_is_of():
    verdict = SimpleNamespace(
        listed="safety_limit", rule="beyond_floor", metric="performance.auroc/x", scope="west"
    )
    why = "shown to be worse than 0.77: 0.71 (0.67 to 0.76)"
    crossed = Hold("safety", "west", 58, why, answers=crossing(verdict))
    at = "2026-07-21T00:00:00.000Z"
    receipt = Fact(kind="acted", key="r", at=at, by=By(person="x"), body={"type": "receipt/1"})
    course = SimpleNamespace(
        on=Course("a", "A", [], receipts=[Entry(0, receipt)]).on,
        today=SimpleNamespace(verdicts=[verdict]),
        sites={},
    )

    assert because(course, [crossed]) == (
        " since 17 September (day 58), area under the ROC curve shown to be worse than 0.77:"
        " 0.71 (0.67 to 0.76)"
    )


def test_a_replay_s_days_have_no_dates():
    at = "2000-01-01T00:00:00.000Z"
    receipt = Fact(kind="acted", key="r", at=at, by=By(person="x"), body={"type": "receipt/1"})

    assert Course("a", "A", [], receipts=[Entry(0, receipt)]).on(58) == "day 58"
