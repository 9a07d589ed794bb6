"""Who set the rules aside is looked into by somebody else, who alone reads the reason."""

from __future__ import annotations

import msgspec
import pytest

from attending.cli.actions.people import PeopleActions
from attending.clock import WallClock
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
        declare(books, msgspec.convert({"people": people}, PeopleDeclared), Voice("keys-post"))
        looked = Viewed(person="ward-post", objects=("gateway/p1/served",), **BROKEN)
        index = look(books, looked, Voice("ward-post", "console"), why="transferred tonight")
    parts = make_parts(tmp_path / "l", WallClock(), people=PeopleActions(tmp_path / "l"))

    def signed_in(person):
        client = sign_in(parts, person)
        csrf = list(parts.sessions._sessions.values())[-1].csrf

        def say(**form):
            form = {"csrf": csrf, "what": "review"} | form
            return client.post("/views", data=form, headers={"origin": ORIGIN})

        return client, say, index

    return signed_in


def test_who_looks_into_it_reads_why_and_an_auditor_reads_that_it_waits(at):
    client, _, index = at("privacy-post")
    page = client.get("/views").text
    assert "transferred tonight" in page
    assert f"view-{index}" in page
    client, _, _ = at("audit-post")
    page = client.get("/views").text
    assert "ward-post" in page
    assert "transferred" not in page
    client, say, index = at("ward-post")
    assert client.get("/views").status_code == 403
    assert say(view=str(index), found="proper").status_code == 403


def test_what_was_found_stands_and_it_waits_no_more(at):
    client, say, index = at("privacy-post")
    for form in ({"view": "99", "found": "proper"}, {"view": str(index), "found": "fine"}):
        assert say(**form).status_code in (400, 404)
    assert say(view=str(index), found="improper").status_code == 303
    page = client.get("/views").text
    assert f"view-{index}" not in page
    assert "improper" in page.lower()
