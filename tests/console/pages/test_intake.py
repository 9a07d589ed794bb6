"""The roadmap and its form: what is wrong is said at once, and nothing typed is lost."""

from __future__ import annotations

import re

from attending.console.governance.proposal_form import document_of, groups
from attending.facts.proposal import DEFAULT_TABLE

ORIGIN = "http://localhost:8321"
PAGE = "/intake/report_drafting"


def test_every_field_of_a_proposal_is_on_the_form_and_fits(proposing):
    made = groups({}, DEFAULT_TABLE.units())
    paths = [field.path for group in made for field in group.fields]

    assert len(paths) == len(set(paths)) <= 96
    told = document_of(dict.fromkeys(paths, "x")).plain
    assert set(told) == set(proposing.plain()), "and nothing else"


def test_proposing_on_the_page_puts_it_in_its_place(desk):
    desk.propose()
    form = desk.form()
    form |= {"proposal": "second", "tool": "second", "title": "Second <b>", "use_case": "",
             "feasibility.data": "0", "prior_digest": ""}  # fmt: skip
    answer = desk.post("/intake", **form)

    assert answer.headers["location"] == "/intake/second"
    said = desk.words()
    assert "2 proposals, no quick win among them" in said
    assert said.index("Radiology report drafting") < said.index("Second <b>")
    assert "2 of 2 on the roadmap" in desk.words("/intake/second")
    fact = list(desk.parts.reader.entries())[-1].fact
    assert (fact.by.person, fact.by.via) == ("chair-post", "console")


def test_what_is_wrong_is_said_at_once_and_what_was_typed_is_still_there(desk):
    desk.propose()
    size = desk.parts.reader.size()
    form = desk.form() | {"proposal": "second", "prior_digest": ""}
    form |= {"sponsor": "", "criteria.need_unique.why": "", "boxes.scale.to": "2026-01-01",
             "problem": "Kept & <kept>."}  # fmt: skip
    answer = desk.post("/intake", **form)

    assert answer.status_code == 400
    said = desk.plain(answer.text)
    assert "3 things are to be put right" in said
    assert "Executive sponsor : is empty" in said
    assert "Why: nobody else needs quite this : is empty" in said
    assert "scale ends before it begins" in said
    assert desk.form_of(answer.text)["problem"] == "Kept & <kept>."
    linked = re.findall(r'<li><a href="#([^"]+)"', answer.text)
    assert all(f'id="{name}"' in answer.text for name in linked)
    assert desk.parts.reader.size() == size


def test_a_copy_that_only_reads_proposes_nothing(console, parts):
    text = console.get("/intake").text
    assert "This copy only reads" in text
    csrf = list(parts.sessions._sessions.values())[-1].csrf
    answer = console.post("/intake", data={"csrf": csrf}, headers={"origin": ORIGIN})
    assert answer.status_code == 409


def test_a_use_case_that_was_only_proposed_breaks_no_page(desk):
    desk.propose()
    for path in ("/", "/use-cases", "/use-cases/report_drafting", "/committee", "/audit",
                 "/rollouts/report_drafting"):  # fmt: skip
        assert desk.at("chair-post").get(path).status_code == 200, path
