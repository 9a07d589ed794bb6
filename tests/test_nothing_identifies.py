"""Nothing that identifies a person leaves the data plane (promise P12): canaries are let loose.

One word stands for everything that must stay where it is: in the names of a patient, a user
and an encounter, in a record's own identifiers, in what people type, in the rows of a file.
It is looked for in every byte a store holds and in everything that is said aloud.
"""

from __future__ import annotations

import asyncio
import csv
import json
import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
import structlog
from click.testing import CliRunner

from attending.admit import admit
from attending.cli.replay import replay
from attending.clock import stamp
from attending.facts.snapshot import Exposure, Snapshot
from attending.ledger import layout
from attending.ledger.key_file import key_in
from attending.ledger.open_reader import open_reader
from attending.ledger.payload import Sealer
from attending.serve.build import build_tool
from attending.serve.readback import put_snapshot
from attending.serve.standalone import SNAPSHOT, Doors, standalone
from attending.spec.mistake import SpecRefused

CANARY = "canary"
URL = "http://gateway.example"
SERVICE = "/sites/hungary/cds-services/uci_heart"
COLUMNS = [
    "site",
    "row",
    "age",
    "sex",
    "cp",
    "trestbps",
    "chol",
    "fbs",
    "restecg",
    "thalach",
    "exang",
    "oldpeak",
    "slope",
    "ca",
    "thal",
    "num",
]


@pytest.fixture
def folder(root, tmp_path):
    """Give a copy of the use case that has a model of its own."""
    return shutil.copytree(root / "usecases" / "uci_heart", tmp_path / "uci_heart")


@pytest.fixture
def store(tmp_path):
    return tmp_path / "store"


def holds_canary(store):
    """List the files of a store in which the word can be read."""
    return [p.name for p in store.rglob("*") if p.is_file() and CANARY.encode() in p.read_bytes()]


def question(*, gender="male"):
    """Ask about a patient whose every name is a canary, with a record that names them."""
    patient = f"{CANARY}-patient"
    person = {
        "resourceType": "Patient",
        "id": patient,
        "gender": gender,
        "identifier": [{"system": "urn:mrn", "value": f"{CANARY}-mrn"}],
        "name": [{"family": CANARY, "given": [CANARY]}],
    }
    age = {
        "resourceType": "Observation",
        "id": f"{CANARY}-observation",
        "subject": {"reference": f"Patient/{patient}"},
        "code": {"coding": [{"code": "age"}], "text": CANARY},
        "valueQuantity": {"value": 54},
        "note": [{"text": f"{CANARY} note"}],
    }
    return {
        "hook": "patient-view",
        "hookInstance": str(uuid4()),
        "fhirServer": f"https://{CANARY}.example/fhir",
        "extension": {"org.attending.unit": f"{CANARY}-unit"},
        "fhirAuthorization": {"access_token": CANARY},
        "context": {
            "userId": f"Practitioner/{CANARY}-user",
            "patientId": patient,
            "encounterId": f"{CANARY}-encounter",
        },
        "prefetch": {
            "patient": person,
            "heart": {"resourceType": "Bundle", "entry": [{"resource": age}]},
            f"{CANARY}-key": {"resourceType": "Patient", "id": f"{CANARY}-other"},
        },
    }


def answered(card):
    """Override a card, and say why in words that name somebody."""
    reasons = [
        {"reason": {"system": "urn:none", "code": f"{CANARY}-code"}, "userComment": CANARY},
        {"userComment": f"{CANARY} says no"},
    ]
    at = "2026-10-13T08:05:00Z"
    said = [
        {"card": card, "outcome": "overridden", "outcomeTimestamp": at, "overrideReason": each}
        for each in reasons
    ]
    unread = [{"card": f"{CANARY}-card", "outcome": CANARY}, {"card": str(uuid4()), CANARY: CANARY}]
    return {"feedback": said + unread}


async def session(gateway):
    """Ask well, ask badly, answer; give everything the gateway said, but for its cards."""
    transport = httpx.ASGITransport(gateway)
    async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
        cards = []
        for asked in (question(), question(gender=f"{CANARY}-gender")):
            cards += (await client.post(SERVICE, json=asked)).json()["cards"]
        said = [await client.post(f"{SERVICE}/feedback", json=answered(cards[0]["uuid"]))]
        wrong = question() | {"hookInstance": CANARY}
        said += [
            await client.post(SERVICE, json=wrong),
            await client.post(SERVICE, json=question() | {"hook": CANARY}),
            await client.post(SERVICE, json=question() | {"context": {"patientId": CANARY}}),
            await client.post(
                SERVICE, content=b'{"canary": NaN}', headers={"content-type": CANARY}
            ),
            await client.post(SERVICE, content=b'{"canary": NaN}', headers=dict(JSON)),
            await client.post(f"/sites/hungary/cds-services/{CANARY}", json=question()),
            await client.post(
                f"/sites/{CANARY}/cds-services/uci_heart?q={CANARY}", json=question()
            ),
            await client.get(f"/{CANARY}"),
            await client.get("/metrics"),
            await client.get("/sites/hungary/cds-services"),
        ]
        await gateway.close()
    return cards, said


JSON = {"content-type": "application/json"}


def live(store):
    now = datetime.now(UTC)
    entry = Exposure("uci_heart", "hungary", "*", "uci_heart-1", "live", deadline_ms=20_000)
    until = stamp(now + timedelta(minutes=5))
    snapshot = Snapshot(seq=1, made_at=stamp(now), valid_until=until, entries=(entry,))
    put_snapshot(store / SNAPSHOT, snapshot)
    return snapshot


def test_no_call_and_no_answer_to_a_card_leaves_a_name_anywhere(folder, store):
    specs = admit(folder)
    tool = build_tool(
        specs.use_case, specs.models["cleveland"], release="uci_heart-1", folder=folder
    )
    with structlog.testing.capture_logs() as log:
        doors = Doors(base_url=URL)
        with standalone(
            [tool], dict.fromkeys(specs.sites, ()), store, name="g1", doors=doors
        ) as gateway:
            gateway.parts.exposures.take(live(store))
            cards, said = asyncio.run(session(gateway))

    reader = open_reader(store)
    facts = [entry.fact for entry in reader.entries()]
    sealer = Sealer(key_in(layout.payload_key(store)))
    names = [f.body["inputs"] for f in facts if f.type == "prediction/1"]
    names += [f.body["comment"] for f in facts if f.type == "response/1"]
    kept = [sealer.open(reader.sealed(name)) for name in names]
    reader.close()

    assert len(cards) == 1
    found = Counter(f.type for f in facts)
    assert found.pop("model_fetched/1") == 1
    assert found == {"prediction/1": 2, "security/1": 2, "response/1": 2, "parked/1": 2}
    shown = [f.body["display"] for f in facts if f.type == "prediction/1"]
    assert shown == ["shown", "failed"]
    assert [CANARY.encode() in each for each in kept] == [False, True, True, True]
    assert [each.status_code for each in said] == [
        200,
        400,
        400,
        400,
        415,
        400,
        404,
        404,
        404,
        200,
        200,
    ]
    assert holds_canary(store) == []
    assert CANARY not in repr([(f, f.key) for f in facts])
    assert CANARY not in repr(log)
    assert [
        str(each.url) for each in said if CANARY in each.text or CANARY in str(each.headers)
    ] == []


def rows():
    """Give rows of a file: good ones, and one for every way in which a row can be bad."""
    good = dict.fromkeys(COLUMNS, "1") | {"site": "hungarian", "age": "54", "thal": "3"}
    bad = [
        {"site": f"{CANARY}-site"},
        {"num": f"{CANARY}-outcome"},
        {"age": f"{CANARY}-age"},
        {"cp": f"{CANARY}-code"},
        {"row": f"{CANARY}-1"},  # twice
    ]
    named = [good | {"row": f"{CANARY}-{i}", "num": str(i % 2)} for i in range(8)]
    return named + [good | {"row": f"{CANARY}-b{i}"} | each for i, each in enumerate(bad)]


def test_no_row_of_a_file_leaves_a_name_anywhere(folder, store, tmp_path):
    path = tmp_path / "rows.csv"
    with path.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, COLUMNS)
        writer.writeheader()
        writer.writerows(rows())
    given = [str(folder), "--exposures", str(path), "--outcomes", str(path)]
    with structlog.testing.capture_logs() as log:
        done = CliRunner().invoke(
            replay, [*given, "--store", str(store), "-o", "json"], catch_exceptions=False
        )
    reader = open_reader(store)
    facts = [entry.fact for entry in reader.entries()]
    reader.close()

    told = json.loads(done.stdout)
    assert told["source"]["rows"] == len(rows())
    assert sum(f.type == "prediction/1" for f in facts) >= len(rows()) - 5
    assert any("park" in f.type for f in facts)
    assert holds_canary(store) == []
    assert CANARY not in repr((log, done.output, done.stderr))


def test_a_raw_name_among_the_pilot_users_is_refused_and_not_repeated(folder):
    path = folder / "rollout.yaml"
    text = path.read_text("utf-8")
    users = f"    mode: silent\n    users: [Practitioner/{CANARY}]\n"
    path.write_text(text.replace("    mode: silent\n", users), "utf-8")

    with pytest.raises(SpecRefused, match="attending pseudonym") as refused:
        admit(folder)
    assert CANARY not in str(refused.value)
