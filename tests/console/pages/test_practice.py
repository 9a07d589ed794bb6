"""The practice chart shows the gateway's own card, and takes the override to the ledger."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from attending.admit import admit
from attending.cli.up import House, Turns, _tools
from attending.clock import WallClock, stamp
from attending.console.app import build
from attending.console.practice import Practice
from attending.facts.snapshot import Exposure, Snapshot
from attending.serve.readback import put_snapshot
from attending.serve.standalone import Doors, standalone

ORIGIN = "http://localhost:8321"
OURS = {"origin": ORIGIN}

MODEL = """
kind: Model
name: kidney
title: Kidney rules
version: "1"
engine: rules
output: points
fields: {creatinine: {}, sex: {fill: unknown}}
rules:
  - {field: creatinine, at_least: 1.5, adds: 1, because: creatinine rose}
"""


@pytest.fixture
def asking(tmp_path, make_parts):
    """Give a client at a chart whose hospital has one live tool."""
    folder = tmp_path / "kidney_watch"
    folder.mkdir()
    specs = (tmp_path / "specs.yaml").read_text("utf-8")
    (folder / "specs.yaml").write_text(specs, "utf-8")
    (folder / "model.yaml").write_text(MODEL, "utf-8")
    store = tmp_path / "store"
    tools = _tools([admit(folder)])
    with standalone(
        tools, {"ward": ()}, store, name="gateway", doors=Doors(base_url=ORIGIN)
    ) as gateway:
        now = datetime.now(UTC)
        entry = Exposure("kidney_watch", "ward", "*", tools[0].release, "live")
        until = stamp(now + timedelta(seconds=300))
        put_snapshot(
            store / "snapshot.json",
            Snapshot(seq=1, made_at=stamp(now), valid_until=until, entries=(entry,)),
        )
        clock = WallClock()
        parts = make_parts(store, clock, practice=Practice(gateway, clock))
        house = House(build(parts), gateway, Turns())
        with TestClient(house, base_url=ORIGIN, follow_redirects=True) as client:
            sent = {"token": parts.sessions.issue(), "person": "somebody"}
            client.post("/sign-in", data=sent, headers=OURS)
            wait_for(client)
            yield client, parts


def wait_for(client):
    for _ in range(100):
        if client.get("/readyz").text == "ready\n":
            return
    pytest.fail("the gateway took no snapshot")


@pytest.fixture(autouse=True)
def specs(tmp_path, folder):
    """Write the use case with a model, its inputs and reasons to override it."""
    text = (folder / "specs.yaml").read_text("utf-8").split("---")[0]
    text = text.replace("name: watch_alert", "name: kidney_watch")
    text = text.replace("hook: order-select", "hook: patient-view")
    text = text.replace(
        'card: {summary: "Look {twice}", limits: "not for everybody", call: "the desk"}',
        'card: {summary: "Creatinine is {creatinine}", detail: "<b>Because</b> {because}.",'
        ' limits: "not for everybody", call: "the desk", indicator: warning,'
        " override_reasons: [patient-ineligible, action-completed]}",
    )
    text = text.replace("attributes: [sex], ", "")
    text += (
        "model: {model: kidney, threshold: 0.5}\n"
        "inputs:\n"
        "  creatinine: prefetch.labs.entry[code=2160-0][latest].valueQuantity.value\n"
        "  sex: prefetch.patient.gender\n"
    )
    site = "---\nkind: Site\nname: ward\ntitle: Ward\n"
    source = (
        "---\nkind: Source\nname: source\ncases:\n  case: id\n  site: {column: s}\n"
        "  day: {hash_of: id, per_day: 10}\noutcomes:\n  bad: {column: bad, known_after: 3 d}\n"
    )
    (tmp_path / "specs.yaml").write_text(text + site + source, "utf-8")


def post(client, **form):
    text = client.get("/practice").text
    csrf = re.search(r'name="csrf" value="([^"]+)"', text)[1]
    return client.post("/practice", data={"csrf": csrf} | form, headers=OURS)


def opened(client, **typed):
    fields = {f"field.{name}": value for name, value in typed.items()}
    return post(client, use_case="kidney_watch", site="ward", **fields).text


def test_the_card_is_the_gateway_s_with_its_foot(asking):
    client, parts = asking
    text = opened(client, creatinine="1.9", sex="female")

    assert "Creatinine is 1.9" in text
    assert "not for everybody" in text
    assert "the desk" in text
    assert "&lt;b&gt;Because" in text or "<b>Because" not in text
    served = [e.fact for e in parts.reader.entries(kinds=("served",))]
    assert [f.body["display"] for f in served] == ["shown"]


def test_the_notice_that_a_tool_is_suspended_is_shown_once_and_asks_for_no_reason(asking, tmp_path):
    client, parts = asking
    now = datetime.now(UTC)
    made, until = stamp(now), stamp(now + timedelta(seconds=300))
    last = parts.practice.tools()[0].release
    out = Exposure("kidney_watch", "ward", "*", last, "suspended", share=1.0)
    path = tmp_path / "store" / "snapshot.json"
    put_snapshot(path, Snapshot(seq=2, made_at=made, valid_until=until, entries=(out,)))
    texts = [opened(client, creatinine="1.9", sex="female") for _ in range(20)]
    told = [text for text in texts if "suspended now. No advice will appear" in text]

    assert len(told) == 1
    assert "Not useful because" not in told[0]
    assert "suppressed: suspended" in texts[-1]


def test_no_card_is_said_to_be_no_advice(asking):
    client, _ = asking

    text = opened(client, creatinine="1.0", sex="female")
    assert "No card appears" in text
    assert "no advice" in text


def test_what_is_missing_from_the_chart_is_not_made_up(asking):
    client, parts = asking
    opened(client, creatinine="", sex="female")
    served = [e.fact.body for e in parts.reader.entries(kinds=("served",))]

    assert "creatinine" in served[0]["missing"]


def test_the_override_is_on_record_and_the_page_says_so(asking):
    client, parts = asking
    text = opened(client, creatinine="1.9", sex="female")
    card = re.search(r'name="card" value="([^"]+)"', text)[1]
    said = post(client, card=card, reason="patient-ineligible").text

    assert "Not useful because: Patient is not eligible" in said
    heard = [e.fact.body for e in parts.reader.entries() if e.fact.type == "response/1"]
    assert [(b["response"], b["reason"]["code"], b["reason"]["listed"]) for b in heard] == [
        ("overridden", "patient-ineligible", True)
    ]


@pytest.mark.parametrize(
    "form", [{"card": "guess", "reason": "x"}, {"use_case": "other", "site": "ward"}]
)
def test_what_is_not_there_is_refused(asking, form):
    assert post(asking[0], **form).status_code in (400, 404)


def test_without_a_tool_it_says_how_to_have_one(console):
    assert "No tool answers here" in console.get("/practice").text


def test_where_callers_must_be_known_it_asks_nothing(make_parts, store, sign_in):
    class Closed:
        is_open = False

    client = sign_in(make_parts(store, practice=Closed()))

    assert "known callers alone" in client.get("/practice").text
