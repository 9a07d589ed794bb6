"""The evidence page builds, rehearses, holds and erases as the verbs do, for who is signed in."""

from __future__ import annotations

import re

import pytest

from attending.cli.actions.evidence import EvidenceActions
from attending.clock import WallClock
from attending.facts.evidence import Rule
from attending.facts.fact import By, Fact
from attending.ledger import layout
from attending.ledger.offline_binder import check_binder, read_key
from attending.loops.system import retention
from attending.wiring import open_books

ORIGIN = {"origin": "http://localhost:8321"}
WHY = "a matter before a court"
SCHEDULE = Rule(rule="days", title="t", duty="erase", covers=("x/1",), of="facts",
                months=1, source="s", checked="c")  # fmt: skip
OLD = [
    Fact(kind="observed", key=f"old/{n}", at="2001-01-01T08:00:00.000Z", by=By("x"),
         body={"type": "x/1", "n": n})
    for n in range(3)
]  # fmt: skip


@pytest.fixture
def desk(live_store, make_parts, sign_in):
    """Give what signs people in to a console over the live store."""
    acts = EvidenceActions(live_store)
    parts = make_parts(live_store, WallClock(), evidence=acts)
    people = {}

    def at(person):
        if person not in people:
            people[person] = (sign_in(parts, person), [*parts.sessions._sessions.values()][-1].csrf)
        return people[person]

    def send(person, **form):
        client, csrf = at(person)
        return client.post("/evidence", data={"csrf": csrf, **form}, headers=ORIGIN)

    at.send, at.store = send, live_store
    return at


def facts(store, kind):
    with open_books(store) as books:
        return [e.fact for e in books.reader.entries() if e.fact.type == kind]


def test_a_binder_is_built_fetched_and_holds(desk):
    sent = desk.send("auditor-post", what="build", use_case="watch_alert", questions="3, 21")
    assert (sent.status_code, sent.headers["location"]) == (303, "/evidence#binders")
    client, _ = desk("auditor-post")
    (link,) = re.findall(r'href="(/binders/[0-9a-f]{64})"', client.get("/evidence").text)

    answer = client.get(link)

    assert answer.headers["content-type"] == "application/zip"
    key = read_key(layout.public_key(desk.store).read_text())
    assert check_binder(answer.content, [key])["answers"] == 2
    (built,) = facts(desk.store, "binder/1")
    assert (built.by.person, built.by.via) == ("auditor-post", "console")


def test_a_binder_is_for_who_is_signed_in_and_no_name_leads_to_another_file(desk):
    desk.send("auditor-post", what="build", questions="21")
    client, _ = desk("auditor-post")
    (link,) = re.findall(r'href="(/binders/[0-9a-f]{64})"', client.get("/evidence").text)
    for name in ("..%2Fkeys%2Fledger.key", "ledger.key", "0" * 64, "%2e%2e%2fledger.db"):
        assert client.get(f"/binders/{name}").status_code == 404
    client.cookies.clear()
    assert client.get(link).status_code == 401


def test_an_erasure_takes_two_who_are_signed_in_on_their_own(desk):
    with open_books(desk.store) as books:
        retention.adopt(books, [SCHEDULE], By("privacy-post"))
        books.write(OLD)
    assert "Ask to erase what days lets go" in desk("privacy-post")[0].get("/evidence?due=1").text

    assert desk.send("privacy-post", what="ask", rule="days").status_code == 303
    mine, theirs = (desk(p)[0].get("/evidence").text for p in ("privacy-post", "chair-post"))
    (digest,) = re.findall(r'name="digest" value="([0-9a-f]{64})"', theirs)

    assert "A second person agrees" in mine
    assert digest not in mine
    assert desk.send("privacy-post", what="agree", digest=digest).status_code == 409
    assert len(facts(desk.store, "x/1")) == 3
    assert desk.send("chair-post", what="agree", digest=digest).status_code == 303
    assert facts(desk.store, "x/1") == []


def test_a_hold_is_placed_and_lifted_and_why_is_sealed(desk):
    desk.send("privacy-post", what="hold", hold="matter <7>", use_case="", why=WHY)
    text = desk("privacy-post")[0].get("/evidence").text
    assert "matter &lt;7&gt;" in text
    assert WHY not in text
    desk.send("privacy-post", what="lift", hold="matter <7>", why=WHY)
    assert "No legal hold is in force" in desk("privacy-post")[0].get("/evidence").text
    said = [f.body["state"] for f in facts(desk.store, "legal_hold/1")]
    assert said == ["placed", "lifted"]


def test_a_drill_is_run_and_told(desk):
    assert desk.send("auditor-post", what="drill").status_code == 303
    text = desk("auditor-post")[0].get("/evidence").text
    (told,) = facts(desk.store, "drill/1")
    assert f"{len(told.body['answered'])} of {len(told.body['asked'])} answered" in text


@pytest.mark.parametrize(
    "form",
    [
        {"what": "build", "questions": "3; DROP"},
        {"what": "build", "use_case": "../x"},
        {"what": "build", "since": "yesterday"},
        {"what": "hold", "hold": "m", "why": "short"},
        {"what": "agree", "digest": "0" * 64},
        {"what": "burn"},
    ],
)
def test_what_is_not_understood_is_refused_and_changes_nothing(desk, form):
    assert desk.send("auditor-post", **form).status_code in (400, 404)
    with open_books(desk.store) as books:
        assert not {"binder/1", "legal_hold/1"} & {e.fact.type for e in books.reader.entries()}


def test_a_copy_that_only_reads_shows_and_does_nothing(console, parts):
    assert '<form method="post" action="/evidence"' not in console.get("/evidence").text
    csrf = [*parts.sessions._sessions.values()][-1].csrf
    sent = console.post("/evidence", data={"csrf": csrf, "what": "drill"}, headers=ORIGIN)
    assert sent.status_code in (403, 409)
