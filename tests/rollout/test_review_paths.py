"""How much review a tool gets follows its tier, and never less than its committee says."""

from __future__ import annotations

import pytest

from attending.admit import admit
from attending.errors import GateNotMet, Refused
from attending.facts.fact import By, Fact
from attending.loops.books import Books
from attending.loops.meeting import Voice, close, vote
from attending.loops.packet import Put, put
from attending.loops.tiering import Speaker, all_heard, record, tier_of

IN_2026 = 9786  # 2026-10-17
ALL_NO = {
    "patient_facing_unreviewed": "no", "denies_or_delays_care": "no",
    "sends_identifiable_data": "no", "continuously_updated": "no",
}  # fmt: skip
LOW, MODERATE = ALL_NO, ALL_NO | {"drives_treatment_or_triage": True}
HIGH, UNKNOWN = ALL_NO | {"acts_without_person": True}, {}
QUICK = {"fast_track": {"voting": 2}}


@pytest.fixture
def undecided(making, tmp_path):
    """Make a town whose tool has some risk, over which no committee has decided."""
    made = []

    def make(risk, **committee):
        folder = tmp_path / f"specs{len(made)}"
        folder.mkdir()
        case = making.use_case | {"risk": making.use_case["risk"] | risk}
        making.write(folder, committee=making.committee | committee, usecase=case)
        store = tmp_path / f"store{len(made)}"
        town = making.town(admit(folder), store, day=IN_2026, author="engineer")
        made.append(town)
        return town

    yield make
    for town in made:
        town.close()


def came_to(town, *people):
    """Let some approve and the chair close; give the word, or None where it is no quorum."""
    packet = put(town.parts, town.folded, Put("first")).digest
    for person in people:
        vote(town.parts, town.folded, Voice(person, packet), "approve")
    try:
        return close(town.parts, town.folded, Voice("chair", packet)).body.get("word")
    except Refused:
        return None


@pytest.mark.parametrize(
    ("risk", "committee", "word"),
    [
        (MODERATE, QUICK, "approved"),
        (LOW, QUICK, "approved"),
        (HIGH, QUICK, None),
        (UNKNOWN, QUICK, None),
        (MODERATE, {}, None),
    ],
    ids=["moderate", "low", "high", "not known", "moderate, but the committee has no fast track"],
)
def test_two_decide_only_where_the_tier_and_the_committee_say_so(undecided, risk, committee, word):
    assert came_to(undecided(risk, **committee), "chair", "cmio") == word


def test_who_practices_there_is_wanted_on_the_fast_track_too(undecided):
    assert came_to(undecided(MODERATE, **QUICK), "chair", "member") is None


def register(town, use_case="falls"):
    body = {"type": "tool/1", "tool": "falls", "name": "Falls", "use_case": use_case}
    fact = Fact(kind="ingested", key=f"book/{use_case}", at="2026-10-17T08:00:00.000Z",
                by=By("keeper", via="sheet"), body=body)  # fmt: skip
    town.pen.append([fact])


def on_record(town):
    """Write the computed tier down, as `attending tier` does."""
    books = Books(town.reader, town.pen, town.clock)
    found = tier_of(town.folder, all_heard(town.reader), "2026-10-17").computed
    assert record(books, "falls", found, Speaker("engineer"))


def forbidden(town):
    """Give whether want of approval forbids going live."""
    town.listen()
    return "not_approved" in town.plan()[1].interlocks


def test_a_registered_tool_of_the_low_tier_waits_for_no_vote_where_its_committee_says_so(undecided):
    town = undecided(LOW, registration_only=True)
    register(town)
    on_record(town)
    assert not forbidden(town)
    town.through(("committee_chair", "chair"), ("cmio", "cmio"))

    assert set(town.shown()) == {("Alder", "*")}


@pytest.mark.parametrize(
    ("risk", "committee", "registered"),
    [
        (LOW, {"registration_only": True}, ""),
        (LOW, {"registration_only": True}, "another"),
        (LOW, {}, "falls"),
        (MODERATE, {"registration_only": True}, "falls"),
        (UNKNOWN, {"registration_only": True}, "falls"),
    ],
    ids=["no row", "a row of another tool", "a committee that votes on all", "moderate", "unknown"],
)
def test_in_every_other_case_a_vote_is_wanted(undecided, risk, committee, registered):
    town = undecided(risk, **committee)
    on_record(town)
    if registered:
        register(town, registered)
    assert forbidden(town)
    digest, _ = town.plan()
    with pytest.raises(GateNotMet):
        town.apply(digest)


def test_a_low_tier_that_is_not_on_record_spares_no_vote(undecided):
    town = undecided(LOW, registration_only=True)
    register(town)
    assert forbidden(town)


def test_a_refusal_is_not_undone_by_a_row_in_the_inventory(undecided):
    town = undecided(LOW, registration_only=True)
    register(town)
    on_record(town)
    packet = put(town.parts, town.folded, Put("first")).digest
    for person in ("chair", "cmio", "member"):
        vote(town.parts, town.folded, Voice(person, packet), "decline")
    assert close(town.parts, town.folded, Voice("chair", packet)).body["word"] == "declined"

    assert forbidden(town)
