"""An admin says who people are; everybody else is refused, and a name is a post."""

from __future__ import annotations

import pytest

from attending import shapes
from attending.cli.actions.people import PeopleActions
from attending.loops.system.people import Voice, declare
from attending.spec.people import PeopleDeclared
from attending.wiring import open_books

ORIGIN = "http://localhost:8321"


@pytest.fixture
def store(tmp_path):
    where = tmp_path / "ledger"
    people = [
        {"person": "keys-post", "printed_name": "Keeper of keys", "roles": [{"role": "admin"}]},
        {"person": "cmio-post", "printed_name": "CMIO", "roles": [
            {"role": "cmio"}, {"role": "cio", "sites": ["east"], "to": "2999-01-01"}]},
        {"person": "audit-post", "printed_name": "Auditor", "roles": [{"role": "auditor"}]},
    ]  # fmt: skip
    with open_books(where) as books:
        declare(books, shapes.convert({"people": people}, PeopleDeclared), Voice("keys-post"))
    return where


class At:
    def __init__(self, parts, sign_in, person):
        self.client = sign_in(parts, person)
        self.csrf = list(parts.sessions._sessions.values())[-1].csrf

    def page(self):
        answer = self.client.get("/people")
        assert answer.status_code == 200, answer.text
        return answer.text

    def say(self, what, **form):
        form = {"csrf": self.csrf, "what": what, **form}
        return self.client.post("/people", data=form, headers={"origin": ORIGIN})


@pytest.fixture
def at(store, make_parts, sign_in):
    from attending.clock import WallClock

    parts = make_parts(store, WallClock(), people=PeopleActions(store))
    return lambda person="keys-post": At(parts, sign_in, person)


def test_everybody_stands_there_with_what_they_hold_and_until_when(at):
    page = at().page()

    assert "cmio-post" in page
    assert "CIO (east), to 2999-01-01" in page
    assert "chief" not in page
    assert 'value="grant"' in page


def test_an_admin_gives_takes_and_ends(at):
    keys = at()
    assert keys.say("declare", person="nurse-post", printed_name="Head nurse").status_code == 303
    given = {"person": "nurse-post", "role": "case_manager", "sites": "east, west",
             "from": "2026-01-01"}  # fmt: skip
    assert keys.say("grant", **given).status_code == 303
    assert "case manager (east, west)" in keys.page()
    assert keys.say("revoke", held="nurse-post/case_manager").status_code == 303
    assert "case manager (east, west)" not in keys.page()
    assert keys.say("end", person="nurse-post").status_code == 303
    assert "has left" in keys.page()


@pytest.mark.parametrize(
    "form",
    [
        {"what": "grant", "person": "keys-post", "role": "cmio", "from": "2026-01-01"},
        {"what": "grant", "person": "cmio-post", "role": "admin", "from": "2026-01-01"},
        {"what": "grant", "person": "audit-post", "role": "cmio", "from": "2026-01-01"},
        {"what": "grant", "person": "cmio-post", "role": "vendor", "from": "2026-01-01"},
        {"what": "grant", "person": "cmio-post", "role": "coder", "from": "2026-02-30"},
        {"what": "grant", "person": "cmio-post", "role": "coder", "from": "2026-02-02",
         "to": "2026-02-01"},
        {"what": "declare", "person": "CMIO-post", "printed_name": "x"},
        {"what": "declare", "person": "", "printed_name": "x"},
        {"what": "declare", "person": "x" * 81, "printed_name": "x"},
        {"what": "revoke", "held": "cmio-post/coder"},
    ],
)  # fmt: skip
def test_what_may_not_be_said_is_refused_and_changes_nothing(at, form):
    keys = at()
    before = keys.page()

    assert keys.say(form.pop("what"), **form).status_code == 409
    assert keys.page() == before


@pytest.mark.parametrize("form", [
    {"what": "grant", "person": "nobody", "role": "cmio", "from": "2026-01-01"},
    {"what": "grant", "person": "cmio-post", "role": "king", "from": "2026-01-01"},
])  # fmt: skip
def test_a_name_that_nothing_bears_is_not_found(at, form):
    assert at().say(form.pop("what"), **form).status_code == 404


def test_an_auditor_reads_it_and_says_nothing(at):
    auditor = at("audit-post")

    assert 'value="grant"' not in auditor.page()
    assert auditor.say("end", person="cmio-post").status_code == 403
