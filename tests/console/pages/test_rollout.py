"""The rollout's page shows what was done, and a hold from it is the command's own."""

from __future__ import annotations

import re
from html import unescape

import pytest

from attending.console.course import Course
from attending.facts.entry import Entry
from attending.facts.fact import By, Fact

ORIGIN = {"origin": "http://localhost:8321"}


def csrf(client):
    return re.search(r'name="csrf" value="([^"]+)"', client.get("/rollouts/watch_alert").text)[1]


def post(client, **over):
    form = {"csrf": csrf(client), "scope": "west", "reason": "we saw <b>odd</b> orders"} | over
    return client.post("/orders/watch_alert/hold", data=form, headers=ORIGIN)


def test_the_chart_s_title_counts_what_stands(console):
    spec = console.get("/rollouts/watch_alert/rollout_weeks.json").json()

    assert spec["title"]["text"].startswith("Live at 1 of 2 sites")
    assert "suspended" in spec["title"]["text"]


def test_every_move_leads_to_its_receipt(console, replayed, parts):
    text = console.get("/rollouts/watch_alert").text
    receipts = parts.history.course("watch_alert").receipts

    assert len(receipts) == len(replayed[1]["moves"])
    assert all(f'href="/facts/{receipt.index}"' in text for receipt in receipts)


def test_a_hold_is_done_with_its_reason_in_somebody_s_name(acting):
    client, parts = acting
    before = parts.reader.size()
    answer = post(client)

    assert answer.status_code == 303
    said = [e.fact for e in parts.reader.entries(before) if e.fact.kind == "said"]
    assert [(f.type, f.by.person, f.by.via) for f in said] == [("hold/1", "chair-post", "console")]
    assert "west" in parts.history.course("watch_alert").standing().held_for
    text = client.get("/rollouts/watch_alert").text
    assert "we saw &lt;b&gt;odd&lt;/b&gt; orders" in text
    assert "<b>odd" not in text


def test_a_copy_that_only_reads_offers_no_hold(console):
    text = console.get("/rollouts/watch_alert").text

    assert "<h2>Hold</h2>" not in text
    answer = console.post("/rollouts/watch_alert", data={"csrf": "x"}, headers=ORIGIN)
    assert answer.status_code == 403


def test_the_past_cannot_be_held(acting):
    assert "<h2>Hold</h2>" not in acting[0].get("/rollouts/watch_alert?as_of=5").text


def entry(index, body, **given):
    by = By(person="platform")
    return Entry(index, Fact(kind="acted", key=str(index), at="", by=by, body=body, **given))


def test_a_move_is_not_confirmed_until_it_is_read_back():
    receipt = entry(5, {"type": "receipt/1", "not_confirmed": ["ward"], "seq": 7})
    early = entry(6, {"type": "read_back/1", "gateway": "ward", "seq": 6})
    broken = entry(
        7, {"type": "read_back/1", "gateway": "ward", "seq": 7, "not_loaded": [["a", "b"]]}
    )
    read = entry(8, {"type": "read_back/1", "gateway": "ward", "seq": 7})

    def missing(*read_backs):
        return Course("u", "u", read_backs=read_backs).unconfirmed(receipt)

    assert missing() == missing(early) == missing(broken) == ["ward"]
    assert missing(early, read) == []


def test_a_plan_that_waits_is_shown_whole(live):
    text = unescape(live.page())

    assert live.digest in text
    assert "mode silent → live" in text
    assert "mode live → silent" in text, "the way back"
    assert "0 of 1 signed" in text
    assert "users reached 0% → 100%" in text


def test_two_people_sign_and_it_is_applied_in_front_of_them(live):
    assert "Apply it now" not in live.page()
    assert live.sign("chair-post", "committee_chair").status_code == 303
    assert "1 of 1 signed: chair-post" in live.page()
    assert "You signed as committee chair" in live.page()
    assert live.sign("cmio-post", "cmio").status_code == 303
    signed = [e.fact for e in live.course.said if e.fact.type == "sign_off/1"]
    assert [(f.by.person, f.by.role, f.by.via) for f in signed] == [
        ("chair-post", "committee_chair", "console"),
        ("cmio-post", "cmio", "console"),
    ]
    assert "Apply it now" in live.page()
    assert live.apply("nurse-post").status_code == 303
    assert live.standing.at("east").mode == "live"
    assert live.course.receipts[-1].fact.body["signed"] == {
        "cmio": ["cmio-post"],
        "committee_chair": ["chair-post"],
    }
    assert "What the next wave waits for" in live.page()


@pytest.mark.parametrize(
    ("person", "offered", "words"),
    [
        ("chair-post", ["committee_chair"], ""),
        ("cmio-post", ["committee_chair", "cmio"], ""),
        ("nurse-post", [], "nurse-post is no committee chair on any committee here"),
        ("owner-post", [], "owns watch_alert, and nobody approves their own"),
        ("passer-by", [], "passer-by is no committee chair"),
    ],
)
def test_each_person_is_offered_the_roles_they_hold(live, person, offered, words):
    text = unescape(live.page(person))

    assert re.findall(r'<option value="(\w+)">(?:committee chair|CMIO)<', text) == offered
    assert words.lower() in text.lower()


@pytest.mark.parametrize(
    ("person", "over", "status", "words"),
    [
        ("nurse-post", {}, 400, "nurse-post is no committee_chair"),
        ("owner-post", {}, 400, "nobody approves their own"),
        ("chair-post", {"role": "cmio"}, 400, "chair-post is no cmio"),
        ("chair-post", {"role": ""}, 400, "asks for no sign-off as"),
        ("chair-post", {"plan": "f" * 64}, 409, "no plan ffffffffffff waits"),
        ("chair-post", {"plan": "%"}, 409, "no plan % waits"),
        ("chair-post", {"what": "sing"}, 404, "did you mean 'sign'"),
        ("chair-post", {"what": ""}, 404, "what a plan can be asked for"),
        ("chair-post", {"csrf": "guess"}, 403, "did not come from a page"),
        ("chair-post", {"headers": {}}, 403, "did not come from a page"),
        ("chair-post", {"headers": {"origin": "null"}}, 403, "did not come from a page"),
    ],
)
def test_a_signature_that_would_not_count_is_not_written(live, person, over, status, words):
    live.at(person)
    before = live.parts.reader.size()
    answer = live.sign(person, **{"role": "committee_chair"} | over)

    assert answer.status_code == status, answer.text
    assert words in unescape(answer.text).replace("No plan", "no plan")
    assert live.parts.reader.size() == before


def test_a_signature_counts_once(live):
    live.sign("chair-post", "committee_chair")
    before = live.parts.reader.size()
    assert live.sign("chair-post", "committee_chair").status_code == 303
    assert live.parts.reader.size() == before
    assert live.sign("cmio-post", "cmio").status_code == 303
    answer = live.sign("cmio-post", "committee_chair")
    assert answer.status_code == 400
    assert "one person fills one role" in answer.text


def test_a_plan_is_applied_only_when_signed_read_and_still_true(live):
    digest = live.digest
    answer = live.apply()
    assert answer.status_code == 409
    assert "1 sign-off as committee_chair wanted, 0 given" in answer.text
    live.sign("chair-post", "committee_chair")
    live.sign("cmio-post", "cmio")
    answer = live.apply(yes="")
    assert answer.status_code == 409
    assert "Tick that you have read" in answer.text
    assert live.apply(headers={}).status_code == 403

    live.order("hold", reason="something came up")
    assert live.standing.at("east").mode == "silent"
    for answer in (
        live.apply(plan=digest),
        live.sign("chair-post", "committee_chair", plan=digest),
    ):
        assert answer.status_code == 409
        assert "the state changed" in answer.text
    assert live.standing.at("east").mode == "silent"


def test_a_stranger_and_a_copy_that_only_reads_sign_nothing(live, make_parts, live_store, sign_in):
    digest = live.digest
    live.at("chair-post").cookies.clear()
    assert live.sign("chair-post", "committee_chair").status_code == 401

    reading = type(live)(make_parts(live_store))
    before = reading.parts.reader.size()
    text = reading.page()
    assert f"attending sign {digest[:12]}" in text
    assert 'value="sign"' not in text
    for answer in (reading.sign("chair-post", "committee_chair"), reading.apply()):
        assert answer.status_code == 409
        assert "only reads" in answer.text
    assert reading.parts.reader.size() == before


def test_looking_signs_and_applies_nothing(live):
    live.at("chair-post")
    before = live.parts.reader.size()
    asked = {"what": "sign", "plan": live.digest, "role": "committee_chair"}
    assert live.at("chair-post").get("/rollouts/watch_alert", params=asked).status_code == 200
    assert live.at("chair-post").put("/rollouts/watch_alert", data=asked).status_code == 405
    assert live.parts.reader.size() == before
