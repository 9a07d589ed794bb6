"""The roadmap and its form: what is wrong is said at once, and nothing typed is lost."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

import pytest

from attending.admit import documents_of
from attending.cli.actions.intake import IntakeDesk
from attending.console.governance.proposal_form import document_of, groups
from attending.facts.proposal import DEFAULT_TABLE
from attending.loops.intake import words_of

ORIGIN = "http://localhost:8321"
PAGE = "/intake/report_drafting"
SPONSOR = "chief-medical-officer"


class Fields(HTMLParser):
    """Reads the forms of a page as a browser would send them."""

    def __init__(self, text):
        super().__init__()
        self.forms, self._area, self._select = [], None, None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if tag == "form":
            self.forms.append({})
        elif tag == "input" and told.get("type") != "checkbox" and told.get("name"):
            self.forms[-1][told["name"]] = told.get("value", "")
        elif tag == "textarea":
            self._area = told["name"]
            self.forms[-1][self._area] = ""
        elif tag == "select":
            self._select = told["name"]
        elif tag == "option" and ("selected" in told or self._select not in self.forms[-1]):
            self.forms[-1][self._select] = told["value"]

    def handle_endtag(self, tag):
        self._area = None if tag == "textarea" else self._area
        self._select = None if tag == "select" else self._select

    def handle_data(self, data):
        if self._area:
            self.forms[-1][self._area] += data


def form_of(text, what="submit"):
    """Give the form of a page that does something, with lines ended as browsers send them."""
    (form,) = (f for f in Fields(text).forms if f.get("what") == what)
    return {name: value.replace("\n", "\r\n") for name, value in form.items()}


@pytest.fixture
def desk(live):
    object.__setattr__(live.parts, "intake", IntakeDesk(live.parts.store, live.parts.reader))
    return live


def proposed(desk, proposing, **over):
    (document,) = documents_of(proposing.file.read_text("utf-8"))
    plain = proposing.plain(**over) if over else document.plain
    desk.parts.intake.submit(type(document)(plain), person="radiology-champion")


def words(desk, path="/intake", person="chair-post"):
    return plain(desk.page(person, path))


def plain(text):
    main = text[text.index("<main") : text.index("</main>")]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))


def last(desk):
    return desk.parts.intake.known().proposals["report_drafting"].last


def test_a_whole_proposal_fits_on_the_form_and_comes_back_as_it_was(desk, proposing):
    proposed(desk, proposing)
    form = form_of(desk.page(path=PAGE))

    assert len(form) <= 100
    answer = desk.post(PAGE, **form)
    assert (answer.status_code, last(desk).n) == (303, 1), "nothing was changed"
    form |= {"risk.change": "3", "six.rules": "One.\r\nTwo.", "boxes.sustain.from": "2027-07-01",
             "boxes.sustain.to": "2027-12-31"}  # fmt: skip
    answer = desk.post(PAGE, **form)
    assert answer.status_code == 303, plain(answer.text)
    said = words(desk, PAGE)
    assert "risk.change 1 3" in said
    assert "six.rules the reporting policy One. Two." in said
    assert "boxes.sustain.to nothing 2027-12-31" in said
    assert said.count("nothing 2027") == 2
    assert last(desk).person == "chair-post"


def test_every_field_of_a_proposal_is_on_the_form_and_fits(proposing):
    made = groups({}, DEFAULT_TABLE.units())
    paths = [field.path for group in made for field in group.fields]

    assert len(paths) == len(set(paths)) <= 96
    told = document_of(dict.fromkeys(paths, "x")).plain
    assert set(told) == set(proposing.plain()), "and nothing else"


def test_proposing_on_the_page_puts_it_in_its_place(desk, proposing):
    proposed(desk, proposing)
    form = form_of(desk.page(path=PAGE))
    form |= {"proposal": "second", "tool": "second", "title": "Second <b>", "use_case": "",
             "feasibility.data": "0", "prior_digest": ""}  # fmt: skip
    answer = desk.post("/intake", **form)

    assert answer.headers["location"] == "/intake/second"
    said = words(desk)
    assert "2 proposals, 0 quick wins among them" in said
    assert said.index("Radiology report drafting") < said.index("Second <b>")
    assert "2 of 2 on the roadmap" in words(desk, "/intake/second")
    fact = list(desk.parts.reader.entries())[-1].fact
    assert (fact.by.person, fact.by.via) == ("chair-post", "console")


def test_what_is_wrong_is_said_at_once_and_what_was_typed_is_still_there(desk, proposing):
    proposed(desk, proposing)
    size = desk.parts.reader.size()
    form = form_of(desk.page(path=PAGE)) | {"proposal": "second", "prior_digest": ""}
    form |= {"sponsor": "", "criteria.need_unique.why": "", "boxes.scale.to": "2026-01-01",
             "problem": "Kept & <kept>."}  # fmt: skip
    answer = desk.post("/intake", **form)

    assert answer.status_code == 400
    said = plain(answer.text)
    assert "3 things are to be put right" in said
    assert "Executive sponsor : is empty" in said
    assert "Why: nobody else needs quite this : is empty" in said
    assert "scale ends before it begins" in said
    assert form_of(answer.text)["problem"] == "Kept & <kept>."
    linked = re.findall(r'<li><a href="#([^"]+)"', answer.text)
    assert all(f'id="{name}"' in answer.text for name in linked)
    assert desk.parts.reader.size() == size


def test_stale_is_refused_by_http_with_what_changed_and_both_edits_kept(desk, proposing):
    proposed(desk, proposing)
    mine = form_of(desk.page(path=PAGE)) | {"six.rules": "Mine.", "problem": "Mine too."}
    proposed(desk, proposing, risk__change=3, six__rules="Theirs.", prior_digest=last(desk).digest)
    answer = desk.post(PAGE, **mine)

    assert answer.status_code == 409
    said = plain(answer.text)
    assert "risk.change 1 3" in said
    assert "six.rules the reporting policy Theirs." in said
    assert "Both of you changed Which rules hold if it spreads?" in said
    assert last(desk).n == 2
    again = form_of(answer.text)
    assert (again["risk.change"], again["six.rules"]) == ("3", "Mine.")
    assert desk.post(PAGE, **again).status_code == 303
    assert last(desk).plain["risk"]["change"] == 3
    assert words_of(desk.parts.intake.opened, last(desk)).texts["problem"] == "Mine too."


def test_a_pilot_ends_on_its_page_and_its_lesson_meets_the_next_like_it(desk, proposing):
    proposed(desk, proposing, boxes__1__to="2026-11-18", boxes__2__from="2026-11-18",
             boxes__2__to="2026-11-19")  # fmt: skip
    assert "have run over" in words(desk)
    sent = {"what": "end", "choice": "stop", "barrier.cost": "yes", "lesson": "Too slow <b>."}
    answer = desk.post(PAGE, **sent)
    assert answer.status_code == 409
    assert "chair-post may not end it" in plain(answer.text)
    assert "Too slow <b>." in form_of(answer.text, "end")["lesson"]
    desk.at(SPONSOR)
    assert desk.post(PAGE, SPONSOR, **sent).status_code == 303
    said = words(desk)
    assert "have run over" not in said
    assert "Every proposal has ended." in said
    assert "Its pilot ended on" in words(desk, PAGE)
    proposed(desk, proposing, proposal="again", tool="again", use_case=None, vendor="Sunline")
    said = words(desk, "/intake/again")
    assert "stop; in the way: cost" in said
    assert "Too slow <b>." in said


def test_a_copy_that_only_reads_proposes_nothing(console, parts):
    text = console.get("/intake").text
    assert "This copy only reads" in text
    csrf = list(parts.sessions._sessions.values())[-1].csrf
    answer = console.post("/intake", data={"csrf": csrf}, headers={"origin": ORIGIN})
    assert answer.status_code == 409


def test_a_use_case_that_was_only_proposed_breaks_no_page(desk, proposing):
    proposed(desk, proposing)
    for path in ("/", "/use-cases", "/use-cases/report_drafting", "/committee", "/audit",
                 "/rollouts/report_drafting"):  # fmt: skip
        assert desk.at("chair-post").get(path).status_code == 200, path
