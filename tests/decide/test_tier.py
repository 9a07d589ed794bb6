"""A tier follows from answers, never sinks by an answer, and is lowered by two people alone."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attending import shapes
from attending.decide.tier import Spoken, computed, in_force
from attending.errors import Refused
from attending.facts.tier import LEVELS, OVERRIDE_DAYS, Override
from attending.loops.rulebooks import TIERS, shipped
from attending.spec.use_case import Risk

BOOK = next(book for book in shipped() if book.id == TIERS)
TRUE_OR_NOT = (
    "acts_without_person", "drives_treatment_or_triage", "time_critical", "protected_input",
)  # fmt: skip
ASKED_LATER = (
    "patient_facing_unreviewed", "denies_or_delays_care", "sends_identifiable_data",
    "continuously_updated",
)  # fmt: skip
DEVICE = ("not_device", "unclear", "device")
WORST_FIRST = ("no", "not_known", "yes")


def risk(**over):
    plain = dict.fromkeys(TRUE_OR_NOT, False) | dict.fromkeys(ASKED_LATER, "no")
    return shapes.convert(plain | {"device": "not_device"} | over, Risk)


def every_answer():
    for flags in itertools.product([False, True], repeat=4):
        for later in itertools.product(WORST_FIRST, repeat=4):
            for device in DEVICE:
                yield {**dict(zip(TRUE_OR_NOT, flags, strict=True)),
                       **dict(zip(ASKED_LATER, later, strict=True)), "device": device}  # fmt: skip


def wanted(said):
    """Say it as the contract does."""
    maybe = {name for name in ASKED_LATER if said[name] != "no"}
    if (
        said["acts_without_person"]
        or "patient_facing_unreviewed" in maybe
        or (said["time_critical"] and said["drives_treatment_or_triage"])
        or "denies_or_delays_care" in maybe
        or said["device"] != "not_device"
    ):
        return "high"
    moderate = ("drives_treatment_or_triage", "time_critical", "protected_input")
    return "moderate" if any(said[name] for name in moderate) else "low"


def worse(said):
    """Give every way in which one answer gets worse by one step."""
    for name in TRUE_OR_NOT:
        if not said[name]:
            yield said | {name: True}
    for name, words in (*((n, WORST_FIRST) for n in ASKED_LATER), ("device", DEVICE)):
        at = words.index(said[name])
        if at + 1 < len(words):
            yield said | {name: words[at + 1]}


@pytest.fixture(scope="module")
def table():
    """Give the tier of every combination of answers."""
    return {
        tuple(said.items()): computed(shapes.convert(said, Risk), BOOK) for said in every_answer()
    }


def test_every_combination_of_answers_has_the_tier_the_contract_gives_it(table):
    assert len(table) == 16 * 81 * 3
    wrong = [k for k, found in table.items() if found.tier != wanted(dict(k))]
    assert not wrong, wrong[:3]


def test_no_answer_that_gets_worse_lowers_a_tier_or_its_rank(table):
    for key, found in table.items():
        for said in worse(dict(key)):
            other = table[tuple(said.items())]
            assert LEVELS.index(other.tier) >= LEVELS.index(found.tier), (key, said)
            assert other.rank >= found.rank, (key, said)


def test_a_tier_says_which_answers_made_it_so(table):
    for found in table.values():
        assert bool(found.because) == (found.tier != "low")


def test_what_was_never_asked_counts_as_the_answer_that_asks_for_more():
    asked = {name: getattr(risk(), name) for name in (*TRUE_OR_NOT, "device")}
    found = computed(shapes.convert(asked, Risk), BOOK)

    assert found.tier == "high"
    assert "patient_facing_unreviewed: not known" in found.because


@given(st.dictionaries(st.sampled_from([*TRUE_OR_NOT, *ASKED_LATER]), st.integers(-9, 9)))
def test_weights_order_and_never_set_a_tier(weights):
    book = msgspec.structs.replace(BOOK, weights=weights)
    for said in ({}, {"time_critical": True}, {"acts_without_person": True}):
        assert computed(risk(**said), book).tier == computed(risk(**said), BOOK).tier


def test_a_rulebook_without_rules_of_tiers_is_refused():
    with pytest.raises(Refused, match="tiers"):
        computed(risk(), msgspec.structs.replace(BOOK, tiers=()))


@pytest.mark.parametrize("four", [*itertools.product(["yes", "no", "unclear"], repeat=4)])
@pytest.mark.parametrize("stated", DEVICE)
def test_criteria_make_a_device_of_it_and_never_talk_it_out_of_one(four, stated):
    criteria = dict(zip(("c1", "c2", "c3", "c4"), four, strict=True))
    criteria |= {"guidance_version": "2026-01-29", "by": "compliance"}
    found = computed(risk(device=stated, device_criteria=criteria), BOOK).device

    came = "device" if "no" in four else "unclear" if "unclear" in four else "not_device"
    assert DEVICE.index(found.result) == max(DEVICE.index(came), DEVICE.index(stated))


def test_a_device_question_is_open_where_all_four_hold_and_time_is_short():
    four = dict.fromkeys(("c1", "c2", "c3", "c4"), "yes")
    criteria = four | {"guidance_version": "2026-01-29", "by": "compliance"}
    found = computed(risk(time_critical=True, device_criteria=criteria), BOOK)

    assert (found.device.result, found.tier) == ("unclear", "high")


MODERATE = computed(risk(time_critical=True), BOOK)
ROLES = {"chair": "committee_chair", "officer": "compliance_officer", "both": "committee_chair"}
START = date(2026, 1, 1)


def spoken(index, person, frm, to, *, role=None, day=0, digest=MODERATE.inputs_digest):
    said = Override(from_=frm, to=to, inputs_digest=digest, role=role or ROLES[person], why="w")
    return Spoken(said, person, (START + timedelta(days=day)).isoformat(), index)


def on(day):
    return (START + timedelta(days=day)).isoformat()


PAIR = [spoken(1, "chair", "moderate", "low"), spoken(2, "officer", "moderate", "low", day=1)]


def test_two_persons_in_two_roles_lower_it_for_180_days_and_no_longer():
    assert in_force(MODERATE, PAIR, on(0)).tier == "moderate", "one of them alone"
    assert "compliance_officer" in in_force(MODERATE, PAIR, on(0)).waits
    found = in_force(MODERATE, PAIR, on(1))
    assert (found.tier, found.cites, found.until) == ("low", (1, 2), on(1 + OVERRIDE_DAYS))
    assert in_force(MODERATE, PAIR, on(1 + OVERRIDE_DAYS)).tier == "low"
    assert in_force(MODERATE, PAIR, on(2 + OVERRIDE_DAYS)).tier == "moderate"


def test_one_person_in_both_roles_lowers_nothing():
    alone = [
        spoken(1, "both", "moderate", "low"),
        spoken(2, "both", "moderate", "low", role="compliance_officer"),
    ]
    assert in_force(MODERATE, alone, on(9)).tier == "moderate"


def test_a_lowering_is_for_the_answers_they_had_before_them():
    other = computed(risk(protected_input=True), BOOK)
    assert other.tier == "moderate"
    assert in_force(other, PAIR, on(9)).tier == "moderate"


def test_anybody_raises_it_and_that_ends_a_lowering():
    raised = [*PAIR, spoken(3, "chair", "low", "high", role="", day=2)]
    found = in_force(MODERATE, raised, on(3))
    assert (found.tier, found.cites) == ("high", (3,))
    assert in_force(MODERATE, raised, on(2 + 3 * OVERRIDE_DAYS)).tier == "high", "it does not end"


WORDS = st.lists(
    st.builds(
        lambda person, frm, to, day: (person, frm, to, day),
        st.sampled_from([*ROLES]), st.sampled_from(LEVELS), st.sampled_from(LEVELS),
        st.integers(0, 400),
    ),
    max_size=8,
)  # fmt: skip


@settings(max_examples=400)
@given(WORDS, st.integers(0, 800))
def test_whatever_people_say_a_lower_tier_has_two_of_them_behind_it(words, day):
    words = sorted(words, key=lambda w: w[3])
    said = [spoken(i, p, f, t, day=d) for i, (p, f, t, d) in enumerate(words) if f != t]
    found = in_force(MODERATE, said, on(day))

    if LEVELS.index(found.tier) < LEVELS.index(MODERATE.tier):
        behind = [s for s in said if s.index in found.cites]
        assert len({s.person for s in behind}) == 2
        assert {s.override.role for s in behind} == {"committee_chair", "compliance_officer"}
        assert max(s.on for s in behind) <= on(day) <= found.until
        later = [s for s in said if s.index > max(found.cites) and s.on <= on(day)]
        assert all(s.override.lowers for s in later), "nobody raised it since"
    raises = [s.override.to for s in said if not s.override.lowers and s.on <= on(day)]
    lowered = found.until is not None
    if raises and not lowered:
        assert LEVELS.index(found.tier) >= max(map(LEVELS.index, raises))
