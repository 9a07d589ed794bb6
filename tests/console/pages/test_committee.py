"""The agenda: what is open in its order, what was decided, and what is owed."""

from __future__ import annotations

import re
from html import unescape


def words(live, person="nurse-post", path="/committee"):
    text = live.page(person, path)
    main = text[text.index("<main") : text.index("</main>")]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))


def test_what_is_open_is_listed_in_the_order_it_was_put(live):
    assert "Nothing is open for a vote" in words(live)
    put = [live.put(name) for name in ("june", "april", "may")]

    text = live.page("nurse-post", "/committee")
    linked = re.findall(r"/committee/([0-9a-f]{64})", text[: text.index("<section")])

    assert linked == put
    assert "You may vote." in words(live)
    assert "maker-post has no vote" in words(live, "maker-post").lower()


def test_an_item_leaves_the_agenda_when_it_closes_and_its_decision_stands_below(live):
    packet = live.put()
    for person in ("chair-post", "nurse-post"):
        live.meet(packet, person, choice="decline")
    live.meet(packet, "chair-post", "close")

    said = words(live)

    assert "Nothing is open for a vote" in said
    assert "declined watch_alert-1, by AI committee in meeting second" in said
    assert packet in live.page("nurse-post", "/committee")


def test_today_asks_those_who_may_vote_and_asks_once(live):
    packet = live.put()
    said = words(live, "nurse-post", "/")
    assert "waits for your vote" in said
    assert f"/committee/{packet}" in live.page("nurse-post", "/")
    assert "waits for the committee's votes" in words(live, "owner-post", "/")
    live.meet(packet, "nurse-post", choice="approve")
    assert "waits for your vote" not in words(live, "nurse-post", "/")
    assert "so far 1 voting member (a quorum is 2)" in words(live, "nurse-post", "/")


def test_the_use_case_says_what_was_decided_on_it(live):
    (decision,) = live.standing.governed.decisions.values()

    said = words(live, path="/use-cases/watch_alert")

    assert "What the committee decided" in said
    assert f"from {decision.valid_from} to {decision.expires_on}" in said


def test_a_broken_condition_is_said_today_and_on_the_agenda(live, tmp_path):
    (tmp_path / "conditions.yaml").write_text(
        "[{id: seen_again, owner: nurse-post, due: 1 d, do: {fact: resume/1}}]", "utf-8"
    )
    packet = live.put("second", "--conditions", tmp_path / "conditions.yaml")
    for person in ("chair-post", "nurse-post"):
        live.meet(packet, person, choice="approve_with_conditions")
    live.meet(packet, "chair-post", "close")
    assert "open There must be a fact resume/1" in words(live)
    live.judge_condition("seen_again", "broken")

    assert "Condition seen_again is broken" in words(live, path="/")
    assert "broken There must be a fact resume/1" in words(live)
