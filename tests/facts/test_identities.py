"""Merges of records come and go; nothing but the merges that stand says whose a record is."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from attending.facts.data.identities import Identities, after, refusal
from attending.facts.data.identity import Linked, MatchReviewed, PossibleMatch, Unlinked

RECORDS = [f"{site}/{n}" for site in ("east", "west") for n in range(4)]
RECORD = st.sampled_from(RECORDS)


def everyone(known):
    return {each: known.patient(each) for each in RECORDS}


class Merging(RuleBasedStateMachine):
    """Rules and people merge and part records in any order."""

    def __init__(self):
        super().__init__()
        self.known, self.index = Identities(), 0

    def say(self, said):
        if refusal(self.known, said) is not None:
            return None
        self.index += 1
        self.known = after(self.known, said, self.index)
        return self.index

    @rule(record=RECORD, into=RECORD, by=st.sampled_from(["person", "same_identifier"]))
    def merge(self, record, into, by):
        before, barred = everyone(self.known), self.known.different | self.known.parted
        index = self.say(Linked(record=record, into=into, rule=by))
        if index is None:
            return
        made_one = [
            p
            for p in barred
            if before[p[0]] != before[p[1]] and self.known.patient(p[0]) == self.known.patient(p[1])
        ]
        assert not made_one or by == "person", "nor by way of a third"
        assert before[record] == record != before[into]
        joined = {each for each, whose in before.items() if whose in (record, before[into])}
        assert {*self.known.records(record)} == joined
        taken_back = after(self.known, Unlinked(link=index, why="w"), index + 1)
        assert everyone(taken_back) == before

    @precondition(lambda self: self.known.links)
    @rule(data=st.data())
    def unmerge(self, data):
        link = data.draw(st.sampled_from(sorted(self.known.links)))
        gone = self.known.links[link]
        assert self.say(Unlinked(link=link, why="w"))
        assert self.known.patient(gone.record) == gone.record
        assert refusal(self.known, Unlinked(link=link, why="w")), "it is taken back once"
        if self.known.patient(gone.into) != gone.record:
            ruled = Linked(record=gone.record, into=gone.into, rule="same_identifier")
            assert refusal(self.known, ruled), "no rule does again what a person took back"
            assert not refusal(
                self.known, Linked(record=gone.record, into=gone.into, rule="person")
            )

    @rule(one=RECORD, other=RECORD)
    def doubt(self, one, other):
        said = PossibleMatch(one=one, other=other, rule="same_name_and_birth")
        if self.say(said) is not None:
            assert one < other
            assert (one, other) in self.known.doubts

    @precondition(lambda self: self.known.doubts)
    @rule(data=st.data(), found=st.sampled_from(["same", "different"]))
    def look(self, data, found):
        one, other = data.draw(st.sampled_from(sorted(self.known.doubts)))
        assert self.say(MatchReviewed(one=one, other=other, found=found, why="w"))
        assert (one, other) not in self.known.doubts
        ruled = Linked(record=other, into=one, rule="same_identifier")
        assert found == "same" or refusal(self.known, ruled), "no rule overrules a person"

    @invariant()
    def every_record_is_one_patients(self):
        for each in RECORDS:
            root = self.known.patient(each)
            assert self.known.patient(root) == root
            assert each in self.known.records(each)
            assert self.known.records(each) == self.known.records(root)


Merging.TestCase.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
TestMerging = Merging.TestCase
