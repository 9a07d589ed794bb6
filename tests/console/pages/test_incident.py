"""One incident says whether it is stopped, what is owed by when, and lets no step be skipped."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from attending.cli.actions.incidents import IncidentActions
from attending.facts.incident import FoundBy
from attending.loops.incident import Report


@pytest.fixture
def desk(live):
    made = type(live)(replace(live.parts, incidents=IncidentActions(live.parts.store)))
    made.at("nurse-post")
    return made


def opened(desk, severity=1, kind="wrong_output"):
    found = FoundBy(source="person", person="nurse-post")
    told = Report(kind, severity, "canary words", found, ("east",), via="console")
    return f"/incidents/{desk.parts.incidents.report('watch_alert', told)}"


def words(desk, path):
    text = desk.page("nurse-post", path)
    main = text[text.index("<main") : text.index("</main>")]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))


def take(desk, path, what, **form):
    return desk.post(path, "nurse-post", what=what, **form)


def test_it_says_where_its_suspension_is_not_confirmed_until_it_is(desk):
    desk.go_live()
    desk.hear("ward-gateway")
    path = opened(desk)
    said = words(desk, path)
    assert "Not confirmed at ward-gateway." in said
    assert "It cannot go on: its suspension is not confirmed at ward-gateway." in said
    refused = take(desk, path, "contain")
    assert refused.status_code == 409
    assert "not confirmed at ward-gateway" in refused.text
    desk.hear("ward-gateway", seq=10**6)
    said = words(desk, path)
    assert "Not confirmed" not in said
    assert "It can be contained." in said
    assert take(desk, path, "contain").status_code == 303


def test_its_clocks_are_told_with_their_place_and_what_is_left(desk):
    path = opened(desk)
    assert re.search(
        r"due \w+day \d+ \w+ \d{4} 17:00 \(UTC\), \d+ business days left", words(desk, path)
    )
    assert take(desk, path, "clock", rule="us_mdr_user_facility", event="met").status_code == 303
    assert re.search(r"met met \w+day \d+ .*? it was due", words(desk, path))


def test_each_step_is_a_press_and_closing_waits_for_proof(desk):
    path = opened(desk, 4)
    assert take(desk, path, "contain", words="switched off by hand").status_code == 303
    assert take(desk, path, "cause", cause="data").status_code == 303
    told = {"words": "mend the map", "owner": "data-desk", "due": "2027-01-10"}
    assert take(desk, path, "correct", **told).status_code == 303
    assert "It waits for 1 corrective action to be done." in words(desk, path)
    assert take(desk, path, "done", action="1").status_code == 303
    said = words(desk, path)
    assert "It cannot go on: action 1: no condition says how it is shown to work" in said
    assert "canary" not in said
    for what in ("check", "close"):
        refused = take(desk, path, what)
        assert refused.status_code == 409
        assert "attending meeting packet" in refused.text


@pytest.mark.parametrize(
    ("what", "form"),
    [("shut", {}), ("cause", {"cause": "fate"}), ("correct", {"words": "x"}),
     ("done", {"action": "one"}), ("done", {"action": "9"}),
     ("clock", {"rule": "none", "event": "met"})],
)  # fmt: skip
def test_what_is_not_understood_is_refused_and_nothing_is_written(desk, what, form):
    path = opened(desk, 4)
    before = desk.parts.reader.size()
    assert take(desk, path, what, **form).status_code in (400, 404, 409)
    assert desk.parts.reader.size() == before


def test_there_is_no_page_of_what_there_is_not(desk):
    assert desk.at("nurse-post").get("/incidents/none").status_code == 404


def test_the_page_is_whole_before_and_after_its_steps(desk, check_whole):
    path = opened(desk, 4)
    check_whole(desk.page("nurse-post", path))
    take(desk, path, "contain", words="switched off by hand")
    take(desk, path, "correct", words="mend the map", owner="data-desk", due="2027-01-10")
    check_whole(desk.page("nurse-post", path))
