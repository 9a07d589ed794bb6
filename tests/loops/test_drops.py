"""What is dropped in the inbox enters once, whatever happens on the way, and nothing is guessed."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest

from attending.cli.up import lay_out

A = {"id": "a", "hospital": "1", "day": "0", "alert": "1", "fell": ""}
B = {"id": "b", "hospital": "2", "day": "0", "alert": "0", "fell": ""}
DATED = """\
kind: Source
cases:
  case: id
  site: {column: hospital, map: {1: Alder, 2: Birch}}
  day: {column: day, as: date}
outcomes:
  fall: {column: fell, known_after: 2 d}
"""
FELL, STOOD = {"fell": "1"}, {"fell": "0"}


def said(ward):
    """Give what is on record of drops and of days, but for the moment it was said.

    A process that begins anew measures every day again; what it finds is compared, once.
    """
    kinds = ("ingested", "served", "observed", "decided")
    entries = ward.parts.reader.entries(kinds=kinds)
    facts = sorted((e.fact.key, str(e.fact.body), str(e.fact.site)) for e in entries)
    return facts, ward.cells()


def encounter(name, *, fell, hospital="1"):
    return {"encounter": name, "hospital": hospital, "fell": fell}


def restart(ward):
    ward.close()
    ward.open()


# --- a file is taken once ------------------------------------------------------------------


def test_a_file_is_taken_once_whatever_it_is_called_and_whoever_looks(ward):
    ward.begin()
    path = ward.drop("one.csv", A | FELL, B)
    ward.turn()
    before = said(ward)
    assert list(ward.outcomes().values()) == [("Alder", True, 2)]

    path.touch()
    ward.turn()
    ward.drop("two.csv", A | FELL, B)
    ward.turn()
    restart(ward)
    path.rename(path.with_name("three.csv"))
    ward.turn()

    assert said(ward) == before


@pytest.mark.parametrize("name", ["x.csv.part", "x.csv.tmp", ".x.csv"])
def test_a_file_that_is_being_written_is_left_alone_until_it_has_its_name(ward, name):
    ward.begin()
    path = ward.drop(name, A | FELL)
    ward.turn()
    assert ward.outcomes() == {}

    path.rename(path.with_name("x.csv"))
    ward.turn()
    assert len(ward.outcomes()) == 1


@pytest.mark.parametrize("cut", range(1, 58, 3))
def test_a_file_read_half_is_read_again_when_it_is_whole(ward_of, cut):
    whole = "id,hospital,day,alert,fell\na,1,0,1,1\nb,2,0,0,0\nc,1,0,1,\n"
    expected, ward = ward_of("whole"), ward_of("half")
    for each in (expected, ward):
        each.begin()
    ward.drop("f.csv", whole[:cut])
    ward.turn()
    for each in (expected, ward):
        each.drop("f.csv", whole)
        each.turn()
        each.on(3)
        each.turn()

    assert ward.cells() == expected.cells() == {("Alder", 2): (1, 1), ("Birch", 2): (1, 0)}
    assert [y for _, y, _ in ward.outcomes().values()] == [True, False]
    assert ward.turns.notice() == ""


class Dies:
    """A pen whose process ends at its nth append, before or after the facts are on disk."""

    def __init__(self, pen, n, *, after):
        self._pen, self._left, self._after = pen, n, after

    def __getattr__(self, name):
        return getattr(self._pen, name)

    def append(self, facts, payloads=()):
        self._left -= 1
        if self._left == 0 and not self._after:
            raise SystemExit
        receipt = self._pen.append(facts, payloads)
        if self._left == 0:
            raise SystemExit
        return receipt


def days_of_drops(ward):
    """Feed files that tell, correct, repeat, wait and cannot be read, and close each day."""
    steps = [
        lambda: ward.drop("1.csv", A, B),
        lambda: ward.drop("1.csv", encounter("late", fell="1"), source="feed"),
        lambda: ward.drop("2.ndjson", '{"id": "a", "fell": true}\n{"id": "zz", "fell": 1}\nx\n'),
        lambda: ward.drop("3.csv", A | STOOD, B | FELL),
        lambda: ward.drop("4.csv", {"idd": "a"}),
        lambda: ward.answers("p1", "late"),
    ]
    for day, step in enumerate(steps):
        ward.on(day)
        step()
        yield
    ward.on(len(steps))
    yield


@pytest.mark.parametrize("after", [False, True])
def test_a_process_that_dies_at_any_append_goes_on_and_nothing_is_lost_or_doubled(ward_of, after):
    calm = ward_of("calm")
    calm.begin()
    for _ in days_of_drops(calm):
        calm.turn()
    n_deaths = 0
    for n in range(1, 40):
        ward = ward_of(f"dies-{n}")
        ward.begin()
        ward.turns.parts = [
            (replace(ward.parts, pen=Dies(ward.parts.pen, n, after=after)), ward.folded)
        ]
        for _ in days_of_drops(ward):
            try:
                ward.turn()
            except SystemExit:
                n_deaths += 1
                restart(ward)
                ward.turn()
        assert said(ward) == said(calm)
        if n_deaths < n:
            break  # it never came to an nth append
    assert n_deaths > 15


# --- what cannot be read -------------------------------------------------------------------


def test_a_file_that_cannot_be_read_is_told_once_and_stops_no_other(ward):
    ward.begin()
    bad = ward.drop("a.csv", {"id": "a", "hospital": "1", "dya": "0", "alert": "1", "fell": "1"})
    ward.drop("b.csv", B | FELL)
    for _ in range(3):
        ward.turn()
    restart(ward)
    ward.turn()

    [fact] = ward.facts("refused/1")
    assert fact.body["because"] == "no 'day' in the columns of this file; did you mean 'dya'?"
    assert [site for site, _, _ in ward.outcomes().values()] == ["Birch"]
    assert ward.turns.notice().startswith("The file source/a.csv is not taken in: no 'day'")

    bad.write_text("id,hospital,day,alert,fell\na,1,0,1,1\n", "utf-8")
    ward.turn()
    assert ward.turns.notice() == ""
    assert len(ward.outcomes()) == 2


def test_what_would_be_accepted_is_said(ward):
    ward.begin()
    ward.drop("a.xlsx", "PK")
    ward.drop("b.csv", A, source="sorce")
    ward.drop("c.csv", "x").write_bytes(b"id\xff")
    ward.turn()

    because = {fact.body["because"] for fact in ward.facts("refused/1")}
    assert because == {
        ("the file's name does not say how to read it (accepted: .csv, .ndjson, .jsonl, .parquet)"),
        "no 'sorce' in the sources of falls; did you mean 'source'?",
        "not UTF-8; save the file as UTF-8 and drop it again",
    }
    assert all(name in ward.turns.notice() for name in ("a.xlsx", "sorce/b.csv", "c.csv"))


def test_rows_that_cannot_be_read_are_set_aside_and_the_rest_is_taken(ward):
    ward.begin()
    ward.drop(
        "a.ndjson",
        '{"id": "a", "hospital": 1, "day": 0, "alert": 1, "fell": 1}\nbroken\n'
        '{"id": "c", "hospital": 9, "day": 0, "alert": 1, "fell": 1}\n',
    )
    ward.turn()

    assert {fact.body["row"] for fact in ward.facts("parked/1")} == {2, 3}
    assert len(ward.outcomes()) == 1
    assert ward.facts("source/1")[0].body["parked"] == 2


# --- cases told of by another system -------------------------------------------------------


def test_a_row_that_comes_again_says_nothing_new_and_its_outcome_is_written_when_it_comes(ward):
    ward.begin()
    for day, rows in enumerate([(A, B), (A, B | STOOD), (A | FELL, B | STOOD)]):
        ward.on(day)
        ward.drop(f"{day}.csv", *rows)
        ward.turn()
    ward.on(3)
    ward.turn()

    assert len(ward.facts("prediction/1")) == 2
    assert sorted(ward.outcomes().values()) == [("Alder", True, 2), ("Birch", False, 2)]
    assert len(ward.facts("outcome/1")) == 2


def test_a_case_that_comes_with_other_contents_is_set_aside_and_the_record_stands(ward):
    ward.begin()
    ward.drop("1.csv", A)
    ward.turn()
    ward.drop("2.csv", A | {"alert": "0"} | FELL, B)
    ward.turn()

    [parked] = ward.facts("parked/1")
    assert "other contents" in parked.body["because"]
    assert [f.body["display"] for f in ward.facts("prediction/1")] == ["shown", "silent"]
    assert ward.outcomes() == {}


def test_an_outcome_that_is_corrected_restates_its_day(ward):
    ward.begin()
    ward.drop("1.csv", A | FELL)
    ward.on(4)
    ward.turn()
    ward.drop("2.csv", A | STOOD)
    ward.turn()

    assert [f.body["y"] for f in ward.facts("outcome/1")] == [True, False]
    assert ward.facts("outcome/1")[1].supersedes is not None
    ward.on(5)
    ward.turn()
    assert [c["day"] for c in ward.facts("measured/1")[-1].body["cells"]] == [2]


def test_outcomes_may_come_in_files_of_their_own_even_before_their_case(ward):
    ward.begin()
    ward.drop("a.csv", {"id": "a", "fell": "1"}, {"id": "b", "fell": "0"})
    ward.turn()
    assert ward.outcomes() == {}
    assert ward.facts("source/1")[0].body["waiting"] == 2

    ward.drop("b.csv", A)
    ward.turn()
    assert list(ward.outcomes().values()) == [("Alder", True, 2)]
    assert len(ward.facts("released/1")) == 1


def test_dates_are_counted_from_the_day_the_tool_was_switched_on(ward_of):
    ward = ward_of(**{"source.yaml": DATED})
    rows = [A | {"day": "2026-03-04"}, B | {"day": "2026-03-01"}]
    ward.drop("a.csv", *rows)
    ward.turn()
    assert "the file waits" in ward.turns.notice()
    assert ward.facts("source/1") == []

    ward.begin()
    ward.turn()
    assert [f.body["day"] for f in ward.facts("prediction/1")] == [2]
    assert "before the tool went live" in ward.facts("parked/1")[0].body["because"]
    assert ward.turns.notice() == ""


# --- cases the gateway answered ------------------------------------------------------------


def test_an_outcome_goes_to_every_answer_about_its_encounter_at_its_site(ward):
    ward.begin()
    ward.answers("p1", "e1")
    ward.on(1)
    ward.answers("p2", "e1")
    ward.answers("p3", "e1", site="Birch")
    ward.answers("p4", "e2")
    ward.answers("p5", "e1", display=("suppressed", "suspended"))
    ward.answers("p6", "e1", display=("suppressed", "cap"))
    ward.drop("a.csv", encounter("e1", fell="1"), source="feed")
    ward.turn()

    assert ward.outcomes() == {
        "p1": ("Alder", True, 2),
        "p2": ("Alder", True, 3),
        "p6": ("Alder", True, 3),
    }
    ward.on(5)
    ward.turn()
    assert ward.cells() == {("Alder", 2): (1, 0), ("Alder", 3): (2, 1), ("Birch", 3): (0, 1)}


@pytest.mark.parametrize(
    ("joined_on", "name"), [("patient", "p-e1"), ("prediction", "P1"), ("encounter", "e1")]
)
def test_an_answer_is_found_by_what_the_source_names(ward_of, joined_on, name):
    ward = ward_of(
        **{
            "feed.yaml": f"""\
kind: Source
name: feed
cases: {{case: who, joined_on: {joined_on}, site: {{column: hospital, map: {{1: Alder}}}}}}
outcomes: {{fall: {{column: fell, known_after: 2 d}}}}
"""
        }
    )
    ward.begin()
    ward.answers("p1", "e1")
    ward.answers("p2", "e2")
    ward.drop("a.csv", {"who": name, "hospital": "1", "fell": "1"}, source="feed")
    ward.turn()

    assert list(ward.outcomes()) == ["p1"]


@pytest.mark.parametrize("dies", [False, True])
def test_a_row_waits_for_its_answer_and_is_then_taken_by_itself(ward, dies):
    ward.begin()
    rows = [encounter("e1", fell="1"), encounter("e2", fell="0"), encounter("e3", fell="")]
    ward.drop("z.csv", *rows, source="feed")
    ward.turn()
    ward.drop("a.csv", encounter("e1", fell="0"), source="feed")  # a correction, named before
    ward.turn()
    assert ward.outcomes() == {}
    assert len(ward.facts("parked/1")) == 3
    if dies:
        restart(ward)

    ward.on(1)
    ward.answers("p1", "e1")
    ward.turn()
    assert ward.outcomes() == {"p1": ("Alder", False, 3)}
    assert len(ward.facts("released/1")) == 2
    n = ward.parts.reader.size()
    for _ in range(2):
        ward.turn()
    restart(ward)
    ward.turn()
    assert ward.parts.reader.size() == n


def test_a_row_that_waits_says_whether_the_tool_was_asked_at_all(ward):
    ward.begin()
    ward.answers("p1", "e1", display=("suppressed", "suspended"))
    ward.drop("a.csv", encounter("e1", fell="1"), encounter("e2", fell="1"), source="feed")
    ward.turn()

    because = sorted(fact.body["because"] for fact in ward.facts("parked/1"))

    assert [("off or suspended" in each, "so far" in each) for each in because] == [
        (False, True),
        (True, False),
    ]
    assert ward.outcomes() == {}


def test_a_late_correction_is_not_undone_by_the_row_it_corrects(ward):
    ward.begin()
    ward.drop("a.csv", encounter("e1", fell="1"), source="feed")
    ward.turn()
    ward.answers("p1", "e1")
    ward.drop("b.csv", encounter("e1", fell="0"), source="feed")
    ward.turn()

    assert ward.outcomes() == {"p1": ("Alder", False, 2)}


def test_nothing_dropped_leaves_a_patients_number_behind(ward):
    ward.begin()
    number = "MRN00714-5530"
    rows = [A | {"id": number} | FELL, B | {"id": number + "x", "hospital": "7"}]
    ward.drop("a.csv", *rows)
    ward.drop("b.csv", encounter(number, fell="1"), source="feed")
    ward.drop("c.csv", f"{number},1,0,1,1\n{number},1,0,1,1\n")
    ward.turn()

    kept = b"".join(p.read_bytes() for p in ward.store.glob("*") if p.is_file())
    assert len(ward.facts("parked/1")) == 2
    assert number.encode() not in kept
    plain = "\x1f".join(f"{k}={v}" for k, v in encounter(number, fell="1").items())
    assert sha256(plain.encode()).hexdigest()[:16].encode() not in kept
    assert (
        sha256((ward.store / "inbox/falls/feed/b.csv").read_bytes()).hexdigest().encode()
        not in kept
    )


def test_each_source_has_a_folder_to_drop_files_in(ward):
    lay_out(ward.turns.inbox, [ward.folder])

    made = sorted(p.name for p in (ward.store / "inbox" / "falls").iterdir())
    assert made == ["feed", "source"]
    ward.turn()
    assert ward.turns.notice() == ""


def test_a_table_that_is_named_in_the_inbox_is_refused_aloud_and_not_asked_every_turn(ward):
    ward.begin()
    ward.drop("falls.table", '{"connection": "edw", "table": "falls", "order_by": ["id"]}')

    ward.turn()

    assert "replay it, or drop an export of it" in str(said(ward)[0])
    assert ward.turns.notice().startswith("The file source/falls.table is not taken in")
