"""The rollout's page shows what was done, and a hold from it is the command's own."""

from __future__ import annotations

import re

import pytest

from attending.console.course import Course
from attending.facts.entry import Entry
from attending.facts.fact import By, Fact

ORIGIN = {"origin": "http://localhost:8321"}


def csrf(client):
    return re.search(r'name="csrf" value="([^"]+)"', client.get("/rollouts/watch_alert").text)[1]


def post(client, **over):
    form = {"csrf": csrf(client), "scope": "west", "reason": "we saw <b>odd</b> orders"} | over
    return client.post("/rollouts/watch_alert", data=form, headers=ORIGIN)


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


@pytest.mark.parametrize("over", [{"reason": " "}, {"scope": "nowhere"}, {"reason": "x"}])
def test_a_hold_without_reason_or_place_does_nothing(acting, over):
    client, parts = acting
    before = parts.reader.size()

    assert post(client, **over).status_code == 409
    assert parts.reader.size() == before


@pytest.mark.parametrize("over", [{"csrf": "guess"}])
def test_a_hold_from_elsewhere_does_nothing(acting, over):
    client, parts = acting
    before = parts.reader.size()

    assert post(client, **over).status_code == 403
    assert parts.reader.size() == before


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
