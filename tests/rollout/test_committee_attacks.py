"""Whoever can write to the ledger, or move the clock, still gets nothing shown without a decision.

Each attack has the whole of what it needs but for honest votes. What is asked in the end is the
same for all: no gateway shows anything, and the plan that would is refused for want of approval.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from attending.admit import admit
from attending.errors import GateNotMet, Refused, Stale
from attending.loops.declare import declare
from attending.loops.meeting import Voice, close, recuse, vote
from attending.loops.packet import Put, put

MEMBERS = ("chair", "cmio", "member")


def packet_of(town, name="first"):
    return put(town.parts, town.folded, Put(name)).digest


def say_yes(town, packet, *people):
    for person in people:
        vote(town.parts, town.folded, Voice(person, packet), "approve")


def forge(town, fact, **over):
    """Write a fact as somebody who holds the pen could: a copy with another key and body."""
    body = {**fact.body, **over}
    town.pen.append([msgspec.structs.replace(fact, key=f"forged/{town.reader.size()}", body=body)])


def try_close(town, packet, person="chair"):
    try:
        return close(town.parts, town.folded, Voice(person, packet)).body.get("word")
    except (Refused, Stale):
        return None


def declared_by(town, person, folder):
    town.parts = replace(town.parts, folder=folder)
    declare(town.parts, by=person)


def recorded(town, kind):
    return town.facts(kind)


def withdraw(town, packet):
    """Close an item without a decision: two of its three voters take no part after all."""
    for person in ("cmio", "member"):
        recuse(town.parts, town.folded, Voice(person, packet), "was bought a dinner")
    assert try_close(town, packet) is None


# --- the attacks: each does what it can, and the votes it lacks are never cast ----------------


def author_approves_own(town, specs_of):
    declared_by(town, "member", specs_of(approval_days=364))
    packet = packet_of(town)
    say_yes(town, packet, "chair", "cmio")
    with pytest.raises(Refused, match="declared"):
        say_yes(town, packet, "member")
    assert try_close(town, packet) is None


def vote_replayed_on_another_packet(town, specs_of):
    first = packet_of(town, "first")
    say_yes(town, first, *MEMBERS)
    assert recorded(town, "vote/1")
    second = packet_of(town, "second")
    for fact in recorded(town, "vote/1"):
        forge(town, fact, item="falls/second", meeting="second")
        forge(town, fact, item="falls/second", meeting="second", packet_digest=second)
    assert try_close(town, second) is None
    withdraw(town, first)


def one_person_votes_for_three(town, specs_of):
    packet = packet_of(town)
    say_yes(town, packet, "chair", "cmio")
    for fact in recorded(town, "vote/1"):
        forge(town, fact)
        signature = dict(fact.body["signature"]) | {"person": "member", "printed_name": "member"}
        forge(town, fact, signature=signature)
    assert try_close(town, packet) is None


def decision_typed_by_hand(town, specs_of):
    packet = packet_of(town)
    say_yes(town, packet, "chair", "cmio")
    assert try_close(town, packet) is None
    (fact,) = recorded(town, "no_decision/1")
    body = fact.body | {
        "type": "decision/1", "word": "approved", "because": "3 approve", "release": "falls-1",
        "conditions": [], "closes": [], "valid_from": "2000-01-01", "expires_on": "2099-01-01",
        "digest": "f" * 64,
        "quorum": {"voting": 3, "voting_wanted": 3, "practicing": 1, "practicing_wanted": 1},
    }  # fmt: skip
    forge(town, fact, **body)


def vote_after_closing(town, specs_of):
    packet = packet_of(town)
    say_yes(town, packet, "chair", "cmio")
    assert try_close(town, packet) is None
    with pytest.raises(Stale):
        say_yes(town, packet, "member")
    forge(town, recorded(town, "vote/1")[0])
    assert try_close(town, packet) is None


def recused_and_counted(town, specs_of):
    packet = packet_of(town)
    recuse(town.parts, town.folded, Voice("member", packet), "my sister sells it")
    say_yes(town, packet, "chair", "cmio")
    with pytest.raises(Refused, match="recused"):
        say_yes(town, packet, "member")
    assert try_close(town, packet) is None


def role_removed_between_packet_and_vote(town, specs_of):
    packet = packet_of(town)
    say_yes(town, packet, "chair", "cmio")
    without = [m for m in specs_of.committee["members"] if m["person"] != "member"]
    declared_by(town, "platform", specs_of(members=without))
    with pytest.raises((Refused, Stale)):
        say_yes(town, packet, "member")
    assert try_close(town, packet) == "re_review", "what the votes rest on has changed"


def gone_between_packet_and_vote(town, specs_of):
    packet = packet_of(town)
    say_yes(town, packet, "chair", "cmio")
    town.tell(type="departed/1", person="member")
    with pytest.raises((Refused, Stale)):
        say_yes(town, packet, "member")
    assert try_close(town, packet) is None


def vendor_given_a_vote(town, specs_of):
    others = [m for m in specs_of.committee["members"] if m["person"] != "member"]
    seller = {"person": "member", "roles": ["vendor", "committee_member"], "voting": True}
    declared_by(town, "platform", specs_of(members=[*others, seller]))
    packet = packet_of(town)
    say_yes(town, packet, "chair", "cmio")
    with pytest.raises(Refused, match="has no vote"):
        say_yes(town, packet, "member")
    assert try_close(town, packet) is None


def clock_moved_back_into_an_approval(town, specs_of):
    packet = packet_of(town)
    say_yes(town, packet, *MEMBERS)
    assert try_close(town, packet) == "approved"
    town.clock.advance(timedelta(days=specs_of.committee["approval_days"] + 1))
    town.turn()
    town.clock._at -= timedelta(days=10)  # as a machine whose clock was set back


def clock_moved_back_before_an_approval(town, specs_of):
    town.clock.advance(timedelta(days=30))
    packet = packet_of(town)
    say_yes(town, packet, *MEMBERS)
    assert try_close(town, packet) == "approved"
    town.clock._at -= timedelta(days=20)  # as a machine whose clock was set back


def abstentions_for_a_majority(town, specs_of):
    packet = packet_of(town)
    say_yes(town, packet, "chair")
    for person in ("cmio", "member"):
        vote(town.parts, town.folded, Voice(person, packet), "decline")
    with pytest.raises(Refused):
        vote(town.parts, town.folded, Voice("owner", packet), "approve")
    try_close(town, packet)


ATTACKS = (
    author_approves_own,
    vote_replayed_on_another_packet,
    one_person_votes_for_three,
    decision_typed_by_hand,
    vote_after_closing,
    recused_and_counted,
    role_removed_between_packet_and_vote,
    gone_between_packet_and_vote,
    vendor_given_a_vote,
    clock_moved_back_into_an_approval,
    clock_moved_back_before_an_approval,
    abstentions_for_a_majority,
)


class Specs:
    """Makes the town's specs with a committee that differs in something."""

    def __init__(self, making, folder):
        self.committee = {"approval_days": 365} | making.committee
        self._making, self._folder, self._made = making, folder, 0

    def __call__(self, **over):
        self._made += 1
        folder = self._folder / str(self._made)
        folder.mkdir()
        return admit(self._making.write(folder, committee=self.committee | over))


@pytest.fixture
def undecided(making, tmp_path):
    """Give a town over which no committee has decided anything, and what makes other specs."""
    specs_of = Specs(making, tmp_path)
    with making.fast_folder() as store:
        town = making.town(specs_of(), store, author="engineer")
        yield town, specs_of
        town.close()


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_nothing_is_shown_for_want_of_honest_votes(undecided, attack):
    town, specs_of = undecided
    attack(town, specs_of)
    if town.plan() is None:
        assert town.standing.expansion == "held", "nothing may be planned at all"
        assert town.shown() == {}
        return
    town.through()  # listening waits for nobody
    town.days(4)
    digest, plan = town.plan()

    assert "not_approved" in plan.interlocks
    with pytest.raises(GateNotMet, match="not_approved"):
        town.sign(digest, "committee_chair", "chair")
    with pytest.raises(GateNotMet, match="no committee's approval is in force"):
        town.apply(digest)
    assert town.shown() == town.shown("g2") == {}


def test_the_same_town_with_honest_votes_shows_something(undecided):
    town, _ = undecided
    packet = packet_of(town)
    say_yes(town, packet, *MEMBERS)
    assert try_close(town, packet) == "approved"
    town.pilot()

    assert set(town.shown()) == {("Alder", "*")}
