"""What went wrong and is not over is said today and waits for the committee, for who may see it."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest
from click.testing import CliRunner

from attending.cli.actions.incidents import IncidentActions
from attending.cli.actions.notices import NoticeDesk
from attending.cli.meeting import meeting
from attending.errors import Refused
from attending.facts.incident import FoundBy
from attending.ledger.open_reader import open_reader
from attending.loops.incident import Report
from attending.loops.notify import Sender, declare_playbook, following
from attending.wiring import open_books

PLAYBOOK = """
kind: Playbook
name: safety
title: Who is told
tells:
  - of: incident
    acknowledge_within_minutes: 30
    to: safety-officer
    by: smtp
    then: [{to: cmio, by: smtp}]
"""


def no_contacts():
    raise Refused("there are no contacts")


@pytest.fixture
def desk(live):
    store = live.parts.store
    notices = NoticeDesk(store, open_reader(store))
    made = type(live)(replace(live.parts, incidents=IncidentActions(store), notices=notices))
    made.at("nurse-post")
    return made


def opened(desk, severity):
    found = FoundBy(source="person", person="nurse-post")
    told = Report("wrong_output", severity, "canary words", found, ("east",), via="console")
    return desk.parts.incidents.report("watch_alert", told)


def words(desk, path="/", person="nurse-post"):
    text = desk.page(person, path)
    main = text[text.index("<main") : text.index("</main>")]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))


def test_an_open_incident_that_stops_output_is_said_today_and_waits_for_the_committee(desk):
    name = opened(desk, 3)
    assert "Wrong output" not in words(desk)
    shown = desk.page("nurse-post", f"/incidents/{name}")
    select = shown[shown.index('<select id="bad"') :]
    assert re.search(r"<option value=\"(.*?)\"", select)[1] == "", "nothing is chosen for anybody"
    unsaid = desk.post(f"/incidents/{name}", "nurse-post", what="severity", severity="",
                       words="two more were seen")  # fmt: skip
    assert unsaid.status_code == 400

    answer = desk.post(f"/incidents/{name}", "nurse-post", what="severity", severity="2",
                       words="two more were seen")  # fmt: skip

    assert answer.status_code == 303
    assert "severity 2, is open and not closed" in words(desk)
    assert f"/incidents/{name}" in desk.page("nurse-post", "/")
    assert f"incident {name}, severity 2" in words(desk, "/committee")
    assert "until then 3" in words(desk, f"/incidents/{name}")
    assert "canary" not in words(desk) + words(desk, "/committee")
    done = CliRunner().invoke(meeting, ["docket", "--store", str(desk.parts.store)])
    assert f"watch_alert: incident {name}, severity 2" in done.stdout


def test_a_notice_is_acknowledged_by_a_press_and_only_once_it_was_sent(desk, tmp_path):
    (tmp_path / "playbook.yaml").write_text(PLAYBOOK, "utf-8")
    with open_books(desk.parts.store) as books:
        declare_playbook(books, tmp_path / "playbook.yaml", "safety-officer")
    name = opened(desk, 3)
    assert "Nobody has acknowledged this yet" not in words(desk, "/incidents")
    with open_books(desk.parts.store) as books:
        Sender(books, no_contacts).once()
        (tried,) = following(books).now().tried

    said = words(desk, "/incidents")
    assert "Wrong output, severity 3" in said
    assert "Told so far: nobody; not reached: safety-officer." in said
    guess = desk.post("/incidents", "nurse-post", what="acknowledge", notice="0" * 24)
    assert guess.status_code == 404
    begun = desk.post("/incidents", "nurse-post", what="acknowledge", notice=tried[0][:8])
    assert begun.status_code == 404
    answer = desk.post("/incidents", "nurse-post", what="acknowledge", notice=tried[0])
    assert answer.status_code == 303
    assert desk.parts.notices.known().acknowledged == {tried[0]: "nurse-post"}
    assert "Nobody has acknowledged this yet" not in words(desk, "/incidents")
    assert name in desk.page("nurse-post", "/incidents")
