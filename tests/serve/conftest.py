"""A gateway to ask, over its real ASGI app, with parts that can be broken."""

from __future__ import annotations

import asyncio
import json
import time
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import uuid4

import httpx
import msgspec
import pytest

from attending import shapes
from attending.clock import ReplayClock, stamp
from attending.errors import NotDurable
from attending.facts.snapshot import Exposure, Snapshot
from attending.serve.build import build_channels, build_tool
from attending.serve.cases import Cases
from attending.serve.exposure import Exposures
from attending.serve.gateway import Gateway
from attending.serve.parts import Options, Parts
from attending.serve.pool import Pool
from attending.serve.pseudonym import Pseudonyms
from attending.serve.tool import Tools
from attending.spec.model import Model
from attending.spec.use_case import UseCase

NOW = datetime(2026, 10, 13, 8, 0, tzinfo=UTC)
KEY = b"a key of a test, kept nowhere"

USE_CASE = {
    "kind": "UseCase",
    "name": "kidney_watch",
    "title": "Kidney watch",
    "path": "A",
    "priority": "quality_safety",
    "problem": "Kidney injury is noticed late.",
    "success": [{"metric": "outcomes.risk_ratio", "target": 0.9, "by": "day 90"}],
    "executive_sponsor": {"person": "sponsor"},
    "clinical_champion": {"person": "champion"},
    "after_launch": {"owner": "a", "decides": "b", "funds": "c", "supports": "d"},
    "model": {"model": "kidney", "threshold": 0.5},
    "inputs": {
        "creatinine": "prefetch.labs.entry[code=2160-0][latest].valueQuantity.value",
        "sex": "prefetch.patient.gender",
    },
    "workflow": {
        "channel": "cds_hooks",
        "hook": "patient-view",
        "card": {
            "summary": "Creatinine is {creatinine}: review the drugs",
            "detail": "Because {because}.",
            "indicator": "warning",
            "limits": "Not for dialysis.",
            "call": "Informatics desk",
            "override_reasons": ["patient-ineligible", "action-completed"],
        },
    },
    "outcomes": [
        {
            "name": "dialysis",
            "title": "Dialysis",
            "sources": ["source"],
            "window": "14 d",
            "maturity": "14 d",
        },
    ],
    "risk": {
        "acts_without_person": False,
        "drives_treatment_or_triage": True,
        "time_critical": False,
        "protected_input": False,
        "device": "not_device",
    },
    "value": {"account": "quality", "claim": "Fewer injuries"},
    "monitoring": [
        {
            "metric": "outcomes.risk_ratio",
            "principle": "impact",
            "cadence": "daily",
            "owner": "champion",
            "trigger": "crossed",
            "action": "suspend",
        },
    ],
}
MODEL = {
    "kind": "Model",
    "name": "kidney",
    "title": "Kidney rules",
    "version": "1",
    "engine": "rules",
    "output": "points",
    "fields": {"creatinine": {}, "sex": {"fill": "unknown"}},
    "rules": [
        {"field": "creatinine", "at_least": 1.5, "adds": 1, "because": "creatinine rose"},
    ],
}


class FakePen:
    """A pen whose answer a test decides: at once, when released, or never well."""

    def __init__(self):
        self.facts = []
        self.payloads = {}
        self.mode = "writes"
        self.waiting = []

    def submit(self, facts, payloads=()):
        future = Future()
        if self.mode == "refuses":
            raise NotDurable("the disk is full")
        if self.mode == "full":
            future.set_exception(NotDurable("the disk is full"))
        elif self.mode == "hangs":
            self.waiting.append((tuple(facts), tuple(payloads), future))
        else:
            self._write(facts, payloads)
            future.set_result(object())
        return future

    def _write(self, facts, payloads):
        self.facts += facts
        self.payloads |= {sha256(raw).hexdigest(): raw for raw in payloads}

    def release(self):
        for facts, payloads, future in self.waiting:
            self._write(facts, payloads)
            future.set_result(object())
        self.waiting = []

    def bodies(self, kind="served"):
        return [fact.body for fact in self.facts if fact.kind == kind]


class Door:
    """Asks a gateway as an EHR does, on one event loop that lives as long as the test."""

    def __init__(self, parts):
        self.parts = parts
        self.pen = parts.pen
        self.gateway = Gateway(parts)
        self.runner = asyncio.Runner()

    def run(self, coroutine):
        return self.runner.run(coroutine)

    def client(self):
        transport = httpx.ASGITransport(self.gateway, raise_app_exceptions=True)
        return httpx.AsyncClient(transport=transport, base_url=self.parts.options.base_url)

    async def _request(self, method, path, **given):
        async with self.client() as client:
            return await client.request(method, path, **given)

    def request(self, method, path, **given):
        return self.run(self._request(method, path, **given))

    def get(self, path, **given):
        return self.request("GET", path, **given)

    def post(self, path, **given):
        return self.request("POST", path, **given)

    def call(self, message=None, **over):
        return self.post("/cds-services/kidney_watch", json=message or question(**over))

    def cards(self, message=None, **over):
        answer = self.call(message, **over)
        assert answer.status_code == 200, answer.text
        return answer.json()["cards"]

    def wait(self, until, seconds=60.0):
        async def wait():
            end = time.monotonic() + seconds
            while not until() and time.monotonic() < end:  # noqa: ASYNC110  it waits on a fake
                await asyncio.sleep(0.01)

        self.run(wait())
        assert until()

    def expose(self, mode="live", *, seq=None, lease=30, **over):
        entry = {
            "use_case": "kidney_watch",
            "site": "alder",
            "unit": "*",
            "release": "r1",
            "mode": mode,
        } | over
        self.take([Exposure(**entry)], seq=seq, lease=lease)

    def take(self, entries, *, seq=None, lease=30):
        now = self.parts.clock.now()
        self.parts.exposures.take(
            snapshot(entries, now, lease, seq or self.parts.exposures.seq + 1)
        )

    def close(self):
        self.run(self.gateway.close())
        self.runner.close()


def snapshot(entries, now, lease, seq):
    until = now + timedelta(seconds=lease)
    return Snapshot(seq=seq, made_at=stamp(now), valid_until=stamp(until), entries=tuple(entries))


def question(*, creatinine=1.8, user="Practitioner/u1", patient="p1", **over):
    labs = {
        "resourceType": "Bundle",
        "entry": [{"resource": observation(creatinine, patient=patient)}],
    }
    person = {"resourceType": "Patient", "id": patient, "gender": "female"}
    message = {
        "hook": "patient-view",
        "hookInstance": str(uuid4()),
        "context": {"userId": user, "patientId": patient},
        "prefetch": {"labs": labs, "patient": person},
    }
    return message | over


def observation(value, *, patient="p1", code="2160-0", at="2026-10-13T07:00:00Z"):
    return {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": at,
        "valueQuantity": {"value": value, "unit": "mg/dL"},
    }


def use_case(**over):
    return shapes.convert(USE_CASE | over, UseCase)


def model(**over):
    return shapes.convert(MODEL | over, Model)


def tool(folder, *, engine=None, release="r1", case=None, made=None, slots=0):
    built = build_tool(
        case or use_case(),
        made or model(),
        release=release,
        folder=folder,
        engine=engine,
    )
    if not slots:
        return built
    return msgspec.structs.replace(built, pool=Pool(engine, built.name, slots=slots))


def parts(tools, **over):
    clock = over.get("clock", ReplayClock(NOW))
    given = {
        "gateway": "g1",
        "sites": ("alder",),
        "tools": Tools(tuple(tools)),
        "channels": build_channels(t.use_case for t in tools),
        "exposures": Exposures("g1"),
        "pen": FakePen(),
        "pseudonyms": Pseudonyms(KEY),
        "clock": clock,
        "cases": Cases(clock),
        "clients": None,
        "options": Options(base_url="http://gateway.example"),
    }
    return Parts(**(given | over))


def write_folder(folder):
    """Write the use case as somebody's folder; JSON is YAML."""
    site = {"kind": "Site", "name": "alder", "title": "Alder"}
    source = {
        "kind": "Source",
        "name": "source",
        "cases": {
            "case": "id",
            "site": {"column": "hospital"},
            "day": {"hash_of": "id", "per_day": 10},
        },
        "outcomes": {"dialysis": {"column": "dialysis", "known_after": "14 d"}},
    }
    documents = {"usecase": USE_CASE, "model": MODEL, "site": site, "source": source}
    for name, document in documents.items():
        (folder / f"{name}.yaml").write_text(json.dumps(document), "utf-8")


class Making:
    """What a test makes its gateways and messages with."""

    question = staticmethod(question)
    observation = staticmethod(observation)
    use_case = staticmethod(use_case)
    model = staticmethod(model)
    tool = staticmethod(tool)
    parts = staticmethod(parts)
    snapshot = staticmethod(snapshot)
    write_folder = staticmethod(write_folder)
    pen = FakePen
    now = NOW
    key = KEY
    door = Door


@pytest.fixture(scope="session")
def making():
    """Give the builders."""
    return Making


@pytest.fixture
def door(tmp_path):
    """Give a gateway with one live use case at one site."""
    opened = Door(parts([tool(tmp_path)]))
    opened.expose("live")
    yield opened
    opened.close()


@pytest.fixture
def open_door(tmp_path):
    """Open gateways made otherwise; each is closed when the test ends."""
    opened = []

    def make(*, engine=None, case=None, mode="live", **over):
        made = Door(parts([tool(tmp_path, engine=engine, case=case)], **over))
        made.expose(mode)
        opened.append(made)
        return made

    yield make
    for made in opened:
        made.close()
