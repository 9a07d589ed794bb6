"""A planted year: every question answers what is true, by key, and finds what is planted later."""

from __future__ import annotations

import copy
import json
import shutil
import sqlite3
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import pytest

from attending.clock import stamp
from attending.facts.fact import By, Fact
from attending.ledger.open_ledger import open_ledger
from attending.ledger.open_reader import open_reader
from attending.ledger.verify import verify
from attending.report.evidence import evidence
from attending.report.question import Asked, told
from attending.report.questions import answered, listed
from attending.serve.prediction import Display, Prediction, served
from attending.simulator.judging import rows
from attending.simulator.year import Year
from attending.simulator.year_diary import SHORT, Calendar, Diary
from attending.simulator.year_judge import judged
from attending.wiring import open_recompute

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.timeout(600)


@dataclass
class Auditor:
    store: Path

    def __call__(self, number, *, as_of="", since=None):
        reader = open_reader(self.store)
        try:
            again = open_recompute(self.store, reader)
            verified = partial(verify, self.store)
            asked = Asked(evidence(reader, as_of), again=again, since=since, verified=verified)
            found, title = answered(number, asked), listed(number).title
            return told(number, title, asked, found, at="now", as_of=as_of)
        finally:
            reader.close()

    def against(self, number):
        return {each["key"]: each["because"] for each in self(number)["exceptions"]}

    def copied(self, place):
        shutil.copytree(self.store, place)
        return Auditor(place)

    def add(self, *facts):
        """Write facts behind everybody's back."""
        reader, pen = open_ledger(self.store)
        pen.append(facts)
        pen.close()
        reader.close()


@dataclass
class Played:
    diary: Diary
    auditor: Auditor
    days: int
    at: str


def play(stage, *, calendar, seed, calls=1):
    diary = Year(stage.do, seed=seed, calendar=calendar, calls=calls).play()
    at = stamp(stage.clock.now())
    stage.close()
    return Played(diary, Auditor(stage.store), calendar.approval_days, at)


@pytest.fixture(scope="module")
def year(year_stage):
    return play(year_stage(), calendar=SHORT, seed=1)


def check(year):
    diary = year.diary
    assert diary.surprises == []
    assert judged(diary, year.auditor, approval_days=year.days) == []
    # What was planted is really there.
    assert [each["site"] for each in diary.limits] == ["Birch"]
    assert {each["tool"] for each in diary.unapproved} == {"scribe"}
    assert {each["release"] for each in diary.retired} == {"falls-1"}
    assert {d["word"] for d in diary.decisions} == {
        "approved", "approved_with_conditions", "declined",
    }  # fmt: skip
    assert {e["word"] for e in diary.calls} == {"shown", "no_advice", "silent", "suppressed"}
    assert {e["word"] for e in diary.responses} == {"accepted", "overridden"}
    assert len(year.auditor.against(4)) > 2
    assert {e["role"] for e in diary.calls if e["card"]} == {"nurse", "physician", ""}
    assert {v["purpose"] for v in diary.views} == {"treatment", "break_glass", "audit"}
    assert {c["state"] for c in diary.incidents} == {"open", "closed"}
    words = rows(year.auditor(25), what="clock")
    assert {r["word"] for r in words} == {"met", "missed"}
    assert [bool(k["to"]) for k in diary.keys] == [True, False]
    held = [r["state"] for r in rows(year.auditor(34), what="due")]
    assert len(held) == 2
    assert any("legal hold matter-7" in state for state in held)


WHOLE = (2, 3, 4, 6, 9, 10, 11, 12, 13, 15, 20, 21, 25, 32, 33, 34)
IN_PART = ("partial", "not_yet", "not_applicable")


def test_what_a_year_can_tell_is_answered_and_the_rest_names_what_is_wanting(year):
    for number in range(1, 35):
        answer = year.auditor(number)
        if number in WHOLE:
            assert (answer["status"], answer["needs"]) == ("answered", []), number
            assert answer["rows"], number
        elif answer["status"] != "answered":
            assert answer["status"] in IN_PART
            assert answer["needs"], number


def test_every_question_tells_what_is_true_of_the_year(year):
    check(year)


@pytest.mark.long
def test_every_question_tells_what_is_true_of_a_whole_year(year_stage):
    check(play(year_stage(), calendar=Calendar(), seed=2, calls=2))


def last(rows, **kind):
    return next(r for r in reversed(rows) if all(r[k] == v for k, v in kind.items()))


LIES = {
    1: lambda d: d.calls.pop(),
    2: lambda d: d.calls.remove(last(d.calls, word="silent")),
    3: lambda d: d.decisions[0]["votes"].update(cmio="decline"),
    4: lambda d: d.live[0].update({"from": "2026-01-05T07:00:00.000Z"}),
    6: lambda d: d.marks[1]["stands"].update({"falls/Elm": ["silent", "falls-1"]}),
    9: lambda d: d.tools["skin_reader"].update(protected_color="none"),
    10: lambda d: d.responses.remove(last(d.responses, word="overridden")),
    11: lambda d: d.responses[3].update(code="other"),
    12: lambda d: last(d.calls, word="shown").update(at="2026-01-05T07:00:00.000Z"),
    13: lambda d: last(d.calls, word="suppressed").update(word="silent"),
    15: lambda d: d.orders.pop(2),
    20: lambda d: d.views[1].update(found="improper"),
    21: lambda d: d.marks[-1].update(facts=d.marks[-1]["facts"] - 1),
    25: lambda d: d.incidents[1]["clocks"].pop("us_mdr_user_facility"),
    32: lambda d: d.declared[-1].update(at="2026-01-05T07:00:00.000Z"),
    33: lambda d: d.retired.clear(),
    34: lambda d: d.holds.clear(),
}
MORE_LIES = [
    (9, lambda d: d.tools["lakeside_sepsis"].update(protected_reviewed_on="2024-09-02")),
    (10, lambda d: last(d.calls, word="shown").update(role="porter")),
    (10, lambda d: last(d.calls, word="shown").update(unit="attic")),
    (20, lambda d: d.views.pop()),
    (25, lambda d: d.incidents[1].update(state="fixed")),
    (25, lambda d: d.incidents[0].update(days_ago=9)),
    (25, lambda d: d.limits.clear()),
    (33, lambda d: d.keys[0].update(to="")),
    (34, lambda d: d.parked.pop(0)),
    (34, lambda d: d.erasures[0].update(second="records-officer")),
]


@pytest.mark.parametrize("number", LIES)
def test_the_judge_sees_each_difference(year, number):
    diary = copy.deepcopy(year.diary)
    LIES[number](diary)

    missed = judged(diary, year.auditor, approval_days=year.days, only=[number])

    assert missed


@pytest.mark.parametrize(("number", "lie"), MORE_LIES)
def test_the_judge_sees_each_difference_in_what_was_done_at_desks(year, number, lie):
    diary = copy.deepcopy(year.diary)
    lie(diary)

    assert judged(diary, year.auditor, approval_days=year.days, only=[number])


def test_an_answer_is_the_same_at_every_asking(year):
    for number in range(1, 35):
        assert year.auditor(number)["digest"] == year.auditor(number)["digest"]


# --- what is planted once everything is built: each is found, by its key -----------------


def predicted(name, at, *, site, release, use_case="falls", word="shown", **more):
    made = Prediction(
        prediction=name, use_case=use_case, site=site, unit="", release=release,
        display=Display(word), instance="", patient="p", user="u", encounter="",
        channel="cds_hooks", seq=0, **more,
    )  # fmt: skip
    return served(made, gateway="g1", at=at)


def test_a_tool_that_goes_live_unapproved_is_named(year, tmp_path):
    auditor = year.auditor.copied(tmp_path / "s")
    change = {
        "site": "Elm", "unit": "*", "release": [None, "memo-1"], "mode": ["off", "live"],
        "share": [0.0, 1.0],
    }  # fmt: skip
    body = {
        "type": "receipt/1", "plan": "0" * 64, "move": "advance", "cause": "spec", "scope": "all",
        "day": 1, "because": "nobody asked", "wave": "", "answers": "", "expansion": "moving",
        "changes": [change], "signed": {}, "seq": 9, "read_back": {"g1": 9}, "not_confirmed": [],
    }  # fmt: skip
    receipt = Fact(
        kind="acted", key="memo/receipt", at=year.at, by=By("x"), use_case="memo", body=body
    )
    auditor.add(
        receipt, predicted("memo-a", year.at, site="Elm", release="memo-1", use_case="memo")
    )
    n = evidence_size(auditor) - 2

    assert f"memo/Elm/*/memo-1/{n}/{year.at}" not in year.auditor.against(4)
    assert f"memo/Elm/*/memo-1/{n}/{year.at}" in auditor.against(4)
    assert f"{n}/Elm/*" in auditor.against(3)
    assert f"mode/memo/Elm/*@{n}" in auditor.against(32)


def evidence_size(auditor):
    return auditor(13)["ledger"]["size"]


@pytest.mark.parametrize(
    ("site", "release", "use_case", "word", "numbers"),
    [
        ("Alder", "falls-1", "falls", "shown", (33, 6)),
        ("Alder", "falls-1", "falls", "silent", (33, 6)),
        ("Birch", "falls-1", "falls", "shown", (4, 6)),
        ("Alder", "delirium-0", "delirium", "shown", (4, 6)),
    ],
)
def test_an_answer_that_should_not_have_been_is_named(
    year, tmp_path, site, release, use_case, word, numbers
):
    auditor = year.auditor.copied(tmp_path / "s")
    auditor.add(
        predicted("planted", year.at, site=site, release=release, use_case=use_case, word=word)
    )

    for number in numbers:
        assert "planted" in auditor.against(number), number


def acted(kind, key, at, **body):
    return Fact(kind="acted", key=key, at=at, by=By("ward-post"), body={"type": kind, **body})


def test_a_view_without_a_purpose_and_a_break_glass_nobody_looked_into_are_named(year, tmp_path):
    auditor, n = year.auditor.copied(tmp_path / "s"), evidence_size(year.auditor)
    card = next(e["card"] for e in year.diary.calls if e["card"])
    seen = {"person": "ward-post", "page": "/facts/{index}", "objects": [f"g1/{card}/served"]}
    broken = {**seen, "purpose": "break_glass", "break_glass": True, "why": "0" * 64}
    auditor.add(
        acted("viewed/1", "planted/1", year.at, **seen),
        acted("viewed/1", "planted/2", year.at, **broken),
    )

    against = auditor.against(20)
    assert {*against} == {f"fact {n}", f"fact {n + 1}"}
    assert "without a purpose" in against[f"fact {n}"]
    assert "nobody has looked into it" in against[f"fact {n + 1}"]


def test_a_call_by_the_key_that_was_retired_is_named(year, tmp_path):
    auditor = year.auditor.copied(tmp_path / "s")
    old, new = (each["key"] for each in year.diary.keys)
    about = {"site": "Elm", "release": "falls-2"}
    auditor.add(
        predicted("by-old", year.at, credential=old, **about),
        predicted("by-new", year.at, credential=new, **about),
        predicted("by-none-known", year.at, credential="x" * 43, **about),
    )

    assert {*auditor.against(33)} == {"by-old", "by-none-known"}


def test_an_incident_that_skips_its_check_and_one_whose_clock_was_moved_are_named(year, tmp_path):
    auditor, n = year.auditor.copied(tmp_path / "s"), evidence_size(year.auditor)
    reader = open_reader(auditor.store)
    case = next(e.fact for e in reader.entries() if e.fact.body.get("severity") == 1)
    reader.close()
    moved = json.loads(json.dumps(case.body)) | {"incident": "moved", "orders": []}
    moved["clocks"] = [{**c, "due_at": "2099-01-01T00:00:00.000Z"} for c in moved["clocks"][:1]]
    skipped = {"type": "closed/1", "incident": year.diary.incidents[0]["name"]}
    auditor.add(
        Fact(kind="said", key="m", at=year.at, by=By("x"), use_case="delirium", body=moved),
        Fact(kind="said", key="c", at=year.at, by=By("x"), use_case="scribe", body=skipped),
    )

    new = {*auditor.against(25)} - {*year.auditor.against(25)}
    assert {f"moved/{moved['clocks'][0]['rule']}", f"fact {n + 1}"} <= new


def test_a_protected_input_that_no_inventory_lists_is_named(year, tmp_path):
    auditor = year.auditor.copied(tmp_path / "s")
    documents = {"use_case": {"risk": {"protected_input": True}}}
    body = {"type": "specs/1", "digests": {}, "sites": {}, "documents": documents}
    auditor.add(Fact(kind="declared", key="d", at=year.at, by=By("x"), use_case="memo", body=body))

    assert {*auditor.against(9)} - {*year.auditor.against(9)} == {"memo/inventory"}


def test_an_erasure_under_no_rule_is_named_and_the_log_still_holds(year, tmp_path):
    auditor = year.auditor.copied(tmp_path / "s")
    reader, pen = open_ledger(auditor.store)
    stray = next(e.index for e in reader.entries() if e.fact.type == "parked/1")
    receipt = pen.erase([stray], by=By("x"), at=year.at, because="somebody asked")
    pen.close()
    reader.close()

    assert {*auditor.against(34)} == {f"fact {receipt.indexes[0]}"}
    assert auditor.against(21) == {}


def test_one_altered_byte_is_located(year, tmp_path):
    auditor = year.auditor.copied(tmp_path / "s")
    with sqlite3.connect(auditor.store / "ledger.db") as database:
        ((raw,),) = database.execute("SELECT bytes FROM fact WHERE idx = 400").fetchall()
        altered = raw[:-9] + bytes([raw[-9] ^ 1]) + raw[-8:]
        database.execute("UPDATE fact SET bytes = ? WHERE idx = 400", (altered,))

    assert {*auditor.against(21)} == {"fact 400"}


def test_a_response_to_what_was_never_shown_is_named(year, tmp_path):
    auditor = year.auditor.copied(tmp_path / "s")
    body = {"type": "response/1", "prediction": "nowhere", "response": "accepted"}
    auditor.add(
        Fact(
            kind="observed",
            key="r",
            at=year.at,
            by=By("g1"),
            site="Elm",
            use_case="falls",
            body=body,
        )
    )

    assert set(auditor.against(10)) == {"nowhere"}


def test_an_altered_input_is_named_by_its_answer(year, tmp_path):
    auditor = year.auditor.copied(tmp_path / "s")
    cited = {c for row in auditor(2)["rows"] for c in row[-1]}
    reader = open_reader(auditor.store)
    body = next(
        e.fact.body for e in reader.entries() if e.index in cited and "inputs" in e.fact.body
    )
    reader.close()
    with sqlite3.connect(auditor.store / "ledger.db") as database:
        (blob,) = database.execute(
            "SELECT sealed FROM payload WHERE digest = ?", (body["inputs"],)
        ).fetchone()
        altered = blob[:-1] + bytes([blob[-1] ^ 1])
        database.execute(
            "UPDATE payload SET sealed = ? WHERE digest = ?", (altered, body["inputs"])
        )

    assert list(auditor.against(2)) == [body["prediction"]]


def test_no_answer_names_anybody(year):
    """What the year's people are called stays with them."""
    told_ = json.dumps([year.auditor(n) for n in (1, 2, 6, 10, 11, 12, 13)])
    for each in year.diary.calls:
        assert f"Practitioner/{each['user']}" not in told_
        assert f'"{each["user"]}"' not in told_
