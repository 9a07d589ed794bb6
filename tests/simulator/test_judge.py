"""The judge misses nothing: each thing that could be wrong is told as a difference."""

from __future__ import annotations

import copy

import pytest

from attending.facts.entry import Entry
from attending.facts.fact import By, Fact
from attending.simulator.judge import judged, read

SITES = ("Larch", "Hazel")
TRUTH = {
    "first_day": "2026-07-21",
    "harmed": [{"site": "Larch", "from_day": 28, "what": "lactates of other patients"}],
    "left_alone": [{"site": "Hazel", "what": "a bad fortnight, by chance"}],
    "seen": {"Larch": {"asked": 2, "outcomes": 2}, "Hazel": {"asked": 1, "outcomes": 1}},
}


def answer(site, name, display="silent"):
    body = {"type": "prediction/1", "prediction": name, "display": display}
    return ("served", name, site, "2026-08-01T08:00:00.000Z", body)


def outcome(site, name):
    body = {"type": "outcome/1", "prediction": name, "y": True}
    return ("observed", name, site, "2026-08-03T00:00:00.000Z", body)


def suspended(site, at="2026-09-18T00:00:00.000Z", mode=("live", "suspended")):
    change = {"site": site, "mode": list(mode)}
    body = {"type": "receipt/1", "scope": site, "expansion": "held", "changes": [change]}
    return ("acted", f"{site}{at}{mode}", site, at, body)


def decided(**accused):
    verdicts = [
        {"scope": site, "listed": "caution", "rule": "short_of_goal", "word": word}
        for site, word in accused.items()
    ]
    body = {"type": "decided/1", "verdicts": verdicts, "findings": []}
    return ("decided", "d", None, "2026-09-01T00:00:00.000Z", body)


STORY = [
    answer("Larch", "1"),
    answer("Larch", "2"),
    answer("Hazel", "3"),
    outcome("Larch", "1"),
    outcome("Larch", "2"),
    outcome("Hazel", "3"),
    decided(Larch="not_met", Hazel="unsettled"),
    suspended("Larch"),
]


def told(story, truth=TRUTH):
    entries = [
        Entry(n, Fact(kind=kind, key=key, at=at, by=By(person="x"), site=site, body=body))
        for n, (kind, key, site, at, body) in enumerate(story)
    ]
    found, waiting = read(entries, SITES)
    return judged(truth, found, waiting)


def missed(story, truth=TRUTH):
    return told(story, truth)["missed"]


def test_a_story_that_went_right_misses_nothing():
    assert missed(STORY) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (STORY[:-1], "Larch: lactates"),
        ([*STORY[:-1], suspended("Larch", at="2026-08-10T00:00:00.000Z")], "Larch: lactates"),
        ([*STORY, suspended("Larch", mode=("suspended", "silent"))], "Larch: lactates"),
        ([*STORY, answer("Larch", "9", "shown")], "shown after"),
        ([*STORY, decided(Hazel="not_met")], "Hazel: caution"),
        ([*STORY, suspended("Hazel")], "Hazel"),
        (STORY[1:], "Larch: asked 2 times, 1 on record"),
        ([*STORY[:4], *STORY[5:]], "3 outcomes were handed over, 2 are on record"),
    ],
    ids=[
        "never suspended",
        "suspended before anything was wrong",
        "lifted again",
        "shown after it was suspended",
        "another accused",
        "another suspended",
        "an answer lost",
        "an outcome lost",
    ],
)
def test_each_difference_is_told(wrong, said):
    told = missed(wrong)

    assert any(said in each for each in told), told


def test_where_nothing_is_planted_a_suspension_is_a_difference():
    truth = copy.deepcopy(TRUTH)
    truth["left_alone"] += [{"site": "Larch", "what": "nothing happens"}]
    truth["harmed"] = []

    assert any("Larch" in each for each in missed(STORY, truth))


@pytest.mark.parametrize("at", ["2026-09-18T00:00:00.000Z", "2026-09-17T09:00:00.000Z"])
def test_a_suspension_as_a_day_ends_is_of_that_day_as_the_pages_tell_it(at):
    rows = told([*STORY[:-1], suspended("Larch", at)])["rows"]

    assert [row["suspended_on_day"] for row in rows] == [58, None]
