"""An order is said in full before it is given, and given only by somebody, with a reason."""

from __future__ import annotations

import re
from html import unescape

import pytest

VERBS = ("hold", "suspend", "resume", "lift")


def effects(live, verb, scope="east"):
    text = live.page("nurse-post", f"/orders/watch_alert/{verb}?scope={scope}")
    found = re.findall(r"<li>(.*?)</li>", text[text.index("effects") :])
    return [unescape(each) for each in found]


def test_what_a_suspension_would_do_is_what_it_does(live):
    live.go_live()
    said = effects(live, "suspend")
    assert said[0].endswith("stops showing it within a second.")
    assert said[0].startswith("East ")
    assert any("Nothing is deleted" in each for each in said)
    assert any("until a named person lifts it" in each for each in said)

    answer = live.order("suspend")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/rollouts/watch_alert#moves"
    receipt = live.course.receipts[-1].fact.body
    assert [(c["site"], c["mode"]) for c in receipt["changes"]] == [("east", ["live", "suspended"])]
    assert receipt["because"] == "nurse-post: it misfires"


def test_an_order_says_where_it_changes_nothing(live):
    assert "nothing changes at any bedside" in " ".join(effects(live, "suspend", "west"))
    for verb, words in (("lift", "Nothing is suspended"), ("resume", "Nothing is held")):
        text = live.page("nurse-post", f"/orders/watch_alert/{verb}?scope=east")
        assert words in text
        assert 'name="reason"' not in text
        before = live.parts.reader.size()
        assert live.order(verb).status_code == 400
        assert live.parts.reader.size() == before


def test_what_is_suspended_comes_back_silent_and_what_is_held_is_resumed(live):
    live.go_live()
    live.order("suspend")
    assert "must be lifted first" in " ".join(effects(live, "resume"))
    assert "from suspended to silent" in effects(live, "lift")[0]
    assert live.order("lift", reason="it was mended").status_code == 303
    assert live.standing.at("east").mode == "silent"
    assert live.standing.expansion == "held"
    assert "ends" in effects(live, "resume")[0]
    assert live.order("resume", reason="seen and mended").status_code == 303
    assert not live.standing.holds


def test_it_is_not_confirmed_at_a_gateway_until_it_has_read_back(live):
    live.go_live()
    live.hear("ward")
    assert "Ward must read it back" in " ".join(effects(live, "suspend"))
    live.order("suspend")
    text = live.page()
    assert text.count("not confirmed at ward") == 2, "in the first lines, and at the move"
    live.hear("ward", live.course.receipts[-1].fact.body["seq"])
    text = live.page()
    assert "not confirmed at" not in text
    assert 'aria-hidden="true">✓</span>ward' in text[text.index('id="moves"') :]


@pytest.mark.parametrize("verb", VERBS)
def test_looking_at_an_order_gives_none(live, verb):
    live.at("chair-post")
    before = live.parts.reader.size()
    path = f"/orders/watch_alert/{verb}?scope=all&reason=looking&csrf=x"
    assert live.at("nurse-post").get(path).status_code == 200
    assert live.at("nurse-post").head(path).status_code == 200
    assert live.at("nurse-post").put(path).status_code == 405
    assert live.parts.reader.size() == before


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    ("over", "status", "words"),
    [
        ({"reason": ""}, 409, "takes a reason"),
        ({"reason": " . "}, 409, "takes a reason"),
        ({"scope": "eas"}, 404, "did you mean &#39;east&#39;"),
        ({"scope": ""}, 404, "accepted: all, east, west"),
        ({"csrf": "guess"}, 403, "did not come from a page"),
        ({"csrf": ""}, 403, "did not come from a page"),
        ({"headers": {}}, 403, "did not come from a page"),
        ({"headers": {"origin": "http://evil.example"}}, 403, "did not come from a page"),
    ],
)
def test_an_order_that_lacks_something_does_nothing(live, verb, over, status, words):
    live.at("nurse-post")
    before = live.parts.reader.size()
    answer = live.order(verb, **over)

    assert answer.status_code == status, answer.text
    assert words in answer.text
    assert "Nothing was done" in answer.text
    assert live.parts.reader.size() == before


def test_an_order_there_is_not_is_refused_with_the_nearest(live):
    answer = live.order("suspnd")

    assert answer.status_code == 404
    assert "did you mean &#39;suspend&#39;" in answer.text


@pytest.mark.parametrize("verb", VERBS)
def test_a_stranger_and_a_copy_that_only_reads_order_nothing(live, console, parts, verb):
    live.at("chair-post")
    stranger = type(live)(live.parts)
    client = stranger.at("nurse-post")
    client.cookies.clear()
    assert stranger.order(verb).status_code == 401

    csrf = next(iter(parts.sessions._sessions.values())).csrf
    form = {"csrf": csrf, "scope": "west", "reason": "it misfires"}
    before = parts.reader.size()
    headers = {"origin": "http://localhost:8321"}
    answer = console.post(f"/orders/watch_alert/{verb}", data=form, headers=headers)
    assert answer.status_code == 409
    assert "only reads" in answer.text
    assert parts.reader.size() == before


def test_what_was_said_and_not_carried_out_yet_is_not_told_as_done(live):
    """As when the process that took the order was killed before its receipt."""
    live.go_live()
    live.say("suspend", "east", "nurse-post", "it misfires")
    text = live.page()
    moves = text[text.index('id="moves"') :]

    assert "asked for by nurse-post, and not carried out yet" in moves
    assert "suspended</th>" not in moves
    spec = live.at("chair-post").get("/rollouts/watch_alert/rollout_weeks.json").json()
    (title,) = [t for t in live.course.sites.values() if t.startswith("East")]
    assert f"{title} suspended" in spec["title"]["text"]
    assert [s["state"] for s in spec["vconcat"][-1]["data"]["values"] if s["site"] == title][
        -1
    ] == "suspended"
