"""Looks are counted, each count leads to its looks, and somebody else settles what stands out."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape

import msgspec
import pytest

from attending import shapes
from attending.cli.actions.people import PeopleActions
from attending.clock import WallClock
from attending.facts.fact import By, Fact
from attending.facts.people import Viewed
from attending.loops.system.people import Voice, declare, look
from attending.spec.people import PeopleDeclared
from attending.wiring import open_books

ORIGIN = "http://localhost:8321"
HERE = {"keys-post": "admin", "privacy-post": "privacy_officer", "ward-post": "cmio",
        "audit-post": "auditor"}  # fmt: skip
BROKEN = {"purpose": "break_glass", "page": "/facts/{index}", "break_glass": True}


@pytest.fixture
def at(tmp_path, make_parts, sign_in):
    people = [{"person": p, "printed_name": p, "roles": [{"role": r}]} for p, r in HERE.items()]
    with open_books(tmp_path / "l") as books:
        declare(books, shapes.convert({"people": people}, PeopleDeclared), Voice("keys-post"))
        looked = Viewed(person="ward-post", objects=("gateway/p1/served",), **BROKEN)
        index = look(books, looked, Voice("ward-post", "console"), why="transferred tonight")
    parts = make_parts(tmp_path / "l", WallClock(), people=PeopleActions(tmp_path / "l"))

    def signed_in(person):
        client = sign_in(parts, person)
        csrf = list(parts.sessions._sessions.values())[-1].csrf

        def say(**form):
            form = {"csrf": csrf, "what": "review"} | form
            return client.post("/access", data=form, headers={"origin": ORIGIN})

        return client, say, index

    return signed_in


def test_who_looks_into_it_reads_why_and_an_auditor_reads_that_it_waits(at):
    client, _, index = at("privacy-post")
    page = client.get("/access").text
    assert "transferred tonight" in page
    assert f"view-{index}" in page
    client, _, _ = at("audit-post")
    page = client.get("/access").text
    assert "ward-post" in page
    assert "transferred" not in page
    client, say, index = at("ward-post")
    assert client.get("/access").status_code == 403
    assert say(view=str(index), found="proper").status_code == 403


def test_what_was_found_stands_and_it_waits_no_more(at):
    client, say, index = at("privacy-post")
    for form in ({"view": "99", "found": "proper"}, {"view": str(index), "found": "fine"}):
        assert say(**form).status_code in (400, 404)
    assert say(view=str(index), found="improper").status_code == 303
    page = client.get("/access").text
    assert f"view-{index}" not in page
    assert "improper" in page.lower()


DAYS, BUSY = 20, date(2026, 3, 18)


def looks_of_weeks():
    """Write what two people see every day, and whom one of them looked through on one of them."""
    for n in range(40):
        body = {"type": "prediction/1", "prediction": f"p{n}", "display": "silent",
                "patient": f"{n:032x}"}  # fmt: skip
        yield Fact(kind="served", key=f"gateway/q{n}/served", at="2026-02-01T08:00:00.000Z",
                   by=By("gateway"), use_case="watch", site="east", body=body)  # fmt: skip
    for d in range(DAYS):
        on = BUSY - timedelta(days=DAYS - 1 - d)
        for person, purpose in (("ward-post", "treatment"), ("round-post", "audit")):
            n = 40 if on == BUSY and person == "ward-post" else 3
            for k in range(n):
                told = Viewed(person=person, purpose=purpose, page="/facts/{index}",
                              objects=(f"gateway/q{(k + d) % 40}/served",))  # fmt: skip
                body = {"type": "viewed/1", **msgspec.to_builtins(told)}
                yield Fact(kind="acted", key=f"viewed/{on}{person}{k}/acted",
                           at=f"{on}T10:00:00.000Z", by=By(person), body=body)  # fmt: skip


@pytest.fixture
def busy(at, tmp_path):
    with open_books(tmp_path / "l") as books:
        books.write([*looks_of_weeks()])
    return at


def test_every_count_leads_to_the_looks_it_counts(busy):
    client, _, _ = busy("audit-post")
    page = client.get("/access").text
    counts = re.findall(r'<a href="(/access\?[^"#]+)#looks">([\d,]+)</a>', page)
    assert len(counts) >= 4 + 20
    assert "the page of a fact" in page
    assert "{index}" not in page, "an address is no name of a page"
    for href, n in counts[:6]:
        told = client.get(unescape(href)).text
        assert re.search(rf"<h2>{n} looks?:", told), href
    one = client.get("/access?person=round-post").text
    assert "60 looks: person round-post" in one
    assert ">ward-post" not in one.partition("</section>")[0].partition("<table")[2]
    assert "0 looks" in client.get("/access?person=nobody-post").text
    assert "1 look: " in client.get("/access?purpose=break_glass").text


def test_an_unusual_day_waits_until_somebody_who_did_not_look_has_settled_it(busy):
    client, say, _ = busy("privacy-post")
    page = client.get("/access").text
    assert "1 break-glass look and 1 unusual day" in page
    assert "Looked at 40 patients on one day" in page
    day = {"what": "settle", "whose": "person", "who": "ward-post", "on": str(BUSY)}
    for wrong in ({"on": "2026-03-17"}, {"who": "round-post"}, {"whose": "x"}, {"found": "fine"}):
        assert say(**(day | {"found": "proper"} | wrong)).status_code in (400, 404), wrong
    assert "1 unusual day" in client.get("/access").text

    assert say(**day, found="proper").status_code == 303
    page = client.get("/access").text
    assert "unusual day" not in page.partition("<h2>")[0]
    assert "Looked at 40 patients" not in page
    assert "privacy-post" in page.partition("Unusual days")[2]
    assert say(**day, found="improper").status_code == 303
    assert "improper" in client.get("/access").text


def test_nobody_settles_their_own_looks(busy, tmp_path):
    roles = [{"role": "privacy_officer"}]
    people = [{"person": who, "printed_name": who, "roles": roles}
              for who in ("round-post", "ward-post")]  # fmt: skip
    with open_books(tmp_path / "l") as books:
        declare(books, shapes.convert({"people": people}, PeopleDeclared), Voice("keys-post"))
    day = {"what": "settle", "whose": "person", "who": "ward-post", "on": str(BUSY)}
    client, say, _ = busy("ward-post")
    assert "Looked at 40 patients" not in client.get("/access").text
    assert say(**day, found="proper").status_code == 409
    client, say, _ = busy("round-post")
    assert say(**day, found="proper").status_code == 303
