"""The roadmap is one order, the declared one, whatever order the proposals came in."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from attending.decide.proposals.intake import Intake, Kept, TierSaid, submission
from attending.decide.proposals.roadmap import advised, ranking, roadmap
from attending.facts.proposal import DEFAULT_TABLE
from attending.spec.proposals.proposal import BUILD, BUY, CRITERIA

SCORE = st.sampled_from([0, 1, 2, 3, 4, "not_known"])
TIER = st.sampled_from(["low", "moderate", "high", None])
FEASIBILITY = ("data", "complexity", "vendor", "timeline")
RISK = ("regulatory", "validation", "change", "vendor")


def body(name="p", **over):
    """Give a submission's body with what a ranking reads."""
    return {
        "type": "proposal/1", "proposal": name, "n": 1, "digest": name, "sealed": "", "texts": {},
        "tool": name, "title": name, "use_case": name,
        "impact": {"1": {"kind": "time", "unit": "hours_per_year", "low": 0,
                         "likely": over.get("likely", 6000), "high": 10**6}},
        "feasibility": dict(zip(FEASIBILITY, over.get("feasibility", (4, 3, 3, 3)), strict=True)),
        "risk": dict(zip(RISK, over.get("risk", (1, 1, 1, 1)), strict=True)),
        "boxes": {"scale": {"from": over.get("scale", "2026-12-01"), "to": "2027-12-31"}}
        if over.get("scale", "there") else {},
    }  # fmt: skip


def put(bodies, tiers):
    made = [
        submission(each, index=i, at=f"2026-11-{1 + i % 3:02}T08:00:00.000Z", person="somebody")
        for i, each in enumerate(bodies)
    ]
    told = {
        f"use_case/{m.proposal}": TierSaid(t, 99) for m, t in zip(made, tiers, strict=True) if t
    }
    return Intake(proposals={m.proposal: Kept((m,)) for m in made}, tiers=told)


PROPOSED = st.fixed_dictionaries({
    "likely": st.sampled_from([0, 300, 1000, 6000, 20_000, "not_known"]),
    "feasibility": st.tuples(SCORE, SCORE, SCORE, SCORE) | st.just((4, 4, 3, 3)),
    "risk": st.tuples(SCORE, SCORE, SCORE, SCORE),
    "scale": st.sampled_from(["2026-12-01", "2027-06-01", ""]),
})  # fmt: skip


@given(told=st.lists(st.tuples(PROPOSED, TIER), min_size=2, max_size=8), seed=st.randoms())
def test_the_order_is_total_and_by_the_declared_precedence(told, seed):
    intake = put([body(f"p{i}", **over) for i, (over, _) in enumerate(told)], [t for _, t in told])
    ranked = roadmap(intake)
    shuffled = list(intake.proposals.items())
    seed.shuffle(shuffled)

    assert roadmap(replace(intake, proposals=dict(shuffled))) == ranked
    assert len({each.order for each in ranked}) == len(ranked)
    for a, b in pairwise(ranked):
        keys = [
            (a.quick, b.quick),
            ((a.impact or 0) * a.feasibility, (b.impact or 0) * b.feasibility),
            (-a.risk, -b.risk),
        ]
        first = next(((x, y) for x, y in keys if x != y), None)
        when = [(each.kept.first.at, each.kept.first.index) for each in (a, b)]
        assert first[0] > first[1] if first else when == sorted(when)


@given(over=PROPOSED, tier=TIER)
def test_a_quick_win_is_known_to_be_one(over, tier):
    intake = put([body(**over)], [tier])
    (ranked,) = roadmap(intake)
    known = [x for x in over["feasibility"] if x != "not_known"]

    assert ranked.quick == (
        tier in ("low", "moderate")
        and sum(known) / 4 >= 3
        and over["likely"] != "not_known"
        and over["likely"] >= 1000
        and over["scale"] == "2026-12-01"
    )
    assert ranked.quick == (not ranked.why_not_quick)


@given(over=PROPOSED, tier=TIER, part=st.sampled_from(["likely", "feasibility", "risk"]))
def test_knowing_less_never_gains_a_place(over, tier, part):
    less = over | {part: "not_known" if part == "likely" else ("not_known", *over[part][1:])}
    before, after = (ranking(i, i.proposals["p"]).order
                     for i in (put([body(**each)], [tier]) for each in (over, less)))  # fmt: skip

    assert after >= before


@pytest.mark.parametrize(
    ("likely", "level"), [(249, 0), (250, 1), (999.5, 1), (1000, 2), (19_999, 3), (20_000, 4)]
)
def test_impact_is_read_from_the_table(likely, level):
    assert DEFAULT_TABLE.levels["time"]["hours_per_year"] == (250, 1000, 5000, 20_000)
    assert roadmap(put([body(likely=likely)], ["low"]))[0].impact == level


def test_exactly_sixteen_weeks_is_soon_enough_and_a_day_more_is_not():
    for scale, quick in (("2027-02-21", True), ("2027-02-22", False)):
        (ranked,) = roadmap(put([body(scale=scale)], ["low"]))
        assert (ranked.days, ranked.quick) == (112 + (not quick), quick)


ANSWERS = st.fixed_dictionaries({name: st.sampled_from(["yes", "no", "not_known"])
                                 for name in CRITERIA})  # fmt: skip


def advice(answers):
    told = body() | {"criteria": {name: {"answer": said} for name, said in answers.items()}}
    return advised(submission(told, index=0, at="2026-11-01", person="somebody")).route


FILL = st.fixed_dictionaries({name: st.sampled_from(["yes", "no"]) for name in CRITERIA})
LEADS = dict.fromkeys(BUILD, "yes") | dict.fromkeys(BUY, "not_known")


@example(answers=LEADS, fill=dict.fromkeys(CRITERIA, "yes"))
@example(answers={k: "not_known" if k in BUILD else "yes" for k in CRITERIA},
         fill=dict.fromkeys(CRITERIA, "yes"))  # fmt: skip
@given(answers=ANSWERS, fill=FILL)
def test_what_is_advised_stands_however_the_unknown_turns_out(answers, fill):
    filled = {k: fill[k] if v == "not_known" else v for k, v in answers.items()}
    assert advice(answers) in (None, advice(filled))


@pytest.mark.parametrize(
    ("yes", "route"),
    [
        ((*BUILD,), "build"),
        ((*BUY,), "buy"),
        ((*list(BUILD)[:2], *list(BUY)[:2]), "hybrid"),
        ((), None),
        ((*list(BUILD)[:3], *list(BUY)[:1]), "build"),
    ],
)
def test_the_criteria_speak_for_a_route(yes, route):
    assert advice({name: "yes" if name in yes else "no" for name in CRITERIA}) == route
