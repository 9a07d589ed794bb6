"""A signature without a name, a time or a meaning, or on something else, is none."""

from __future__ import annotations

import pytest

from attending.digest import digest
from attending.report.proving import proved


@pytest.fixture
def meeting(request):
    """Give the facts of a small meeting: a packet, two votes, and the decision that counts them."""
    conftest = request.getfixturevalue("record_of").__globals__
    signed, plain = conftest["SIGNED"], dict(conftest["DECISION"])
    shown = {"item": "falls/first", "meeting": "first", "round": 1, "use_case": "falls",
             "committee": "ai", "deciding": {"release": "falls-1"}}  # fmt: skip
    packet = digest({"schema": "packet/1", **shown})
    by_post = signed | {"person": "post", "digest": packet}
    vote = {"type": "vote/1", "packet_digest": packet, "choice": "approve", "signature": by_post}
    counted = [{"person": "post", "choice": "approve", "at": "2026-10-01"}]
    closed = plain | {"packet_digest": packet, "votes": counted, "release": "falls-1",
                      "word": "approved", "valid_from": "2026-10-01",
                      "expires_on": "2027-10-01", "signature": by_post}  # fmt: skip

    def make(vote_over=None, decision_over=None):
        decision = {"type": "decision/1", **closed} | (decision_over or {})
        decision["digest"] = digest({k: v for k, v in decision.items() if k != "digest"})
        first = {"type": "packet/1", **shown, "digest": packet, "cut": 0}
        return [first, vote | (vote_over or {}), decision], by_post

    return make


def test_it_is_met_by_the_decision_its_votes_and_their_packet(record_of, meeting):
    facts, _ = meeting()
    record = record_of(facts=facts)

    found = proved("signatures_tell_why", record.asks())

    assert (found.kept, found.cites) == ("met", (8, 9, 10))
    for index in found.cites:
        assert proved("signatures_tell_why", record.without(index).asks()).kept == "missing"


@pytest.mark.parametrize("lacking", ["printed_name", "at", "meaning"])
def test_a_signature_that_lacks_something_is_missing(record_of, meeting, lacking):
    _, signed = meeting()
    for over in ({"vote_over": {"signature": signed | {lacking: ""}}},
                 {"decision_over": {"signature": signed | {lacking: ""}}}):  # fmt: skip
        found = proved("signatures_tell_why", record_of(facts=meeting(**over)[0]).asks())
        assert found.kept == "missing"


def test_a_signature_on_another_packet_is_missing(record_of, meeting):
    _, signed = meeting()
    facts, _ = meeting(vote_over={"signature": signed | {"digest": "0" * 64}})

    assert proved("signatures_tell_why", record_of(facts=facts).asks()).kept == "missing"
