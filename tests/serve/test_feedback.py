"""What people did with cards is kept as it was said, as often as it was said."""

from __future__ import annotations

from uuid import uuid4

import msgspec
import pytest

PATH = "/cds-services/kidney_watch/feedback"
SYSTEM = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"


def entry(card, **over):
    return {
        "card": card,
        "outcome": "overridden",
        "outcomeTimestamp": "2026-10-13T08:05:00Z",
    } | over


def send(door, *entries):
    return door.post(PATH, json={"feedback": list(entries)})


@pytest.fixture
def card(door):
    return door.cards()[0]["uuid"]


def test_an_override_is_recorded_with_its_reason(door, card):
    reason = {"reason": {"system": SYSTEM, "code": "patient-ineligible", "display": "x"}}
    assert send(door, entry(card, overrideReason=reason)).status_code == 200
    (body,) = door.pen.bodies("observed")
    assert body == {
        "type": "response/1",
        "prediction": card,
        "response": "overridden",
        "channel": "cds_hooks",
        "reason": {"system": SYSTEM, "code": "patient-ineligible", "listed": True},
    }


def test_a_reason_of_the_clients_own_is_kept_and_marked(door, card):
    send(door, entry(card, overrideReason={"reason": {"code": "lunch"}}))
    body = door.pen.bodies("observed")[0]
    assert body["reason"] == {"listed": False}
    assert b"lunch" in door.pen.payloads[body["comment"]]


def test_a_published_reason_that_the_card_does_not_offer_is_kept_by_its_code(door, card):
    send(
        door,
        entry(card, overrideReason={"reason": {"system": SYSTEM, "code": "too-costly-uncovered"}}),
    )
    body = door.pen.bodies("observed")[0]
    assert body["reason"] == {"system": SYSTEM, "code": "too-costly-uncovered", "listed": False}
    assert "comment" not in body


def test_what_is_said_twice_is_two_facts_and_what_comes_twice_is_one(door, card):
    first = entry(card)
    later = entry(card, outcomeTimestamp="2026-10-13T08:06:00Z")
    for said in (first, later, first):
        assert send(door, said).status_code == 200
    facts = [f for f in door.pen.facts if f.kind == "observed"]
    assert facts[0] == facts[2], "the same key and bytes: the ledger counts it, and keeps one"
    assert facts[0].key != facts[1].key


def test_a_comment_goes_to_the_payloads_and_never_into_a_fact(door, card):
    send(door, entry(card, overrideReason={"userComment": "canary: a name"}))
    (body,) = door.pen.bodies("observed")
    assert "canary" not in repr(door.pen.facts)
    assert b"canary" in door.pen.payloads[body["comment"]]


def test_a_card_nobody_issued_is_parked_and_is_no_error(door, card):
    stranger = str(uuid4())
    assert send(door, entry(stranger), entry(card)).status_code == 200
    bodies = door.pen.bodies("observed")
    assert [b["type"] for b in bodies] == ["parked/1", "response/1"]
    assert bodies[0]["because"] == "unknown_card"
    assert stranger not in repr(bodies[0])
    assert stranger.encode() in door.pen.payloads[bodies[0]["digest"]]
    assert door.parts.tally.count("parked") == 1


def test_a_card_is_known_after_a_restart_and_to_every_gateway(open_door, door, card):
    other = open_door(gateway="g2")
    assert send(other, entry(card)).status_code == 200
    assert [b["type"] for b in other.pen.bodies("observed")] == ["response/1"]


def test_a_card_of_another_site_is_unknown_here(making, tmp_path, card):
    parts = making.parts([making.tool(tmp_path)], sites=("birch",))
    elsewhere = making.door(parts)
    send(elsewhere, entry(card))
    assert [b["type"] for b in elsewhere.pen.bodies("observed")] == ["parked/1"]
    elsewhere.close()


def test_an_entry_that_cannot_be_read_does_not_cost_the_others(door, card):
    accepted = entry(card, outcome="accepted", acceptedSuggestions=[{"id": str(uuid4())}])
    assert send(door, 7, accepted, entry(card, outcome="?")).status_code == 200
    bodies = door.pen.bodies("observed")
    assert [b["type"] for b in bodies] == ["parked/1", "response/1", "parked/1"]
    assert bodies[1]["n_suggestions"] == 1


def test_a_card_that_declares_a_suggestion_is_accepted_by_it(making, tmp_path):
    flow = making.use_case().workflow
    button = msgspec.structs.replace(flow.card, suggestion="I have reviewed the drugs")
    case = making.use_case(workflow=msgspec.to_builtins(msgspec.structs.replace(flow, card=button)))
    door = making.door(making.parts([making.tool(tmp_path, case=case)]))
    door.expose("live")
    (shown,) = door.cards()
    (suggestion,) = shown["suggestions"]
    accepted = [{"id": suggestion["uuid"]}]
    said = entry(shown["uuid"], outcome="accepted", acceptedSuggestions=accepted)
    assert send(door, said).status_code == 200
    assert [b["response"] for b in door.pen.bodies("observed")] == ["accepted"]
    door.close()


@pytest.mark.parametrize("body", [{}, {"feedback": "x"}, {"feedback": []}])
def test_what_is_no_feedback_is_400(door, body):
    assert door.post(PATH, json=body).status_code == 400


def test_feedback_that_could_not_be_recorded_is_asked_for_again(door, card):
    door.pen.mode = "full"
    assert send(door, entry(card)).status_code == 503
    door.pen.mode = "writes"
    assert send(door, entry(card)).status_code == 200
    assert len(door.pen.bodies("observed")) == 1


def test_feedback_on_an_unknown_tool_is_404(door):
    assert door.post("/cds-services/none/feedback", json={}).status_code == 404
