"""One tool: what somebody answers on the page is the command's own answer, and goes on record."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from attending.cli.actions.inventory import InventoryActions
from attending.cli.inventory import inventory
from attending.ledger.open_reader import open_reader

ORIGIN = "http://localhost:8321"
SHEET = """\
tool,name,owner,claimed_status,started_on,vendor
chat,Chat <script>alert(1)</script>,,pilot,13/04/2026,<img src=x>
other,CHAT script alert 1 script,p,lively,,v
"""


class Somebody:
    def __init__(self, client, parts, store):
        self.client, self.parts, self.store = client, parts, store

    def page(self, tool):
        answer = self.client.get(f"/portfolio/{tool}")
        assert answer.status_code == 200
        return answer.text

    def post(self, tool, **form):
        csrf = list(self.parts.sessions._sessions.values())[-1].csrf
        return self.client.post(
            f"/portfolio/{tool}", data={"csrf": csrf} | form, headers={"origin": ORIGIN}
        )

    def doubts(self, tool):
        found = r'name="doubt" value="(\w+)">\s*<label for="\w+">([^<]+)<'
        return {column: name for name, column in re.findall(found, self.page(tool))}

    def said(self):
        kinds = ("doubt_answered/1", "tool_edited/1")
        return [e.fact for e in open_reader(self.store).entries() if e.fact.type in kinds]


@pytest.fixture
def somebody(tmp_path, make_parts, sign_in):
    store = tmp_path / "s"
    (tmp_path / "t.csv").write_text(SHEET, "utf-8")
    words = ["import", str(tmp_path / "t.csv"), "--as", "cmio-office", "--store", str(store)]
    assert CliRunner().invoke(inventory, words).exit_code == 0
    parts = make_parts(store, inventory=InventoryActions(store))
    return Somebody(sign_in(parts, "owner-post"), parts, store)


def test_an_answer_goes_on_record_with_a_name_and_the_question_goes(somebody):
    asked = somebody.doubts("chat")
    assert {*asked} == {"Owner", "Started on"}
    assert 'value="2026-04-13"' in somebody.page("chat")  # offered, and not taken
    assert somebody.said() == []

    assert somebody.post("chat", what="answer", doubt=asked["Owner"], value="p").status_code == 303
    form = {"what": "answer", "doubt": asked["Started on"], "value": "2026-04-13"}
    assert somebody.post("chat", **form).status_code == 303

    assert somebody.doubts("chat") == {}
    assert [(f.by.person, f.by.via, f.body["value"]) for f in somebody.said()] == [
        ("owner-post", "console", "p"), ("owner-post", "console", "2026-04-13"),
    ]  # fmt: skip


def test_a_closed_list_and_a_namesake_are_asked_with_what_is_taken(somebody):
    text, asked = somebody.page("other"), somebody.doubts("other")

    assert {*asked} == {"Claimed status", "Is it the same as"}
    assert '<option value="in_review">in review</option>' in text
    assert '<option value="chat">chat</option><option value="no">no</option>' in text
    form = {"what": "answer", "doubt": asked["Is it the same as"], "value": "chat"}
    assert somebody.post("other", **form).status_code == 303
    assert somebody.client.get("/portfolio/other").status_code == 404  # it stands under chat now


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"what": "answer", "value": "lively"}, 400),
        ({"what": "answer", "value": " "}, 409),
        ({"what": "set", "column": "started_on", "value": "soon"}, 400),
        ({"what": "set", "column": "nothing", "value": "x"}, 404),
        ({"what": "else", "value": "x"}, 409),
    ],
)
def test_what_no_column_takes_is_refused_and_nothing_is_written(somebody, form, status):
    doubt = somebody.doubts("other")["Claimed status"]

    answer = somebody.post("other", doubt=doubt, **form)

    assert answer.status_code == status
    assert "Nothing was done" in answer.text
    assert somebody.said() == []


def test_what_a_workbook_holds_is_shown_as_text(somebody):
    text = somebody.page("chat")

    assert "<script>" not in text
    assert "&lt;img src=x&gt;" in text


def test_a_change_without_our_form_is_refused(somebody):
    form = {"what": "set", "column": "owner", "value": "x"}
    sent = somebody.client.post("/portfolio/chat", data=form, headers={"origin": ORIGIN})

    assert sent.status_code == 403
    assert somebody.said() == []


def test_a_copy_that_only_reads_shows_the_command_instead(somebody, make_parts, sign_in):
    client = sign_in(make_parts(somebody.store))

    text = client.get("/portfolio/chat").text

    assert "attending inventory answer" in text
    assert "<button>Answer" not in text


def test_the_page_is_whole_with_its_questions(somebody, check_whole):
    check_whole(somebody.page("chat"))
    check_whole(somebody.page("other"))
