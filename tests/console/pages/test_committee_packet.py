"""One item: what is asked and found is there, a vote is one press, and nobody votes who may not."""

from __future__ import annotations

import itertools
import re
from html import unescape

import msgspec
import pytest

from attending.facts.fact import By
from attending.ledger.open_ledger import open_ledger
from attending.ledger.open_reader import open_reader

ORIGIN = "http://localhost:8321"
CONDITION = "[{id: seen_again, owner: nurse-post, due: 90 d, do: {fact: resume/1}}]"
PEOPLE = ("chair-post", "cmio-post", "nurse-post")
CHOICES = ("approve", "decline", "abstain", "re_review")


@pytest.fixture
def with_condition(tmp_path):
    (tmp_path / "conditions.yaml").write_text(CONDITION, "utf-8")
    return ("--conditions", tmp_path / "conditions.yaml")


def words(live, packet, person="chair-post"):
    """Give a page's text as people read it."""
    text = live.page(person, f"/committee/{packet}")
    main = text[text.index("<main") : text.index("</main>")]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))


def facts(store, kind):
    reader = open_reader(store)
    try:
        return [entry.fact for entry in reader.entries() if entry.fact.type == kind]
    finally:
        reader.close()


def declared_by(store, person):
    """Let somebody declare the very same specs."""
    (*_, fact) = facts(store, "specs/1")
    fact = msgspec.structs.replace(fact, key=f"{fact.key}/{person}", by=By(person=person))
    reader, pen = open_ledger(store)
    pen.append([fact])
    pen.close()
    reader.close()


def test_the_packet_says_what_is_asked_found_proposed_and_missing(live, with_condition):
    said = words(live, live.put("second", *with_condition))

    assert "may watch_alert-1 be used?" in said
    assert "first at East <img src=x onerror=alert(1)>; then rest at West" in said
    assert "Something goes wrong" in said
    assert "seen_again" in said
    assert "There must be a fact resume/1" in said
    assert "Nothing that the platform can tell of." in said
    assert "So far 0 voting members (a quorum is 2)" in said


def test_the_page_is_whole_before_and_after_votes(live, with_condition, check_whole):
    packet = live.put("second", *with_condition)
    check_whole(live.page("chair-post", f"/committee/{packet}"))
    live.meet(packet, "nurse-post", choice="approve")
    check_whole(live.page("nurse-post", f"/committee/{packet}"))


def test_a_vote_is_one_press_bound_to_the_packet_and_signed_by_the_session(live):
    packet = live.put()
    assert "Nothing yet" in words(live, packet)
    answer = live.meet(packet, "nurse-post", choice="approve")

    assert answer.status_code == 303
    assert answer.headers["location"] == f"/committee/{packet}#votes"
    fact = facts(live.parts.store, "vote/1")[-1]
    assert (fact.by.person, fact.by.via, fact.body["choice"]) == (
        "nurse-post",
        "console",
        "approve",
    )
    assert fact.body["signature"]["digest"] == packet
    assert fact.body["signature"]["auth"] == ["token"]
    assert "Approves" in words(live, packet)
    live.meet(packet, "nurse-post", choice="decline")
    assert "Declines" in words(live, packet)  # the later vote stands
    assert "1 voting member (a quorum is 2)" in words(live, packet)


def test_what_is_written_with_a_vote_is_sealed(live):
    packet = live.put()
    secret = "the nights were never looked at"
    assert live.meet(packet, "nurse-post", choice="decline", text=secret).status_code == 303
    assert live.meet(packet, "cmio-post", "recuse", text="my brother sells it").status_code == 303

    said = words(live, packet)
    assert "Declines, with words that are sealed" in said
    assert "cmio-post" in said
    assert "Recused" in said
    raw = (live.parts.store / "ledger.db").read_bytes()
    for name in ("ledger.db-wal",):
        path = live.parts.store / name
        raw += path.read_bytes() if path.exists() else b""
    assert secret.encode() not in raw
    assert b"my brother" not in raw
    assert len(facts(live.parts.store, "vote/1")[-1].body["dissent"]) == 64


@pytest.mark.parametrize("n", range(2))
def test_what_the_page_says_it_would_come_to_is_what_it_comes_to(live, n):
    """One combination of choices in six, each a meeting of its own."""
    seen = set()
    combinations = list(itertools.product((*CHOICES, ""), repeat=3))[n::12]
    for m, choices in enumerate(combinations):
        packet = live.put(f"m{m}")
        for person, choice in zip(PEOPLE, choices, strict=True):
            if choice:
                assert live.meet(packet, person, choice=choice).status_code == 303
        promised = re.search(r"Closed now, (.*?)\.? member roles", words(live, packet)).group(1)
        assert live.meet(packet, "chair-post", "close").status_code == 303
        done = live.course.governed[-1].fact
        said = done.body["because"]
        word = done.body.get("word", "").replace("re_review", "re-review")
        seen.add(word)
        came = f"it would be {word} ({said})" if word else f"nothing would be decided: {said}"
        assert promised == came

    assert len(seen) > 2


def test_a_decision_shows_its_conditions_and_its_last_day(live, with_condition):
    packet = live.put("second", *with_condition)
    for person in PEOPLE[:2]:
        live.meet(packet, person, choice="approve_with_conditions")
    live.meet(packet, "nurse-post", choice="approve_with_conditions")
    assert "it would be approved with conditions" in words(live, packet)
    assert live.meet(packet, "chair-post", "close").status_code == 303

    said = words(live, packet)
    decision = facts(live.parts.store, "decision/1")[-1].body
    assert f"It approves use from {decision['valid_from']} to {decision['expires_on']}" in said
    assert "Condition seen_again, set by it; owner nurse-post" in said
    assert 'name="choice"' not in live.page("chair-post", f"/committee/{packet}")


def test_what_changed_since_makes_the_votes_stale(live):
    packet = live.put()
    for person in PEOPLE:
        live.meet(packet, person, choice="approve")
    assert "Something has changed" not in words(live, packet)
    live.order("hold", "east", reason="it misfires")

    assert "Held since: nurse-post: it misfires." in words(live, packet)
    live.meet(packet, "chair-post", "close")
    assert facts(live.parts.store, "decision/1")[-1].body["word"] == "re_review"


@pytest.mark.parametrize(
    ("person", "because"),
    [
        ("passer-by", "is no member"),
        ("maker-post", "has no vote"),
        ("owner-post", "nobody approves their own"),
        ("cmio-post", "nobody approves their own"),
        ("nurse-post", "recused"),
    ],
)
def test_who_may_not_vote_is_refused_and_told_why(live, person, because):
    packet = live.put()
    if person == "cmio-post":
        declared_by(live.parts.store, person)
    if person == "nurse-post":
        live.meet(packet, person, "recuse", text="I sell it")
    assert because in words(live, packet, person)
    assert "Your vote" not in words(live, packet, person)
    before = live.parts.reader.size()

    answer = live.meet(packet, person, choice="approve")

    assert answer.status_code == 400
    assert because in unescape(answer.text)
    assert live.parts.reader.size() == before


def test_nothing_is_taken_that_did_not_come_from_the_page(live, make_parts, sign_in):
    packet = live.put()
    path, form = f"/committee/{packet}", {"what": "vote", "choice": "approve"}
    client = live.at("nurse-post")
    before = live.parts.reader.size()

    assert client.post(path, data=form, headers={"origin": ORIGIN}).status_code == 403
    assert (
        live.post(path, "nurse-post", headers={"origin": "http://evil.test"}, **form).status_code
        == 403
    )
    assert live.post(path, "nurse-post", headers={}, **form).status_code == 403
    assert client.get(path, params=form).status_code == 200
    client.cookies.clear()
    assert client.post(path, data=form, headers={"origin": ORIGIN}).status_code == 401
    assert client.get(path).status_code == 401
    reads = sign_in(make_parts(live.parts.store), "nurse-post")
    assert "This copy only reads" in reads.get(path).text
    csrf = re.search(r'name="csrf" value="([^"]+)"', reads.get(path).text).group(1)
    refused = reads.post(path, data=form | {"csrf": csrf}, headers={"origin": ORIGIN})
    assert (refused.status_code, "only reads" in refused.text) == (409, True)
    assert live.parts.reader.size() == before


def test_no_vote_lands_on_another_packet_than_the_one_that_was_read(live):
    first = live.put()
    live.order("hold", "east", reason="it misfires")
    second = live.put()
    assert first != second
    before = live.parts.reader.size()
    for packet, status in ((first, 409), ("0" * 64, 404)):
        assert live.meet(packet, "nurse-post", choice="approve").status_code == status
    assert live.meet(second, "nurse-post", choice="acclaim").status_code == 404
    assert live.meet(second, "nurse-post", choice="approve_with_conditions").status_code == 400
    assert live.meet(second, "nurse-post", "recuse", text=" ").status_code == 409
    assert live.meet(second, "nurse-post", "close").status_code == 400
    assert live.meet(second, "nurse-post", "burn").status_code == 404
    assert live.parts.reader.size() == before

    for person in PEOPLE:
        live.meet(second, person, choice="approve")
    assert live.meet(second, "chair-post", "close").status_code == 303
    before = live.parts.reader.size()
    for what in ("vote", "close"):
        answer = live.meet(second, "chair-post", what, choice="approve")
        assert answer.status_code == 409
    assert live.parts.reader.size() == before


def test_of_several_items_a_vote_lands_on_the_one_that_was_read(live):
    put = [live.put(name) for name in ("june", "april", "may")]
    live.meet(put[0], "nurse-post", choice="decline")

    votes = {name: item.votes for name, item in live.standing.governed.items.items()}

    assert [*votes["watch_alert/june"]] == ["nurse-post"]
    assert not votes["watch_alert/april"]
    assert not votes["watch_alert/may"]
