"""Who reports something is heard, may stay unnamed, and stops what must stop by one press."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from attending.cli.actions.incidents import IncidentActions


@pytest.fixture
def desk(live):
    return type(live)(replace(live.parts, incidents=IncidentActions(live.parts.store)))


def words(desk, path="/incidents", person="nurse-post"):
    text = desk.page(person, path)
    main = text[text.index("<main") : text.index("</main>")]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))


def report(desk, person="nurse-post", **form):
    desk.at(person)
    told = {"place": "watch_alert/east", "kind": "wrong_output", "severity": "3",
            "what": "report", "words": "canary words"}  # fmt: skip
    return desk.post("/incidents", person, **(told | form))


def facts(desk, kind):
    return [e.fact for e in desk.parts.reader.entries() if e.fact.type == kind]


def test_a_report_is_one_press_and_stands_on_the_list(desk):
    assert "No incident is open." in words(desk)
    answer = report(desk)
    assert answer.status_code == 303
    (fact,) = facts(desk, "incident/1")
    assert answer.headers["location"] == f"/incidents/{fact.body['incident']}"
    said = words(desk)
    assert "Wrong output" in said
    assert "No incident is open." not in said
    assert "canary" not in said + words(desk, answer.headers["location"])
    assert fact.by.person == "nurse-post"


def test_the_worst_two_suspend_where_they_are_by_the_same_press(desk):
    desk.go_live()
    report(desk, severity="3")
    assert desk.standing.at("east").mode == "live"
    report(desk, severity="2")
    assert desk.standing.at("east").mode == "suspended"
    assert "suspended and read back" in words(desk)


def test_who_reports_may_stay_unnamed_and_then_stands_nowhere(desk):
    report(desk, "cmio-post", unnamed="yes", role="clinician", severity="2")
    for kind in ("incident/1", "suspend/1"):
        (fact,) = facts(desk, kind)
        assert "cmio-post" not in str(fact)
        assert fact.by.person == "a clinician at east"


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"place": "watch_alert/nowhere"}, "no"),
        ({"kind": "wrong"}, "did you mean"),
        ({"severity": "7"}, "there is no severity"),
        ({"words": " "}, "ay what happened"),
        ({"unnamed": "yes"}, "in which role"),
        ({"role": "emperor"}, "no"),
        ({"began_on": "soon"}, "no date"),
    ],
)
def test_what_is_not_understood_is_refused_and_nothing_is_written(desk, form, words):
    before = desk.parts.reader.size()
    answer = report(desk, **form)
    assert answer.status_code in (400, 404, 409)
    assert words in unescape(answer.text).lower()
    assert "Nothing was done" in answer.text
    assert desk.parts.reader.size() == before


def test_a_copy_that_only_reads_says_how_to_report(live):
    assert "attending incident open" in live.page("nurse-post", "/incidents")
    live.at("nurse-post")
    assert (
        live.post("/incidents", "nurse-post", what="report", place="watch_alert/east").status_code
        == 409
    )


def test_a_suspension_that_was_lifted_is_not_told_as_one(desk):
    desk.go_live()
    report(desk, severity="1")
    assert desk.order("lift", person="cmio-post").status_code == 303
    said = words(desk)
    assert "read back, and lifted since" in said
    assert "suspended" not in said[: said.index("Report an incident")]
