"""The gateway on a real ledger, on disk."""

from __future__ import annotations

import asyncio
import json
import threading
from concurrent.futures import Future

import pytest

from attending.ledger.group_commit import GroupCommit
from attending.ledger.key_file import key_in
from attending.ledger.open_ledger import open_ledger
from attending.ledger.payload import Sealer
from attending.ledger.verify import verify


@pytest.fixture
def on_disk(open_door, tmp_path):
    key = tmp_path / "payload.key"
    reader, pen = open_ledger(tmp_path / "store", payload_key=key)
    group = GroupCommit(pen)
    door = open_door(pen=group)
    yield door, reader, group, tmp_path
    group.close()
    reader.close()


def test_every_answer_of_many_callers_is_on_disk_and_verifies(on_disk, making):
    door, reader, group, tmp_path = on_disk
    door.expose("live", deadline_ms=60_000)  # how quick a busy machine is, is not the question

    async def one(client, i):
        message = making.question(creatinine=1.0 + i % 10 / 10, user=f"Practitioner/u{i % 7}")
        answer = await client.post("/cds-services/kidney_watch", json=message)
        return answer.json()["cards"]

    async def go():
        async with door.client() as client:
            return await asyncio.gather(*(one(client, i) for i in range(200)))

    cards = [card["uuid"] for given in door.run(go()) for card in given]
    facts = [entry.fact for entry in reader.entries() if entry.fact.kind == "served"]
    shown = {f.body["prediction"] for f in facts if f.body["display"] == "shown"}

    assert len(facts) == 200
    assert set(cards) == shown
    assert len(cards) == 100
    group.close()
    found = verify(tmp_path / "store")
    assert not found.because
    sealer = Sealer(key_in(tmp_path / "payload.key"))
    for fact in facts:
        kept = json.loads(sealer.open(reader.sealed(str(fact.body["inputs"]))))
        assert kept["prediction"] == fact.body["prediction"]
        assert kept["fields"]["sex"] == "female"


def test_no_input_and_no_comment_is_readable_on_disk(on_disk, making):
    door, reader, group, tmp_path = on_disk
    message = making.question()
    message["prefetch"]["patient"]["gender"] = "canary-gender"
    (card,) = door.cards(message)
    said = {
        "card": card["uuid"],
        "outcome": "overridden",
        "outcomeTimestamp": "2026-10-13T08:05:00Z",
        "overrideReason": {"userComment": "canary-comment"},
    }
    door.post("/cds-services/kidney_watch/feedback", json={"feedback": [said]})
    bodies = [e.fact.body for e in reader.entries()]
    group.close()

    raw = b"".join(p.read_bytes() for p in (tmp_path / "store").rglob("*") if p.is_file())
    assert b"canary" not in raw
    sealer = Sealer(key_in(tmp_path / "payload.key"))
    assert b"canary-gender" in sealer.open(reader.sealed(bodies[0]["inputs"]))
    assert b"canary-comment" in sealer.open(reader.sealed(bodies[1]["comment"]))


def test_a_closed_ledger_shows_nothing(on_disk):
    door, _reader, group, _ = on_disk
    group.close()
    assert door.cards() == []
    assert door.parts.tally.count("predictions", reason="no_record") == 1


def test_the_same_feedback_twice_is_one_fact_on_disk(on_disk):
    door, reader, _, _ = on_disk
    card = door.cards()[0]["uuid"]
    said = {"card": card, "outcome": "overridden", "outcomeTimestamp": "2026-10-13T08:05:00Z"}
    for _ in range(3):
        door.post("/cds-services/kidney_watch/feedback", json={"feedback": [said]})
    assert len([e for e in reader.entries() if e.fact.type == "response/1"]) == 1


def test_a_correction_supersedes_what_was_not_shown(on_disk, making):
    door, reader, group, _ = on_disk
    real = group.submit

    def late(facts, payloads=()):
        """Write it, but only tell once the answer has left."""
        written, told = real(facts, payloads), Future()
        threading.Timer(0.6, lambda: told.set_result(written.result(5))).start()
        group.submit = real
        return told

    group.submit = late
    assert door.cards() == []
    door.wait(lambda: reader.size() == 2)
    first, second = [e for e in reader.entries() if e.fact.kind == "served"]
    assert second.fact.supersedes == first.index
    assert (second.fact.body["display"], second.fact.body["reason"]) == ("failed", "no_record")
