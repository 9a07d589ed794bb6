"""Committees driven at random, watched by somebody who counts by hand.

The watcher keeps books of its own: who may vote, who said what on which packet, who is
recused, what was set and when it ends. From those alone it says what an item must close as,
and whether use may widen. Votes are cast by the verb, which refuses, and also written straight
into the ledger by somebody who holds the pen; neither may make a vote count that does not.
"""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from functools import cache
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from attending import shapes
from attending.admit import admit
from attending.clock import stamp
from attending.decide import committee as rules
from attending.decide import governed as folds
from attending.decide.committee import Bench
from attending.decide.governed import Governed
from attending.errors import Refused
from attending.facts.committee import Decision
from attending.facts.fact import By, Fact
from attending.loops import meeting as meetings
from attending.loops import packet as packets
from attending.loops import propose
from attending.loops.declare import declare
from attending.loops.meeting import Voice, close, recuse, vote
from attending.loops.packet import Put, put
from attending.loops.widen import widen
from attending.measure.outcomes import risk_ratio
from attending.spec.condition import Proposed

STEPS, EXAMPLES = 40, 235
AT_LEAST = 20_000  # acts of people and passings of days; a rule may hold several
MAY_VOTE = {"chair", "cmio", "member", "nurse"}
PRACTICES = {"cmio", "nurse"}
EVERYBODY = sorted(MAY_VOTE | {"author", "owner", "vendor", "stranger"})
CHOICES = ("approve", "approve", "approve_with_conditions", "re_review", "decline", "abstain")
APPROVAL_DAYS = 30
COMMITTEE = {
    "kind": "Committee",
    "name": "ai",
    "title": "AI committee",
    "members": [
        {"person": "chair", "roles": ["committee_chair"]},
        {"person": "cmio", "roles": ["cmio"], "units": ["Alder"]},
        {"person": "member", "roles": ["committee_member"]},
        {"person": "nurse", "roles": ["committee_member"], "units": ["Birch"]},
        {"person": "author", "roles": ["committee_member"], "units": ["Alder"]},
        {"person": "owner", "roles": ["committee_chair"], "units": ["Alder"]},
        {"person": "vendor", "roles": ["vendor"], "units": ["Alder"]},
    ],
    "quorum": {"voting": 2},
    "approval_days": APPROVAL_DAYS,
}
KEEP = {"metric": "outcomes.risk_ratio", "of": "fall", "floor": 1.1, "stop_line": 1.74}


class Violation(AssertionError):  # noqa: N818  what is broken is a promise
    """A promise was broken."""


class Books:
    """What the watcher writes down of one item and of all decisions."""

    def __init__(self):
        self.gone, self.votes, self.recused = set(), {}, set()
        self.digest, self.seen, self.proposed = None, None, 0
        self.approved, self.until, self.set_so_far = False, None, 0
        self.due, self.broken = {}, set()  # conditions to be done: id -> last day

    def say(self, person, choice, digest):
        may = person in MAY_VOTE - self.gone - self.recused and digest == self.digest
        if may and (choice != "approve_with_conditions" or self.proposed):
            self.votes[person] = choice

    def word(self, seen):
        """Say what the item must close as; None where nothing is decided."""
        if seen != self.seen:
            return "re_review"
        said = Counter(choice for choice in self.votes.values() if choice != "abstain")
        if len(self.votes) < 2 or not PRACTICES & set(self.votes):
            return None
        half = sum(said.values()) / 2
        for word, choices in (
            ("approved", ["approve"]),
            ("approved_with_conditions", ["approve", "approve_with_conditions"]),
            ("declined", ["decline"]),
            ("re_review", ["re_review"]),
        ):
            if sum(said[choice] for choice in choices) > half:
                return word
        return None


def machine(making, specs, tally):  # noqa: C901  a class that knows its town
    class Committees(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.stack = ExitStack()
            store = self.stack.enter_context(making.fast_folder())
            self.town = making.town(specs, store, day=0, author="author")
            self.stack.callback(self.town.close)
            self.town.through()
            self.books, self.n, self.old = Books(), 0, []
            self.holds = self.edits = 0

        def teardown(self):
            self.stack.close()

        # what happens

        @rule(n=st.sampled_from([1, 1, 2, 20, 31]))
        def days_pass(self, n):
            tally["acts"] += 1
            self.town.clock.advance(timedelta(days=n))
            self.town.turn()
            for name, due in self.books.due.items():
                if self.town.day >= due and name not in self.books.broken:
                    self.books.broken.add(name)
                    self.holds += 1
                    tally["broken"] += 1
            if self.books.approved and self.town.day > self.books.until:
                self.holds += f"expired {self.books.until}" not in self.books.broken
                self.books.broken.add(f"expired {self.books.until}")
            self.look()

        @rule()
        def somebody_holds(self):
            tally["acts"] += 1
            self.town.say("hold")
            self.holds += 1
            self.look()

        @rule(person=st.sampled_from(["", "", "", "member", "nurse"]))
        def somebody_leaves(self, person):
            if person and person not in self.books.gone:
                tally["acts"] += 1
                self.write("said", {"type": "departed/1", "person": person}, "platform")
                self.books.gone.add(person)

        @rule()
        def a_spec_is_edited(self):
            tally["acts"] += 1
            self.edits += 1
            budget = {"conditions": {"hold": 0.05 + self.edits / 1000}}
            rollout = shapes.convert(making.rollout | {"budget": budget}, type(specs.rollout))
            folder = replace(
                specs, rollout=rollout, digests={**specs.digests, "edit": str(self.edits)}
            )
            self.town.parts = replace(self.town.parts, folder=folder)
            declare(self.town.parts, by="author")
            self.look()

        # what people do

        @rule(keeps=st.sampled_from([0, 0, 1, 3]), does=st.booleans(), closes=st.booleans())
        def a_packet(self, keeps, does, closes):
            asked = [self.asked("suspend", keep=KEEP) for _ in range(keeps)]
            asked += [self.asked("hold", due="5 d", do={"fact": "receipt/9"})] if does else []
            proposed = shapes.convert(asked, tuple[Proposed, ...])
            self.turn_in()
            there = self.town.standing.governed.of_state("open", "broken")
            try:
                with patch.object(propose, "AWAITED", ("receipt/9",)):
                    propose.check_proposed(self.town.parts, self.town.folded, proposed, str)
            except Refused:
                if self.books.set_so_far + keeps <= 8:
                    raise
                return
            named = tuple(there) if closes else ()
            self.n += 1
            made = put(self.town.parts, self.town.folded,
                       Put(f"m{self.n}", proposed=proposed, closes=named))  # fmt: skip
            tally["acts"] += 1
            self.old = [*self.old, self.books.digest][-2:]
            self.books.digest, self.books.seen = made.digest, self.seen()
            self.books.votes, self.books.recused = {}, set()
            self.books.proposed, self.proposed, self.closes = len(asked), asked, named

        def asked(self, effect, **form):
            self.n += 1
            return {"id": f"c{self.n}", "owner": "owner", "effect": effect} | form

        @rule(person=st.sampled_from(EVERYBODY), choice=st.sampled_from(CHOICES), old=st.booleans())
        def a_vote(self, person, choice, old):
            digest = self.old[-1] if old and self.old else self.books.digest
            if digest is None:
                return
            tally["acts"] += 1
            self.books.say(person, choice, digest)
            with_refusal(
                lambda: vote(self.town.parts, self.town.folded, Voice(person, digest), choice)
            )

        @rule(person=st.sampled_from(EVERYBODY), choice=st.sampled_from(CHOICES), old=st.booleans())
        def a_vote_by_the_pen(self, person, choice, old):
            """Write a vote straight into the ledger, on this packet or in another's name."""
            if self.books.digest is None:
                return
            digest = self.old[-1] if old and self.old and self.old[-1] else self.books.digest
            tally["acts"] += 1
            self.books.say(person, choice, digest)
            item = next(i for i in self.town.standing.governed.items.values()
                        if i.packet.digest == self.books.digest).packet.item  # fmt: skip
            at = stamp(self.town.clock.now())
            signature = {"person": person, "printed_name": person, "at": at,
                         "meaning": "approval", "digest": digest, "auth": ["store"]}  # fmt: skip
            body = {"type": "vote/1", "item": item, "meeting": "m", "packet_digest": digest,
                    "choice": choice, "signature": signature}  # fmt: skip
            self.write("said", body, person)

        @rule(choice=st.sampled_from(["approve", "approve_with_conditions", "decline"]))
        def all_who_may_vote_alike(self, choice):
            for person in sorted(MAY_VOTE):
                self.a_vote(person, choice, old=False)

        @rule(person=st.sampled_from(EVERYBODY))
        def a_recusal(self, person):
            if self.books.digest is None:
                return
            tally["acts"] += 1
            voice = Voice(person, self.books.digest)
            done = with_refusal(lambda: recuse(self.town.parts, self.town.folded, voice, "a tie"))
            if done is not None:
                tally["recused"] += 1
                self.books.recused.add(person)
                self.books.votes.pop(person, None)

        @rule(person=st.sampled_from(["chair", "chair", "chair", "owner", "member"]))
        def the_close(self, person):
            if self.books.digest is None:
                return
            tally["acts"] += 1
            voice = Voice(person, self.books.digest)
            wanted = self.books.word(self.seen())
            done = with_refusal(lambda: close(self.town.parts, self.town.folded, voice))
            may = person == "chair" and person not in self.books.recused | self.books.gone
            if (done is not None) is not may:
                raise Violation(f"{person} closed it: {done is not None}")
            if done is None:
                return
            word = done.body.get("word")
            tally[f"closed {word}"] += 1
            if word != wanted:
                raise Violation(f"closed as {word}, and it is {wanted}: {self.books.votes}")
            if set(self.books.votes) != {each["person"] for each in done.body["votes"]}:
                raise Violation(f"{self.books.votes} counted as {done.body['votes']}")
            self.after(word)

        @rule(who=st.sampled_from(["approve", "approve_with_conditions"]), keeps=st.integers(0, 3))
        def a_whole_meeting(self, who, keeps):
            self.a_packet(keeps, does=who != "approve", closes=True)
            self.all_who_may_vote_alike(who)
            self.the_close("chair")

        @rule(
            votes=st.lists(st.tuples(st.sampled_from(EVERYBODY), st.sampled_from(CHOICES),
                                     st.booleans(), st.sampled_from([False, False, True])),
                           min_size=4, max_size=7),
            recused=st.sampled_from(["", "member", "nurse", "cmio"]),
            meanwhile=st.sampled_from(["", "", "hold", "edit"]),
        )  # fmt: skip
        def a_wild_meeting(self, votes, recused, meanwhile):
            """Let anybody say anything by any way, then close it."""
            self.a_packet(0, does=True, closes=False)
            for person, choice, by_pen, old in votes:
                (self.a_vote_by_the_pen if by_pen else self.a_vote)(person, choice, old=old)
            if recused:
                self.a_recusal(recused)
            if meanwhile:
                (self.somebody_holds if meanwhile == "hold" else self.a_spec_is_edited)()
            self.the_close("chair")

        @rule(edited=st.booleans())
        def a_condition_comes_due(self, edited):
            """Ask for something that nobody does; days pass, and a spec may be edited."""
            self.a_packet(0, does=True, closes=False)
            self.all_who_may_vote_alike("approve_with_conditions")
            self.the_close("chair")
            if edited:
                self.a_spec_is_edited()
            self.days_pass(6)
            self.days_pass(1)

        # bookkeeping

        def after(self, word):
            self.books.digest = None
            if word is not None:
                self.books.approved = word.startswith("approved")
                self.books.until = self.town.day + APPROVAL_DAYS
                tally["set"] += len(self.proposed)
            if word == "approved_with_conditions":
                self.books.set_so_far += sum("keep" in each for each in self.proposed)
                self.books.due |= {
                    each["id"]: self.town.day + 5 for each in self.proposed if "do" in each
                }
            if word is not None and self.books.approved:
                for name in self.closes:
                    self.books.due.pop(name, None)
                    self.books.broken.discard(name)
            self.look()

        def seen(self):
            """Give what an item rests on that changes here; who can leave is never missed."""
            waits = sorted(self.books.due), sorted(self.books.broken)
            return self.holds, self.edits, waits

        def look(self):
            """Compare what the platform would let widen with what the books say."""
            tally["looks"] += 1
            self.turn_in()
            governed, today = self.town.standing.governed, stamp(self.town.clock.now())[:10]
            may = governed.unapproved("falls-1", today) is None
            if may is not (self.books.approved and self.town.day <= self.books.until):
                raise Violation(f"approved on day {self.town.day}: {may}, until {self.books.until}")
            broken = {name for name in self.books.broken if not name.startswith("expired")}
            if set(governed.of_state("broken")) != broken:
                raise Violation(f"broken: {set(governed.of_state('broken'))}, and it is {broken}")
            spent = sum(held.condition.share or 0 for held in governed.conditions.values())
            if spent > 0.02 + 1e-9:
                raise Violation(f"conditions may spend .02 and spend {spent}")

        def turn_in(self):
            widen(self.town.parts, self.town.folded)

        def write(self, kind, body, person):
            self.n += 1
            at, key = stamp(self.town.clock.now()), f"falls/{self.n}/{body['type']}"
            fact = Fact(kind=kind, key=key, use_case="falls", body=body, at=at,
                        by=By(person=person))  # fmt: skip
            self.town.pen.append([fact])
            self.turn_in()

        def check_invariants(self, settings, *more):
            tally["steps"] += 1
            return super().check_invariants(settings, *more)

    return Committees


def with_refusal(do):
    """Do what may be refused; None where it was."""
    try:
        return do()
    except Refused:
        return None


@pytest.fixture(scope="module")
def governed_specs(making, tmp_path_factory):
    folder = tmp_path_factory.mktemp("governed")
    return admit(making.write(folder, committee=COMMITTEE))


@pytest.fixture(autouse=True)
def full_review(monkeypatch):
    """Let rulebooks be: they are read from the whole ledger for each packet, and tested apart."""
    monkeypatch.setattr(packets, "oversight", lambda *_: {"tier": "high", "review": "full"})


def drive(cls, examples, start=0):
    run_state_machine_as_test(
        seed(start)(cls),
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            database=None,
            deadline=None,
            phases=(Phase.generate,),
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.timeout(300)
def test_thousands_of_steps_break_no_rule_of_the_committee(making, governed_specs):
    tally = Counter()
    with patch.object(risk_ratio, "bernoulli_mixture", cache(risk_ratio.bernoulli_mixture)):
        drive(machine(making, governed_specs, tally), EXAMPLES)  # the same sums come ever again
    print(dict(sorted(tally.items(), key=str)))
    assert tally["acts"] >= AT_LEAST
    assert all(tally[f"closed {word}"] > 9 for word in ("approved", "approved_with_conditions"))
    assert tally["closed re_review"] > 4
    assert tally["closed None"] > 4
    assert min(tally["broken"], tally["recused"]) > 9


# --- planted defects ------------------------------------------------------------------------


def the_recused_count():
    return [patch.object(folds, "with_recusal", lambda item, _: item)]


def a_vendor_votes():
    unfit = Bench.unfit
    return [patch.object(Bench, "unfit", lambda b, p: None if p == "vendor" else unfit(b, p))]


def an_author_votes():
    unfit = Bench.unfit
    return [patch.object(Bench, "unfit", lambda b, p: None if p == "author" else unfit(b, p))]


def an_owner_votes():
    unfit = Bench.unfit
    return [patch.object(Bench, "unfit", lambda b, p: None if p == "owner" else unfit(b, p))]


def a_stale_packet_is_accepted():
    return [patch.object(meetings, "deciding_now", lambda *_: {})]


def another_packet_s_vote_counts():
    refuse = rules.refusal

    def any_digest(item, bench, person, *, choice, digest):
        return refuse(item, bench, person, choice=choice, digest=digest and item.packet.digest)

    return [patch.object(rules, "refusal", any_digest)]


def an_abstention_approves():
    count = rules.outcome

    def kindly(item, bench):
        votes = {p: msgspec.structs.replace(v, choice="approve") if v.choice == "abstain" else v
                 for p, v in item.votes.items()}  # fmt: skip
        return count(replace(item, votes=votes), bench)

    return [patch.object(m, "outcome", kindly) for m in (folds, meetings)]


def nobody_need_practice():
    present = rules.present

    def enough(item, bench):
        return msgspec.structs.replace(present(item, bench), practicing_wanted=0)

    return [patch.object(rules, "present", enough)]


def an_approval_never_ends():
    return [patch.object(Decision, "in_force", lambda d, _: d.approves)]


def an_edit_closes_what_is_to_be_done():
    declared = folds._specs

    def forgetful(governed, fact):
        return replace(declared(governed, fact), conditions={})

    return [patch.dict(folds.STEPS, {"specs/1": forgetful})]


def the_budget_is_spent_again():
    counted = propose._counted

    def open_alone(here, proposed, where):
        governed = here.folded.standing.governed
        left = replace(governed, conditions=governed.of_state("open"))
        folded = replace(here.folded, standing=replace(here.folded.standing, governed=left))
        return counted(replace(here, folded=folded), proposed, where)

    return [patch.object(propose, "_counted", open_alone)]


def what_is_broken_mends_itself():
    judged = Governed.judged

    def mended(governed, today):
        after = judged(governed, today)
        fine = {n: replace(h, state="open") for n, h in after.conditions.items()}
        return replace(after, conditions=fine) if governed.of_state("broken") else after

    return [patch.object(Governed, "judged", mended)]


DEFECTS = (
    the_recused_count,
    a_vendor_votes,
    an_author_votes,
    an_owner_votes,
    a_stale_packet_is_accepted,
    another_packet_s_vote_counts,
    an_abstention_approves,
    nobody_need_practice,
    an_approval_never_ends,
    an_edit_closes_what_is_to_be_done,
    the_budget_is_spent_again,
    what_is_broken_mends_itself,
)


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda d: d.__name__)
@pytest.mark.timeout(300)
def test_a_planted_defect_is_caught(making, governed_specs, defect):
    tally = Counter()
    with ExitStack() as stack:
        for each in defect():
            stack.enter_context(each)
        with pytest.raises(Violation) as caught:
            drive(machine(making, governed_specs, tally), EXAMPLES)
    print(f"{defect.__name__}: after {tally['steps']} steps; {caught.value}")
