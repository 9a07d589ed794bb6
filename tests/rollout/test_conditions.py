"""A condition that a committee sets acts by itself, on what came after it and on nothing else."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from attending import shapes
from attending.admit import admit, read_lone
from attending.loops.conditions import cells_since
from attending.loops.declare import declare
from attending.loops.meeting import Voice, close, hold_meeting, vote
from attending.loops.packet import Put, put
from attending.loops.propose import AWAITED, check_proposed
from attending.loops.widen import widen
from attending.spec.condition import Conditions, MeetingHeld
from attending.spec.mistake import SpecRefused

RATIO = {"metric": "outcomes.risk_ratio", "of": "fall"}
KEEP = {
    "id": "safe_at_alder", "owner": "owner", "effect": "suspend",
    "keep": RATIO | {"scope": {"sites": ["Alder"]}, "floor": 1.1, "stop_line": 1.74},
}  # fmt: skip
SHOW = {
    "id": "no_worse", "owner": "owner", "due": "20 d",
    "show": RATIO
    | {"floor": 1.25, "goal": 0.5, "expected": {"cases_a_day": 60, "event_share": 0.2}},
}  # fmt: skip
DO = {"id": "say_it_again", "owner": "owner", "due": "5 d", "do": {"fact": "resume/1"}}


@pytest.fixture
def day_zero(make_town):
    """Give a town whose days are counted from its clock's first: it answers silently."""
    town = make_town(day=0)
    town.through()
    return town


def decide(town, *conditions, meeting="second", closes=()):
    """Hold a meeting by which all want what is proposed."""
    if not closes:
        choice = "approve_with_conditions" if conditions else "approve"
        votes = [{"person": p, "choice": choice} for p in ("chair", "cmio", "member")]
        held = {"meeting": meeting, "chair": "chair", "votes": votes, "conditions": conditions}
        return hold_meeting(town.parts, town.folded, shapes.convert(held, MeetingHeld)).body
    packet = put(town.parts, town.folded, Put(meeting, closes=closes)).digest
    for person in ("chair", "cmio", "member"):
        vote(town.parts, town.folded, Voice(person, packet), "approve")
    return close(town.parts, town.folded, Voice("chair", packet)).body


def states(town):
    return {name: held.state for name, held in town.standing.governed.conditions.items()}


def until_broken(town, name, most=10):
    """Let bad days pass at the first site until a condition breaks there."""
    for _ in range(most):
        town.days(1, "bad", "good", "good")
        if states(town)[name] == "broken":
            return
    raise AssertionError(states(town))


def test_a_broken_keep_suspends_in_that_turn_and_stays_broken_until_a_decision_ends_it(
    make_town, making
):
    loose = [dict(making.rollout["safety_limits"][0]) | {"floor": 3.0, "stop_line": 9.0}]
    town = make_town(day=0, rollout=making.rollout | {"safety_limits": loose, "cautions": []})
    town.pilot()
    assert decide(town, KEEP)["word"] == "approved_with_conditions"
    until_broken(town, "safe_at_alder")
    receipt = next(r.body for r in town.facts("receipt/1") if r.body["cause"] == "condition")
    assert receipt["move"] == "suspend"
    assert (receipt["day"], receipt["answers"]) == (town.day, "condition/safe_at_alder")
    assert set(receipt["read_back"]) == {"g1", "g2"}
    assert town.modes()["Alder"] == "suspended"
    assert town.shown() == {}
    assert [d.body["item"] for d in town.facts("docket/1")] == ["safe_at_alder"]
    town.turn()
    assert len([r for r in town.facts("receipt/1") if r.body["cause"] == "condition"]) == 1

    town.say("lift", "Alder")
    town.say("resume")
    decide(town, meeting="third")  # an approval that does not speak of it
    town.days(1)
    assert states(town)["safe_at_alder"] == "broken"
    packet = put(town.parts, town.folded, Put("fourth", closes=("safe_at_alder",)))
    (shown,) = packet.deciding["conditions"]
    assert (shown["id"], shown["state"]) == ("safe_at_alder", "broken")
    assert decide(town, meeting="fourth", closes=("safe_at_alder",))["closes"] == ["safe_at_alder"]
    assert states(town)["safe_at_alder"] == "lapsed"
    assert town.standing.governed.docket == {}


def test_a_broken_condition_forbids_every_wider_plan(day_zero):
    town = day_zero
    decide(town, DO | {"due": "2 d"})
    town.days(4)
    assert states(town)["say_it_again"] == "broken"
    assert town.standing.holds.keys() == {"condition/say_it_again"}
    town.say("resume")
    assert town.plan()[1].interlocks == ("breaks_a_condition",)


def test_only_cases_from_the_day_after_the_decision_are_read(day_zero):
    town = day_zero
    town.days(4, "bad", "good", "good")
    decide(town, KEEP)
    decided_on = town.day
    held = town.standing.governed.conditions["safe_at_alder"]
    for gone in range(1, 6):
        town.days(1)
        cells = cells_since(town.parts, town.folded, held)
        wanted = max(0, gone - 1)  # a case is counted the day after it happened
        assert cells.total().n == 80 * wanted
        assert cells.from_on == (decided_on + 2 if wanted else None)
    assert states(town) == {"safe_at_alder": "open"}


@pytest.mark.parametrize(("report", "state"), [("good", "met"), ("thin", "broken")])
def test_what_is_shown_in_time_is_met_and_what_is_not_holds(day_zero, report, state):
    town = day_zero
    decide(town, SHOW)
    town.days(20, report, report, report)
    assert states(town) == {"no_worse": state}
    assert ("condition/no_worse" in town.standing.holds) is (state == "broken")


def test_what_is_to_be_done_is_met_by_the_fact_and_not_undone_by_its_day(day_zero):
    town = day_zero
    decide(town, DO)
    town.days(1)
    assert states(town) == {"say_it_again": "open"}
    town.say("hold")
    town.say("resume")
    town.days(1)
    assert states(town) == {"say_it_again": "met"}
    town.days(4)
    assert states(town) == {"say_it_again": "met"}


def test_an_edited_spec_closes_nothing(day_zero, making, tmp_path):
    town = day_zero
    decide(town, DO | {"due": "2 d"})
    edited = tmp_path / "edited"
    edited.mkdir()
    budget = {"conditions": {"hold": 0.5}}
    folder = admit(making.write(edited, rollout=making.rollout | {"budget": budget}))
    town.parts = replace(town.parts, folder=folder)
    declare(town.parts, by="author")
    town.days(3)
    declare(town.parts, by="author")
    assert states(town) == {"say_it_again": "broken"}
    assert town.standing.expansion == "held"


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (
            {"show": SHOW["show"] | {"metric": "outcomes.risk_ration"}},
            6,
            "mean 'outcomes.risk_ratio'",
        ),
        ({"show": SHOW["show"] | {"of": "falls"}}, 7, "did you mean 'fall'"),
        ({"show": SHOW["show"] | {"scope": {"sites": ["Adler"]}}}, 5, "did you mean 'Alder'"),
        ({"owner": "comittee_chair"}, 3, "did you mean 'committee_chair'"),
        ({"due": None}, 1, "`due:` is missing"),
        ({"due": "3 d"}, 4, "power by 3 d is below one half"),
        ({"show": SHOW["show"] | {"expected": None}}, 5, "no case has been seen yet"),
        ({"show": SHOW["show"] | {"goal": 1.5}}, 5, "the goal lies on the bad side"),
        ({"show": SHOW["show"] | {"better": "higher"}}, 5, "lower is better"),
        ({"effect": "suspend"}, 1, "nothing is suspended for want of cases"),
        ({"show": None, "do": {"fact": "resumed/1"}}, 1, "did you mean 'resume/1'"),
        ({"do": {"fact": "resume/1"}}, 1, "write exactly one"),
    ],
)
def test_what_cannot_be_judged_is_refused_before_the_vote(town, tmp_path, change, line, words):
    with pytest.raises(SpecRefused) as refused:
        propose(town, tmp_path, [{k: v for k, v in (SHOW | change).items() if v is not None}])
    assert words in str(refused.value)
    assert "conditions.yaml:" in str(refused.value)
    assert town.facts("packet/1")[1:] == []


def propose(town, tmp_path, conditions):
    """Read a file as the verb does, one key on a line, and check it."""
    path = tmp_path / "conditions.yaml"
    path.write_text(json.dumps(conditions, indent=1), "utf-8")
    read, document = read_lone(path, Conditions, under="conditions")
    widen(town.parts, town.folded)
    check_proposed(town.parts, town.folded, read.conditions, document.where)
    return read.conditions


def test_the_refusal_for_want_of_power_names_a_day_that_is_taken(town, tmp_path):
    with pytest.raises(SpecRefused) as refused:
        propose(town, tmp_path, [SHOW | {"due": "3 d"}])
    days = int(str(refused.value).rpartition("or later (")[2].partition(" d)")[0])
    assert propose(town, tmp_path, [SHOW | {"due": f"{days} d"}])
    with pytest.raises(SpecRefused):
        propose(town, tmp_path, [SHOW | {"due": f"{days - 1} d"}])


def test_the_budget_is_split_over_eight_conditions_and_then_spent_for_good(town, tmp_path):
    eight = [KEEP | {"id": f"safe_{i}"} for i in range(8)]
    body = decide(town, *eight)
    assert sum(each["share"] for each in body["conditions"]) == pytest.approx(0.02)
    decide(town, meeting="third", closes=[each["id"] for each in eight])
    assert set(states(town).values()) == {"lapsed"}
    with pytest.raises(SpecRefused, match=r"budget.conditions.suspend is spent"):
        propose(town, tmp_path, [KEEP])
    with pytest.raises(SpecRefused, match="was set or is proposed already"):
        propose(town, tmp_path, [KEEP | {"id": "safe_0", "effect": "hold"}])


def test_every_fact_that_may_be_awaited_is_one_that_somebody_writes(root):
    written = "".join(p.read_text("utf-8") for p in (root / "src").rglob("*.py"))
    orders = {f"{verb}/1" for verb in ("hold", "suspend", "resume", "lift")}
    for name in {*AWAITED} - orders:
        assert written.count(f'"type": "{name}"') or name == "departed/1", name


def test_before_the_first_deed_a_condition_is_due_on_its_date_and_no_sooner(make_town):
    town = make_town(day=0)
    decide(town, DO)
    town.turn()
    assert states(town) == {"say_it_again": "open"}
    assert town.standing.expansion != "held"
    for _ in range(7):
        town.pass_day(("none", "none", "none"))
    town.turn()
    assert states(town) == {"say_it_again": "broken"}
