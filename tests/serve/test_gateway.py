"""The gateway, asked as an EHR asks it."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from datetime import timedelta

import pytest

from attending.facts.fact import By, Fact
from attending.facts.snapshot import Exposure
from attending.serve.engine import Answer
from attending.serve.found_here import FoundHere
from attending.serve.parts import Options

DISPLAYS = {"shown", "no_advice", "silent", "suppressed", "failed", "late"}


class Engine:
    def __init__(self, answer=None):
        self.asked = []
        self._answer = answer

    def answer(self, fields):
        self.asked.append(dict(fields))
        return self._answer(fields) if callable(self._answer) else Answer(0.9)


def crash(fields):
    raise MemoryError("the model is broken")


def test_a_live_use_case_shows_a_card_that_says_what_it_rests_on(door):
    (card,) = door.cards()

    assert card["summary"] == "Creatinine is 1.8: review the drugs"
    assert card["indicator"] == "warning"
    assert card["source"] == {"label": "Kidney watch"}
    assert [r["code"] for r in card["overrideReasons"]] == [
        "patient-ineligible",
        "action-completed",
    ]
    assert all(r["system"] and r["display"] for r in card["overrideReasons"])
    for said in (
        "Because creatinine rose.",
        "**At this hospital:** not yet measured here",
        "**Score:** 1; advises from 0.5",
        "**Known limits:** Not for dialysis.",
        "**Missing:** nothing",
        "**Call:** Informatics desk",
    ):
        assert said in card["detail"]


@pytest.mark.parametrize(("score", "said"), [(0.834, "0.83"), (0.99996, "above 0.99"), (1.0, "1")])
def test_a_card_that_quotes_its_score_says_it(open_door, making, score, said):
    card = {"summary": "Risk {score}", "limits": "l", "call": "c"}
    flow = {"channel": "cds_hooks", "hook": "patient-view", "card": card}
    engine = Engine(lambda fields: Answer(score))
    (card,) = open_door(engine=engine, case=making.use_case(workflow=flow)).cards()

    assert card["summary"] == f"Risk {said}"
    assert f"**Score:** {said}; advises from 0.5" in card["detail"]


def test_what_was_found_here_stands_on_the_card(open_door, making):
    found = FoundHere(use_cases=[making.use_case()])
    because = "4 of 60 shown the answer against 9 of 61 in usual care: 0.45 (0.1 to 1.6)."
    finding = {"scope": "alder", "found": "cannot tell yet", "settled_on": None}
    body = {"type": "decided/1", "findings": [finding | {"because": f"{because} Cannot tell yet."}]}
    at = {"at": "2026-10-12T08:00:00.000Z", "by": By("platform"), "use_case": "kidney_watch"}
    found.hear(Fact(kind="decided", key="k", release="r1", body=body, **at))
    (card,) = open_door(found_here=found).cards()

    assert f"**At this hospital:** Cannot tell yet. {because}" in card["detail"]


def test_an_unknown_tool_is_404_and_every_other_path_as_well(door):
    for path in (
        "/cds-services/kidney_witch",
        "/cds-services/kidney_watch/feedback/x",
        "/cds-services/../kidney_watch",
        "/sites/birch/cds-services/kidney_watch",
        "/",
        "/" + "x" * 2000,
    ):
        assert door.post(path, json={}).status_code == 404


def test_the_card_is_the_prediction_on_record(door):
    (card,) = door.cards()
    (fact,) = door.pen.facts

    assert fact.kind == "served"
    assert fact.body["prediction"] == card["uuid"]
    assert fact.body["display"] == "shown"
    assert fact.body["score"] == 1.0
    assert fact.body["threshold"] == 0.5
    assert (fact.site, fact.use_case, fact.release) == ("alder", "kidney_watch", "r1")


def test_an_engine_is_given_its_fields_and_nothing_else(open_door, making):
    engine = Engine(lambda fields: Answer(0.9))
    door = open_door(engine=engine)
    message = making.question(extension={"com.example.note": "canary"})
    message["fhirAuthorization"] = {"access_token": "canary"}
    message["prefetch"]["notes"] = {"resourceType": "DocumentReference", "description": "canary"}
    message["prefetch"]["patient"]["name"] = [{"family": "canary"}]
    door.cards(message)

    assert engine.asked == [{"creatinine": 1.8, "sex": "female"}]
    assert "canary" not in repr(door.pen.facts)
    assert b"canary" not in b"".join(door.pen.payloads.values())
    assert door.pen.bodies()[0]["n_dropped"] > 0


def test_no_identifier_and_no_input_enters_a_fact(door):
    door.cards(user="Practitioner/canary-user", patient="canary-patient", creatinine=1.777)
    written = repr(door.pen.facts)

    for canary in ("canary-user", "canary-patient", "1.777", "female"):
        assert canary not in written
    assert len(door.pen.facts[0].body["patient"]) == 32


def test_the_inputs_lie_beside_the_ledger_under_their_digest(door):
    door.cards()
    (body,) = door.pen.bodies()
    kept = json.loads(door.pen.payloads[body["inputs"]])

    assert kept["fields"] == {"creatinine": 1.8, "sex": "female"}
    assert kept["prediction"] == body["prediction"]


def test_nothing_is_shown_before_its_record_is_durable(open_door, making):
    door = open_door()
    door.pen.mode = "hangs"
    seen = []

    async def go():
        task = asyncio.create_task(
            door._request("POST", "/cds-services/kidney_watch", json=making.question())
        )
        await asyncio.sleep(0.1)
        seen.append(task.done())
        door.pen.release()
        return (await task).json()["cards"]

    assert len(door.run(go())) == 1
    assert seen == [False]


@pytest.mark.parametrize("mode", ["full", "refuses"])
def test_a_full_disk_shows_nothing_and_is_recorded_afterwards(open_door, mode):
    door = open_door()
    door.pen.mode = mode
    assert door.cards() == []
    assert door.pen.facts == []
    assert door.parts.tally.count("predictions", display="failed", reason="no_record") == 1
    assert door.get("/readyz").status_code == 503

    door.pen.mode = "writes"
    door.wait(lambda: door.pen.facts)
    (body,) = door.pen.bodies()
    assert (body["display"], body["reason"]) == ("failed", "no_record")
    assert door.get("/readyz").status_code == 200


def test_a_ledger_that_hangs_costs_the_card_and_not_the_deadline(open_door):
    door = open_door()
    door.pen.mode = "hangs"
    assert door.cards() == []
    assert door.pen.waiting, "the answer left, and the ledger still hangs"

    door.pen.mode = "writes"
    door.pen.release()  # the first attempt lands after all, and says "shown"
    door.wait(lambda: len(door.pen.facts) == 2)
    first, second = door.pen.facts
    assert first.key == second.key
    assert [f.body["display"] for f in (first, second)] == ["shown", "failed"]
    assert second.body["reason"] == "no_record"


def test_a_record_owed_never_comes_before_what_it_corrects(open_door):
    door = open_door()
    door.pen.mode = "hangs"
    door.cards()
    door.pen.mode = "writes"
    door.run(pause(0.6))
    assert door.pen.facts == []


async def pause(seconds):
    await asyncio.sleep(seconds)


@pytest.mark.alone
def test_a_hung_engine_is_late_inside_the_deadline_and_then_at_once(open_door):
    gate = threading.Event()

    def hang(fields):
        gate.wait(20)
        return Answer(0.9)

    door = open_door(engine=Engine(hang))
    times = []
    for _ in range(6):
        started = time.monotonic()
        assert door.cards() == []
        times.append(time.monotonic() - started)
    gate.set()

    assert max(times) < 0.5
    assert door.parts.tally.count("full_pools") == 2, "four are lost: nobody waits for a fifth"
    assert [b["display"] for b in door.pen.bodies()] == ["late"] * 6
    door.wait(lambda: door.parts.tools.n_lost() == 0)
    assert len(door.cards()) == 1, "slots come back when their threads do"


def test_a_crashed_model_is_failed_and_never_no_advice(open_door):
    door = open_door(engine=Engine(crash))
    door.cards()
    assert [(b["display"], b["reason"]) for b in door.pen.bodies()] == [("failed", "engine")]
    text = door.get("/metrics").text
    assert (
        'attending_predictions_total{display="failed",reason="engine",site="alder",'
        'use_case="kidney_watch"} 1' in text
    )
    assert 'display="no_advice"' not in text


@pytest.mark.parametrize("score", [float("nan"), float("inf")])
def test_a_score_that_is_no_number_is_failed(open_door, score):
    door = open_door(engine=Engine(lambda fields: Answer(score)))
    door.cards()
    assert [(b["display"], b["reason"]) for b in door.pen.bodies()] == [("failed", "bad_score")]


def test_below_the_threshold_is_no_advice(door):
    assert door.cards(creatinine=1.1) == []
    assert [b["display"] for b in door.pen.bodies()] == ["no_advice"]
    assert "reason" not in door.pen.bodies()[0]


def test_silent_is_answered_and_recorded_and_not_shown(open_door):
    door = open_door(mode="silent")
    assert door.cards() == []
    (body,) = door.pen.bodies()
    assert (body["display"], body["score"]) == ("silent", 1.0)


@pytest.mark.parametrize("mode", ["off", "retired", "suspended"])
def test_an_ai_that_is_off_is_neither_asked_nor_given_anything(open_door, mode):
    engine = Engine()
    door = open_door(engine=engine, mode=mode)
    cards = door.cards()
    (body,) = door.pen.bodies()

    assert not any("Creatinine" in card["summary"] for card in cards)
    assert engine.asked == []
    assert door.pen.payloads == {}
    assert (body["display"], body["reason"]) == ("suppressed", mode)
    assert body["n_dropped"] == 0


def test_a_place_the_snapshot_does_not_name_is_off(open_door, making):
    door = open_door()
    door.take([Exposure("kidney_watch", "birch", "*", "r1", "live")])
    assert door.cards() == []
    assert door.pen.bodies()[-1]["reason"] == "off"


def test_a_suspension_shows_none_however_often_it_is_asked(door):
    assert len(door.cards()) == 1
    door.expose("suspended")
    for _ in range(20):
        assert not any("Creatinine" in card["summary"] for card in door.cards())
    assert {b["display"] for b in door.pen.bodies()[1:]} == {"suppressed"}


def test_a_suspension_that_comes_while_the_record_is_written_still_holds(open_door, making):
    door = open_door()
    door.pen.mode = "hangs"

    async def go():
        task = asyncio.create_task(
            door._request("POST", "/cds-services/kidney_watch", json=making.question())
        )
        await asyncio.sleep(0.1)
        door.expose("suspended")
        door.pen.mode = "writes"
        door.pen.release()
        return (await task).json()["cards"]

    assert door.run(go()) == []
    door.wait(lambda: len(door.pen.facts) == 2)
    assert [str(b["display"]) for b in door.pen.bodies()] == ["shown", "suppressed"]
    assert door.pen.facts[0].key == door.pen.facts[1].key


def test_past_the_lease_nothing_is_shown_and_the_reason_is_said(door):
    door.parts.clock.advance(timedelta(seconds=31))
    cards = door.cards()
    (body,) = door.pen.bodies()

    assert (body["display"], body["reason"]) == ("failed", "stale_policy")
    assert not any("Creatinine" in card["summary"] for card in cards)
    assert door.get("/readyz").status_code == 503


def test_a_person_is_told_once_a_shift_that_the_ai_is_down(door):
    door.expose("suspended")
    (told,) = door.cards()
    assert "suspended" in told["summary"]
    assert len(told["summary"]) < 140
    assert door.cards() == []
    assert len(door.cards(user="Practitioner/u2")) == 1, "another person is told as well"
    door.parts.clock.advance(timedelta(hours=8))
    door.expose("suspended")
    assert len(door.cards()) == 1

    assert [b.get("notice", False) for b in door.pen.bodies()] == [True, False, True, True]
    assert door.parts.tally.count("notices") == 3


def test_nobody_is_told_of_what_they_would_not_have_been_shown(open_door):
    door = open_door(mode="silent", engine=Engine(crash))
    assert door.cards() == []
    door.expose("off")
    assert door.cards() == []
    door.expose("suspended", share=0.0)
    assert door.cards() == []


def test_a_notice_that_could_not_be_recorded_is_told_next_time(open_door):
    door = open_door(mode="suspended")
    door.pen.mode = "full"
    assert door.cards() == []
    door.pen.mode = "writes"
    assert len(door.cards()) == 1


def test_a_share_of_users_stays_the_same_users_and_only_grows(door):
    users = [f"Practitioner/u{i}" for i in range(60)]
    shown = []
    for share in (0.2, 0.5, 1.0):
        door.expose("live", share=share)
        shown.append({user for user in users if door.cards(user=user)})

    assert 0 < len(shown[0]) < len(shown[1]) < len(shown[2]) == 60
    assert shown[0] < shown[1]
    assert {b.get("reason") for b in door.pen.bodies()} == {None, "not_in_share"}


def test_a_unit_goes_before_its_site_and_an_unsaid_unit_is_the_strictest(door):
    site = Exposure("kidney_watch", "alder", "*", "r1", "live")
    unit = Exposure("kidney_watch", "alder", "icu", "r1", "suspended")
    door.take([site, unit])

    assert len(door.cards(extension={"org.attending.unit": "ward"})) == 1
    door.cards(extension={"org.attending.unit": "icu"})
    door.cards(user="Practitioner/u9")
    assert [b["display"] for b in door.pen.bodies()] == ["shown", "suppressed", "suppressed"]


def test_a_release_that_is_not_loaded_is_never_answered_by_another(door):
    door.expose("live", release="r0")
    cards = door.cards()
    (body,) = door.pen.bodies()
    assert (body["display"], body["reason"]) == ("failed", "no_release")
    assert door.pen.facts[0].release == "r0"
    assert not any("Creatinine" in card["summary"] for card in cards)


def test_the_way_back_serves_the_old_release(making, tmp_path):
    old, new = Engine(lambda f: Answer(0.7)), Engine(lambda f: Answer(0.9))
    tools = [
        making.tool(tmp_path, engine=old, release="r1"),
        making.tool(tmp_path, engine=new, release="r2"),
    ]
    door = making.door(making.parts(tools))
    door.expose("live", release="r2")
    door.cards()
    door.expose("live", release="r1")
    door.cards()
    assert [b["score"] for b in door.pen.bodies()] == [0.9, 0.7]
    door.close()


def test_every_call_has_exactly_one_display(open_door):
    door = open_door()
    for mode in ("live", "silent", "suspended", "retired", "off"):
        door.expose(mode)
        for creatinine in (1.0, 2.0, "2.0", None):
            door.cards(creatinine=creatinine)
    bodies = door.pen.bodies()

    assert len(bodies) == 20
    assert len({b["prediction"] for b in bodies}) == 20
    for body in bodies:
        assert body["display"] in DISPLAYS
        assert ("reason" in body) == (body["display"] in {"suppressed", "failed"})
    assert door.parts.tally.count("predictions") == 20


def test_a_missing_field_is_failed_and_not_guessed(door):
    door.cards(prefetch={})
    (body,) = door.pen.bodies()
    assert (body["display"], body["reason"]) == ("failed", "missing_input")
    assert body["missing"] == {"creatinine": "absent", "sex": "absent"}


def test_a_declared_stand_in_is_used_counted_and_said(making, tmp_path):
    case = making.use_case(
        model={"model": "kidney", "threshold": 0.5, "on_missing": {"sex": "fill"}}
    )
    door = making.door(making.parts([making.tool(tmp_path, case=case)]))
    door.expose("live")
    message = making.question()
    del message["prefetch"]["patient"]
    (card,) = door.cards(message)
    (body,) = door.pen.bodies()

    assert "**Missing:** sex (a stand-in was used)" in card["detail"]
    assert body["filled"] == ["sex"]
    assert door.parts.tally.count("filled_fields") == 1
    door.close()


def test_a_patient_of_another_name_is_not_read_and_is_said(door, making):
    message = making.question()
    message["prefetch"]["labs"]["entry"].append(
        {"resource": making.observation(9.9, patient="p2", at="2026-10-13T07:59:00Z")}
    )
    (card,) = door.cards(message)
    (security,) = door.pen.bodies("observed")

    assert "1.8" in card["summary"]
    assert security == {
        "type": "security/1",
        "what": "wrong_patient",
        "prediction": card["uuid"],
        "n": 1,
    }
    assert "p2" not in repr(door.pen.facts)


def test_html_or_an_error_in_prefetch_is_as_if_nothing_came(door, making):
    outcome = {"resourceType": "OperationOutcome", "issue": []}
    for broken in ("<html><body>Apache Tomcat</body></html>", outcome, None, 7, [], {}):
        message = making.question()
        message["prefetch"]["labs"] = broken
        assert door.cards(message) == []
    assert {b["reason"] for b in door.pen.bodies()} == {"missing_input"}
    assert "Tomcat" not in repr(door.pen.facts)


def test_discovery_lists_what_is_not_off_and_asks_for_declared_fields_only(door):
    (service,) = door.get("/cds-services").json()["services"]
    assert service["id"] == "kidney_watch"
    assert service["hook"] == "patient-view"
    assert service["description"]
    assert service["prefetch"] == {
        "labs": "Observation?patient={{context.patientId}}&code=2160-0&_sort=-date",
        "patient": "Patient/{{context.patientId}}",
    }
    door.expose("off")
    assert door.get("/cds-services").json() == {"services": []}
    door.parts.clock.advance(timedelta(seconds=60))
    assert len(door.get("/cds-services").json()["services"]) == 1, "an outage unlists nothing"


def test_a_large_body_is_refused_before_it_is_read(door):
    read = []

    async def go():
        sent = []

        async def receive():
            read.append(1)
            return {"type": "http.request", "body": b"x" * 65536, "more_body": True}

        async def send(message):
            sent.append(message)

        scope = {
            "type": "http",
            "method": "POST",
            "path": "/cds-services/kidney_watch",
            "headers": [(b"content-length", b"52428800"), (b"content-type", b"application/json")],
        }
        await door.gateway(scope, receive, send)
        told = len(read)
        scope["headers"] = [(b"content-type", b"application/json")]
        await door.gateway(scope, receive, send)
        return sent, told

    sent, told = door.run(go())
    assert [m["status"] for m in sent if "status" in m] == [413, 413]
    assert told == 0, "its length was enough"
    assert len(read) <= 17, "without a length, no more than the cap is read"


def test_fifty_megabytes_are_refused_before_they_are_parsed(door, monkeypatch):
    parsed = []
    monkeypatch.setattr("attending.serve.gateway.decode", parsed.append)
    body = b" " * (50 * 1024 * 1024)
    answer = door.post(
        "/cds-services/kidney_watch", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 413
    assert parsed == []


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"hook":"patient-view","hook":"order-sign"}',
        b'{"hook":"patient-view","n":NaN}',
        b'{"hook":"patient-view","n":1e999}',
        b'{"hook":"patient-view","n":"\\ud800"}',
        b'\xef\xbb\xbf{"hook":"patient-view"}',
        b'{"hook":' + b"[" * 100 + b"]" * 100 + b"}",
        b"[" * 1_000_000,
        b'{"hook":"\xff"}',
    ],
)
def test_what_is_not_plain_json_is_400_and_recorded_as_nothing(door, raw):
    answer = door.post(
        "/cds-services/kidney_watch", content=raw, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 400
    assert door.pen.facts == []


def test_other_media_types_and_verbs_are_refused(door):
    assert door.post("/cds-services/kidney_watch", content=b"{}").status_code == 415
    squeezed = {"content-type": "application/json", "content-encoding": "gzip"}
    path = "/cds-services/kidney_watch"
    assert door.post(path, content=b"{}", headers=squeezed).status_code == 415
    assert door.get("/cds-services/kidney_watch").status_code == 405
    assert door.post("/cds-services").status_code == 405
    assert door.post("/healthz").status_code == 405


def test_browsers_may_call_only_from_a_listed_origin(open_door):
    origin = {"origin": "https://sandbox.example"}
    assert open_door().request("OPTIONS", "/cds-services", headers=origin).status_code == 403
    options = Options(base_url="http://gateway.example", origins=("https://sandbox.example",))
    allowed = open_door(options=options).request("OPTIONS", "/cds-services", headers=origin)
    assert allowed.status_code == 204
    assert allowed.headers["access-control-allow-origin"] == "https://sandbox.example"


def test_the_gateway_says_how_it_is_without_a_word_of_anyone(door):
    door.cards(user="Practitioner/canary", patient="canary")
    assert door.get("/healthz").text == "ok\n"
    assert door.get("/readyz").text == "ready\n"
    text = door.get("/metrics").text
    assert "attending_snapshot_seq 0" in text
    assert "attending_answer_seconds_count 1" in text
    assert "canary" not in text


def test_a_fault_of_our_own_is_an_empty_answer_and_is_recorded(door, monkeypatch):
    def broken(*args):
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(type(door.parts.tools.any_release("kidney_watch").reach), "cut", broken)
    assert door.cards() == []
    assert [(b["display"], b["reason"]) for b in door.pen.bodies()] == [("failed", "gateway")]


def test_a_payload_that_could_not_be_kept_shows_nothing_and_is_kept_with_its_record(open_door):
    door = open_door()
    door.pen.mode = "full"
    assert door.cards() == []
    assert door.pen.payloads == {}
    door.pen.mode = "writes"
    door.wait(lambda: door.pen.facts)
    (body,) = door.pen.bodies()
    assert (body["display"], body["reason"]) == ("failed", "no_record")
    assert body["inputs"] in door.pen.payloads


def test_a_suspension_while_the_engine_works_is_never_recorded_as_shown(open_door, making):
    working, go = threading.Event(), threading.Event()

    class Slow:
        def answer(self, fields):
            working.set()
            go.wait(2)
            return Answer(1.0, {"because": "it rose"})

    door = open_door(engine=Slow())
    door.expose("live", deadline_ms=2000)

    async def ask():
        task = asyncio.create_task(
            door._request("POST", "/cds-services/kidney_watch", json=making.question())
        )
        await asyncio.to_thread(working.wait, 2)
        door.expose("suspended")
        go.set()
        return (await task).json()["cards"]

    assert not any("Creatinine" in card["summary"] for card in door.run(ask()))
    (body,) = door.pen.bodies()
    assert (body["display"], body["reason"]) == ("suppressed", "suspended")
    assert body["snapshot"] == door.parts.exposures.seq


def test_named_pilot_users_are_shown_it_and_nobody_else_is(door):
    pilot = door.parts.pseudonyms.of("user", "Practitioner/u7")
    door.expose("live", share=0.0, users=(pilot,))
    shown = [u for u in (f"Practitioner/u{i}" for i in range(12)) if door.cards(user=u)]

    assert shown == ["Practitioner/u7"]
    assert door.cards(user="") == []
    assert {b.get("reason") for b in door.pen.bodies()} == {None, "not_in_share"}


def test_past_the_weekly_cap_nothing_new_is_shown_until_the_week_turns(door):
    door.expose("live", weekly_case_cap=2)
    shown = [p for p in ("p1", "p2", "p1", "p3", "p2", "p4") if door.cards(patient=p)]
    assert shown == ["p1", "p2", "p1", "p2"], "a patient who was counted takes no more room"
    assert {b.get("reason") for b in door.pen.bodies()} == {None, "cap"}

    door.parts.clock.advance(timedelta(days=6))
    door.expose("live", weekly_case_cap=2)
    assert door.cards(patient="p4")


def test_a_case_that_was_not_shown_after_all_takes_no_room(door):
    door.expose("live", weekly_case_cap=1)
    door.pen.mode = "full"
    assert door.cards(patient="p1") == []
    door.pen.mode = "writes"
    assert door.cards(patient="p2")
