"""Duties bind the plans that show more: by the rules in force, and by what people confirmed."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from click.testing import CliRunner

from attending.admit import admit
from attending.cli import door
from attending.clock import stamp
from attending.errors import GateNotMet, Refused
from attending.facts.fact import By, Fact
from attending.loops.books import Books
from attending.loops.obligations import Governance, checkups, oversight, owed, unmet
from attending.loops.packet import Put, put
from attending.loops.tiering import Speaker, all_heard, confirm, override, record, tier_of

IN_2026 = 9786  # 2026-10-17
SIGNED = (("committee_chair", "chair"), ("cmio", "cmio"))
OFFICER = {"person": "officer", "roles": ["compliance_officer"], "voting": False}
ANSWERED = {
    "patient_facing_unreviewed": "no", "denies_or_delays_care": "no",
    "sends_identifiable_data": "no", "continuously_updated": "no",
}  # fmt: skip


@pytest.fixture
def placed(making, tmp_path):
    """Make a town in a jurisdiction, with a compliance officer on its committee."""
    made = []

    def make(place="", risk=None, **over):
        folder = tmp_path / f"specs{len(made)}"
        folder.mkdir()
        members = [*making.committee["members"], OFFICER]
        case = making.use_case | {"risk": making.use_case["risk"] | (risk or {})} | over
        making.write(folder, committee=making.committee | {"members": members}, usecase=case)
        for site in making.sites if place else ():
            path = folder / f"site-{site}.yaml"
            plain = json.loads(path.read_text("utf-8")) | {"jurisdiction": place}
            path.write_text(json.dumps(plain), "utf-8")
        town = making.town(admit(folder), tmp_path / f"store{len(made)}", day=IN_2026)
        made.append(town)
        return town

    yield make
    for town in made:
        town.close()


def books_of(town):
    return Books(town.reader, town.pen, town.clock)


def confirmed(town, rule):
    return confirm(books_of(town), rule, "", Speaker("officer"), read_where="its own text")


def test_a_rule_that_somebody_confirmed_binds_the_next_plan_and_no_earlier_one(placed):
    town = placed("US-NC")
    town.listen()
    digest, plan = town.plan()
    assert plan.interlocks == (), "what was read at second hand forbids nothing"
    for role, person in SIGNED:
        town.sign(digest, role, person)

    assert confirmed(town, "us-1557/identify")

    with pytest.raises(GateNotMet, match="us-1557/identify 2025-05-01: the inventory holds no row"):
        town.apply(digest)
    assert town.shown() == {}


def test_where_the_inventory_answers_the_plan_goes_through(placed):
    town = placed("US-NC")
    town.listen()
    confirmed(town, "us-1557/identify")
    traits = ("race", "color", "national_origin", "sex", "age", "disability")
    town.tell(type="tool/1", use_case="falls", protected_reviewed_on="2026-10-01",
              **{f"protected_{t}": "none" for t in traits})  # fmt: skip

    assert town.through(*SIGNED)
    assert town.shown()


def test_a_place_that_is_not_known_is_asked_only_what_holds_everywhere(placed):
    town = placed()
    found = owed(town.folder, town.folded.heard, "2026-10-17")

    assert {each.book.jurisdiction for each in found.rules} == {"any"}
    assert found.unplaced == ("Alder", "Birch", "Elm")


def test_where_stakes_are_high_a_tool_that_explains_nothing_waits(placed, making):
    risk = ANSWERED | {"acts_without_person": True}
    card = making.use_case["workflow"]["card"] | {"detail": "From five findings of the nurse."}
    told = {"workflow": making.use_case["workflow"] | {"card": card}}
    for town, tripped in ((placed(risk=risk), True), (placed(risk=risk, **told), False)):
        assert owed(town.folder, town.folded.heard, "2026-10-17").duties.explanation
        town.listen()
        confirmed(town, "tier-default/high-explained")
        assert ("duty_missing" in town.plan()[1].interlocks) is tripped
    low = placed(risk=ANSWERED)
    assert not owed(low.folder, low.folded.heard, "2026-10-17").duties.explanation


def test_stopping_waits_for_no_rule(placed):
    town = placed("US-NC")
    town.pilot()
    assert town.shown()
    confirmed(town, "us-1557/identify")

    assert town.say("suspend")
    assert town.shown() == {}


def test_only_a_compliance_officer_confirms_and_only_once(placed):
    town = placed()
    with pytest.raises(GateNotMet, match="no compliance_officer"):
        confirm(books_of(town), "us-1557/identify", "", Speaker("chair"), read_where="there")
    with pytest.raises(Refused, match="where it was read"):
        confirm(books_of(town), "us-1557/identify", "", Speaker("officer"), read_where=" ")
    assert confirmed(town, "us-1557/identify")
    size = town.reader.size()
    assert not confirmed(town, "us-1557/identify")
    assert town.reader.size() == size
    raw = json.dumps([e.fact.body for e in town.reader.entries()])
    assert "its own text" not in raw, "what people write is sealed"


def test_a_confirmation_by_somebody_else_counts_for_nothing(placed):
    town = placed("US-NC")
    town.tell(type="confirmed_rule/1", rule="us-1557/identify", version="2025-05-01",
              by="officer", read_where="x")  # fmt: skip
    assert town.facts("confirmed_rule/1"), "said by the desk, in the officer's name"

    assert all_heard(town.reader).confirmed == {}


def test_the_tier_sets_the_review_path_and_the_packet_tells_it(placed):
    high, low = placed(), placed(risk=ANSWERED)
    for town, tier, review in ((high, "high", "full"), (low, "low", "registration")):
        told = put(town.parts, town.folded, Put("second")).deciding["oversight"]
        assert (told["tier"], told["review"]) == (tier, review)
    missing = {each["rule"] for each in oversight(high.parts, high.folded)["duties_missing"]}
    assert {"tier-default/risk-answered", "tier-default/subgroups"} <= missing
    assert "tier-default/subgroups" not in str(oversight(low.parts, low.folded))


def test_votes_rest_on_the_duties_they_saw(placed):
    town = placed()
    before = put(town.parts, town.folded, Put("second")).digest
    override(books_of(town), town.folder, "low", Speaker("chair", "committee_chair"), why="w")
    assert put(town.parts, town.folded, Put("second")).digest == before, "one of two"
    override(books_of(town), town.folder, "low", Speaker("officer", "compliance_officer"), why="w")

    assert put(town.parts, town.folded, Put("second")).digest != before


@pytest.mark.parametrize(
    ("person", "role", "told"),
    [
        ("member", "committee_chair", "no committee_chair"),
        ("owner", "committee_chair", "owns the tool"),
        ("chair", "cmio", "not by a cmio"),
        ("stranger", "compliance_officer", "no compliance_officer"),
    ],
)
def test_who_may_not_lower_a_tier_is_refused_and_counts_for_nothing(placed, person, role, told):
    town = placed()
    with pytest.raises(GateNotMet, match=told):
        override(books_of(town), town.folder, "low", Speaker(person, role), why="w")
    assert town.facts("tier_override/1") == []


def test_the_same_person_cannot_say_both_halves(placed):
    town = placed()
    chair = Speaker("chair", "committee_chair")
    override(books_of(town), town.folder, "low", chair, why="w")
    with pytest.raises(GateNotMet, match="another person"):
        override(books_of(town), town.folder, "low", chair, why="w")
    assert tier_of(town.folder, all_heard(town.reader), "2026-10-17").tier == "high"


def test_a_forged_lowering_counts_for_nothing(placed):
    """Two persons wrote it behind everybody's back, and neither holds the role they say."""
    town = placed()
    digest = tier_of(town.folder, all_heard(town.reader), "2026-10-17").computed.inputs_digest
    for person, role in (("member", "committee_chair"), ("stranger", "compliance_officer")):
        body = {"type": "tier_override/1", "from": "high", "to": "low", "role": role,
                "inputs_digest": digest, "why": "x"}  # fmt: skip
        at = stamp(town.clock.now())
        fact = Fact(kind="said", key=person, at=at, by=By(person), use_case="falls", body=body)
        town.pen.append([fact])

    assert len(town.facts("tier_override/1")) == 2
    assert tier_of(town.folder, all_heard(town.reader), "2026-10-18").tier == "high"


def test_the_same_tier_is_written_once(placed):
    town = placed()
    found = tier_of(town.folder, all_heard(town.reader), "2026-10-17").computed
    assert record(books_of(town), "falls", found, Speaker("engineer"))
    assert not record(books_of(town), "falls", found, Speaker("engineer"))
    assert len(town.facts("tier/1")) == 1


def test_without_a_cited_fact_a_row_that_was_met_is_missing(placed):
    """The same rows, from a copy of the ledger in which one fact after another is left out."""
    town = placed("US-NC", risk=ANSWERED)
    record(books_of(town), "falls",
           tier_of(town.folder, all_heard(town.reader), "2026-10-17").computed,
           Speaker("engineer"))  # fmt: skip
    found = owed(town.folder, town.folded.heard, "2026-10-17")
    given = checkups(Governance(town.reader), "falls", found.rules, "2026-10-17")
    rows = [r for r in given if r.kept == "met"]
    assert len({r.name for r in rows}) > 5
    for index in {i for row in rows for i in row.cites}:
        less = Governance(Without(town.reader, index))
        left = checkups(less, "falls", found.rules, "2026-10-17")
        for before in (r for r in rows if index in r.cites):
            after = next(r for r in left if r.name == before.name)
            assert after.kept == "missing", (index, after)


class Without:
    """A reader that has lost one fact."""

    def __init__(self, reader, index):
        self._reader, self._index = reader, index

    def size(self):
        return self._reader.size()

    def entries(self, start=0, **kinds):
        return (e for e in self._reader.entries(start, **kinds) if e.index != self._index)


class Counted(Without):
    """A reader that counts how often each fact was read."""

    def __init__(self, reader):
        super().__init__(reader, index=None)
        self.read = Counter()

    def entries(self, start=0, **kinds):
        for entry in super().entries(start, **kinds):
            self.read[entry.index] += 1
            yield entry


def test_each_fact_is_read_once_for_all_rules_of_all_use_cases(placed):
    town = placed("US-NC")
    rules = owed(town.folder, town.folded.heard, "2026-10-17").rules
    reader = Counted(town.reader)
    facts = Governance(reader)
    here = checkups(facts, "falls", rules, "2026-10-17")
    elsewhere = checkups(facts, "another", rules, "2026-10-17")

    assert set(reader.read.values()) == {1}
    assert {each.kept for each in here} > {each.kept for each in elsewhere}
    assert all(each.kept != "met" for each in elsewhere), "another's facts prove nothing"


def test_what_only_warns_is_told_and_forbids_nothing(placed):
    town = placed("US-NC")
    town.listen()
    _, plan = town.plan()

    warned = {each.name for each in unmet(town.parts, town.folded, "warn")}
    assert plan.interlocks == ()
    assert {"us-1557/identify", "tier-default/subgroups"} <= warned


def test_the_verbs_tell_tier_and_rules_and_who_may_not_gets_exit_code_4(placed, tmp_path):
    town = placed("US-NC")
    store = str(tmp_path / "store0")
    town.pen.checkpoint()

    def run(*words):
        return CliRunner().invoke(door, [*words, "--store", store])

    told = json.loads(run("tier", "falls", "-o", "json").output)
    assert (told["tier"], told["duties"]["review"]) == ("high", "full")
    assert told["notice"] == "Not legal advice."
    rows = json.loads(run("rulebook", "check", "falls", "-o", "json").output)["rows"]
    assert {r["book"] for r in rows} >= {"us-hti-1", "us-1557", "us-hipaa", "jc-ruaih", "chai"}
    assert all(r["cites"] for r in rows if r["word"] == "met")
    assert all(r["word"] == "not verified" for r in rows if r["checked"] == "M")
    refused = run("rulebook", "confirm", "us-1557/identify", "--as", "chair", "--read-where", "x")
    assert isinstance(refused.exception, GateNotMet)
    raised = run("tier", "lower", "falls", "--to", "low", "--as", "chair", "--role",
                 "committee_chair", "--why", "small")  # fmt: skip
    assert "waits for a compliance officer" in raised.output
