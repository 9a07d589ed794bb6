"""The gateway on a real ledger, on disk."""

from __future__ import annotations

import asyncio

import pytest

from attending.ledger.group_commit import GroupCommit
from attending.ledger.open_ledger import open_ledger
from attending.ledger.verify import verify
from attending.serve.payloads import FilePayloads


@pytest.fixture
def on_disk(open_door, tmp_path):
    reader, pen = open_ledger(tmp_path / "store")
    group = GroupCommit(pen)
    payloads = FilePayloads(tmp_path / "payloads")
    door = open_door(pen=group, payloads=payloads)
    yield door, reader, group, tmp_path
    group.close()
    payloads.close()
    reader.close()


def test_every_answer_of_many_callers_is_on_disk_and_verifies(on_disk, making):
    door, reader, group, tmp_path = on_disk

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
    payloads = (tmp_path / "payloads").read_bytes()
    assert all(str(f.body["inputs"]).encode() in payloads for f in facts)


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
    door, reader, _, _ = on_disk
    real = door.parts.payloads.put
    broken = []

    def put(digest, raw):
        if not broken:
            broken.append(1)
            raise OSError("no space left")
        return real(digest, raw)

    door.parts.payloads.put = put
    assert door.cards() == []
    door.wait(lambda: reader.size() == 2)
    first, second = [e for e in reader.entries() if e.fact.kind == "served"]
    assert second.fact.supersedes == first.index
    assert (second.fact.body["display"], second.fact.body["reason"]) == ("failed", "no_record")
