"""What is sent to a vendor, byte for byte, when every leaf nobody declared holds a canary."""

from __future__ import annotations

import http.client
import io
import json
from datetime import UTC, datetime

import pytest

from attending import shapes
from attending.fhir.cleared import NotCleared
from attending.serve.build import build_engine, build_tool, way_out
from attending.spec.data.reading import Reading
from attending.spec.data.view import View
from attending.spec.model import Model
from attending.spec.site import Site
from attending.spec.use_case import UseCase
from attending.spec.vendor import Vendor

AT = datetime(2200, 1, 1, tzinfo=UTC)
# By type: the one element that is read there, and what the feature made of it is called.
READ = {
    "Patient": ("gender", "gender"),
    "Encounter": ("class.code", "seen_as"),
    "Observation": ("code.coding.code", "measured"),
    "Condition": ("code.coding.code", "has"),
}
USE_CASE = {
    "kind": "UseCase", "name": "watch", "title": "Watch", "path": "A",
    "priority": "quality_safety", "problem": "Something is noticed late.",
    "success": [{"metric": "outcomes.risk_ratio", "target": 0.9, "by": "day 90"}],
    "executive_sponsor": {"person": "sponsor"}, "clinical_champion": {"person": "champion"},
    "after_launch": {"owner": "a", "decides": "b", "funds": "c", "supports": "d"},
    "model": {"model": "theirs", "threshold": 0.5, "on_missing": "fill"},
    "inputs": {"sex": "prefetch.patient.gender"},
    "features": {
        name: {"view": f"of_{name}", "column": "value", "reduce": "one", "on_missing": "null"}
        for _, name in READ.values()
    },
    "workflow": {
        "channel": "cds_hooks", "hook": "patient-view",
        "card": {"summary": "Look", "limits": "Adults", "call": "Desk"},
    },
    "outcomes": [{"name": "bad", "title": "Bad", "sources": ["source"], "window": "3 d",
                  "maturity": "3 d"}],
    "risk": {"acts_without_person": False, "drives_treatment_or_triage": True,
             "time_critical": False, "protected_input": False, "device": "not_device"},
    "value": {"account": "quality", "claim": "Less of it"},
    "monitoring": [{"metric": "outcomes.risk_ratio", "principle": "impact", "cadence": "daily",
                    "owner": "a", "trigger": "crossed", "action": "suspend"}],
}  # fmt: skip
WHOSE = "canary-patient"
FIELDS = ("sex", *(name for _, name in READ.values()))


def made(kind, told):
    return shapes.convert(told, kind)


class Line:
    """Stands where the socket would: keeps what is written to it, and answers a score."""

    def __init__(self):
        self.sent = b""

    def sendall(self, raw):
        self.sent += bytes(raw)

    def makefile(self, *_):
        said = b'{"score": 0.25}'
        return io.BytesIO(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(said), said))

    def close(self):
        pass


@pytest.fixture
def lines(monkeypatch):
    """Give every line that is opened from here; nothing gets further."""
    opened = []

    def connect(self):
        self.sock = Line()
        opened.append(self.sock)

    monkeypatch.setattr(http.client.HTTPConnection, "connect", connect)
    return opened


def asking():
    model = made(Model, {"kind": "Model", "name": "theirs", "title": "Theirs", "version": "1",
                         "engine": "vendor_http", "vendor": "maker",
                         "fields": {name: {"fill": "none"} for name in FIELDS}})  # fmt: skip
    vendor = made(
        Vendor,
        {
            "kind": "Vendor",
            "name": "maker",
            "title": "Maker",
            "contact": "desk",
            "base_url": "http://127.0.0.1:9/ask",
            "fields_allowed": FIELDS,
        },
    )
    site = made(Site, {"kind": "Site", "name": "alder", "title": "Alder"})
    views = [
        made(View, {"kind": "View", "name": f"of_{name}", "resource": kind,
                    "select": [{"column": [{"name": "value", "path": f"{path}.first()"}]}]})
        for kind, (path, name) in READ.items()
    ]  # fmt: skip
    engine = build_engine(model, None, way_out(model, {"maker": vendor}, {"alder": site}))
    tool = build_tool(made(UseCase, USE_CASE), model, release="r1", folder=None, engine=engine,
                      views=Reading(tuple(views)))  # fmt: skip
    return tool, engine


class Planting:
    """Puts a word of its own into every leaf, keys of what is not read included."""

    def __init__(self):
        self.n = 0

    def tree(self, value, path, read):
        if isinstance(value, list):
            return [self.tree(each, path, read) for each in value]
        if isinstance(value, dict):
            return {
                key: inner
                if key == "resourceType"
                else self.tree(inner, f"{path}.{key}".lstrip("."), read)
                for key, inner in value.items()
            }
        self.n += 1
        return value if value is None else f"{'read' if path == read else 'canary'}-{self.n}-"


def request(mutator, i):
    prefetch = {}
    for kind, (path, _) in READ.items():
        whole = mutator.resource(i, kind) | {
            "text": {"status": "generated", "div": "<div>x</div>"},
            "contained": [{"resourceType": kind, path.split(".")[0]: "x"}],
            "extension": [{"url": "x", "valueString": "x"}],
        }
        planted = Planting().tree(whole, "", path)
        planted |= {"id": WHOSE} if kind == "Patient" else {}
        prefetch[kind[:1].lower() + kind[1:]] = planted
    context = {"patientId": WHOSE, "userId": "Practitioner/canary-user"}
    return context, prefetch | {"canary-key": {"resourceType": "Patient", "id": "canary-id"}}


def try_requests(mutator, numbers, lines):
    tool, engine = asking()
    n_read = 0
    for i in numbers:
        context, prefetch = request(mutator, i)
        cut = tool.cut(context, prefetch, WHOSE, AT)
        assert engine.answer(tool.contract.clear(cut.fields, site="alder")).score == 0.25
        raw = lines.pop().sent
        assert b"canary" not in raw, f"request {i}"
        told = json.loads(raw.partition(b"\r\n\r\n")[2])["fields"]
        assert set(told) == set(FIELDS)
        read = {name for name, value in told.items() if value.startswith("read-")}
        assert read == set(FIELDS) - set(cut.missing), f"request {i}"
        n_read += len(read)
    assert lines == []
    return n_read


def test_no_canary_leaves_for_a_vendor_and_every_declared_leaf_does(mutator, lines):
    assert try_requests(mutator, range(300), lines) > 900


@pytest.mark.long
def test_no_canary_leaves_for_a_vendor_in_twenty_thousand_requests(mutator, lines):
    assert try_requests(mutator, range(20_000), lines) > 60_000


def test_a_note_under_a_declared_name_leaves_no_byte(lines):
    tool, engine = asking()
    note = dict.fromkeys(FIELDS, "x") | {"gender": "canary " * 100}
    with pytest.raises(NotCleared):
        engine.answer(tool.contract.clear(note, site="alder"))
    assert lines == []
