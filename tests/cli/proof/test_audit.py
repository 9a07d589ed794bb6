"""What an auditor types, and what the exit code says."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import sys

import pytest

from attending.cli import main
from attending.facts.fact import By, Fact
from attending.ledger.open_ledger import open_ledger


def predicted(n, site):
    return Fact(
        kind="served", key=f"g/{n}/served", at=f"2026-10-13T08:00:{n:02}.000Z", by=By("g"),
        site=site, use_case="watch", release="watch-1",
        body={"type": "prediction/1", "prediction": str(n), "display": "silent"},
    )  # fmt: skip


@pytest.fixture
def store(tmp_path):
    reader, pen = open_ledger(tmp_path / "l", checkpoint_every=float("inf"))
    pen.append([predicted(n, "east" if n % 2 else "west") for n in range(9)])
    pen.close()
    reader.close()
    return tmp_path / "l"


@pytest.fixture
def ask(monkeypatch, capsys):
    def typed(*words):
        monkeypatch.setattr(sys, "argv", ["attending", "audit", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        return left.value.code, out, err

    return typed


def test_a_second_run_proves_the_same_answer(ask, store):
    code, first, _ = ask("q", 13, "--store", store, "-o", "json")
    _, again, _ = ask("q", "13", "--store", store, "-o", "json")
    first, again = json.loads(first), json.loads(again)

    assert code == 0
    assert first["digest"] == again["digest"]
    assert [row[-2:] for row in first["rows"]] == [
        ["2026-10-13T08:00:07.000Z", [1, 3, 5, 7]], ["2026-10-13T08:00:08.000Z", [0, 2, 4, 6, 8]],
    ]  # fmt: skip


def test_a_log_that_has_grown_still_gives_the_answer_it_gave(ask, store):
    _, before, _ = ask("q", 13, "--store", store, "--as-of", "9", "-o", "json")
    reader, pen = open_ledger(store)
    pen.append([predicted(10, "east")])
    pen.close()
    reader.close()
    _, after, _ = ask("q", 13, "--store", store, "--as-of", "9", "-o", "json")
    _, now, _ = ask("q", 13, "--store", store, "-o", "json")

    assert json.loads(before)["digest"] == json.loads(after)["digest"]
    assert json.loads(now)["digest"] != json.loads(after)["digest"]


def test_text_says_it_with_its_facts_and_its_digest(ask, store):
    _, out, _ = ask("q", 13, "--store", store, "--site", "east")
    _, raw, _ = ask("q", 13, "--store", store, "--site", "east", "-o", "json")

    assert "Of 4 answers, 0 were shown and 4 were not; each has exactly one display." in out
    assert "[facts 1, 3, 5, 7]" in out
    assert json.loads(raw)["digest"] in out


def test_an_altered_log_is_told_and_the_exit_code_is_5(ask, store):
    with sqlite3.connect(store / "ledger.db") as database:
        database.execute("UPDATE fact SET bytes = replace(bytes, 'east', 'eass') WHERE idx = 3")
        database.execute("UPDATE fact SET bytes = CAST(bytes AS BLOB) WHERE idx = 3")

    code, out, err = ask("q", 21, "--store", store)
    assert code == 5
    assert "fact 3" in out
    assert "does not verify" in err
    code, out, _ = ask("q", 13, "--store", store)
    assert (code, out) == (5, "")


def test_the_list_tells_the_state_of_every_question(ask):
    code, out, _ = ask("list", "-o", "json")
    rows = json.loads(out)

    assert code == 0
    assert [row["number"] for row in rows] == list(range(1, 35))
    assert {3, 4, 9, 10, 13, 15, 20, 21, 25, 33, 34} <= {
        r["number"] for r in rows if r["status"] == "answered"
    }
    assert all(bool(r["needs"]) != (r["status"] == "answered") for r in rows)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("q", 13, "--site", "eastt"), "did you mean 'east'"),
        (("q", 13, "--use-case", "wotch"), "did you mean 'watch'"),
        (("q", 35), "accepted: 1 to 34"),
        (("q", 13, "--as-of", "soon"), "accepted: 2026-10-13"),
        (("q", 13, "--as-of", "10"), "the ledger holds 9 facts"),
        (("q", "some"), "accepted: 1 to 34, all"),
        (("q", "all", "-o", "csv"), "csv tells the rows of one question"),
        (("q", 13, "--since", "3"), "only question 32 takes this"),
        (("q", 13, "--prediction", "3"), "only question 2 takes this"),
        (("q", "all", "--patient", "3"), "only question 1 takes this"),
        (("q", 32, "--since", "10"), "the ledger holds 9 facts"),
    ],
)
def test_a_misspelt_question_is_refused_and_never_answered_empty(ask, store, words, said):
    code, out, err = ask(*words, "--store", store)

    assert (code, out) == (1, "")
    assert said in err


def test_all_questions_are_told_in_one_document_that_proves_itself(ask, store):
    code, first, _ = ask("q", "all", "--store", store, "--as-of", "9", "-o", "json")
    reader, pen = open_ledger(store)
    pen.append([predicted(10, "east")])
    pen.close()
    reader.close()
    _, again, _ = ask("q", "all", "--store", store, "--as-of", "9", "-o", "json")
    _, now, _ = ask("q", "all", "--store", store, "-o", "json")
    first, again, now = (json.loads(each) for each in (first, again, now))

    assert (code, first["schema"]) == (0, "audit_all/1")
    assert [q["number"] for q in first["questions"]] == list(range(1, 35))
    same = [q["number"] for q in first["questions"] if q["number"] != 21]  # 21 is of the whole log
    differ = {a["number"] for a, b in zip(first["questions"], again["questions"], strict=True)
              if a["digest"] != b["digest"]}  # fmt: skip
    assert differ <= {21}
    assert len(same) == 33
    assert now["digest"] != first["digest"]
    _, one, _ = ask("q", 13, "--store", store, "--as-of", "9", "-o", "json")
    assert json.loads(one)["digest"] == first["questions"][12]["digest"]
    for each in first["questions"]:
        assert each["status"] in ("answered", "partial", "not_yet", "not_applicable")
        assert bool(each["needs"]) == (each["status"] in ("partial", "not_yet"))


def test_asked_twice_everything_has_one_digest(ask, store):
    _, first, _ = ask("q", "all", "--store", store, "-o", "json")
    _, again, _ = ask("q", "all", "--store", store, "-o", "json")
    _, text, _ = ask("q", "all", "--store", store)

    assert json.loads(first)["digest"] == json.loads(again)["digest"]
    assert json.loads(first)["digest"] in text
    assert "not yet: 0 rows" in text


@pytest.mark.parametrize("number", [5, 7, 8, 14, 22, 26, 31])
def test_a_question_that_waits_is_told_as_one_and_is_no_error(ask, store, number):
    code, out, _ = ask("q", number, "--store", store, "-o", "json")
    answer = json.loads(out)

    assert code == 0
    assert (answer["schema"], answer["status"], answer["rows"]) == ("audit/1", "not_yet", [])
    assert answer["needs"]


def test_a_table_has_a_row_for_each_row_and_says_what_it_leaves_out(ask, store):
    code, table, err = ask("q", 13, "--store", store, "-o", "csv")
    rows = list(csv.DictReader(io.StringIO(table, newline="")))
    assert (code, err) == (0, "")
    assert [(r["site"], r["display"], r["n"]) for r in rows] == [
        ("east", "silent", "4"), ("west", "silent", "5"),
    ]  # fmt: skip

    reader, pen = open_ledger(store)
    broken = predicted(10, "east")
    broken.body["display"] = "none"
    pen.append([broken])
    pen.close()
    reader.close()
    _, _, err = ask("q", 13, "--store", store, "-o", "csv")
    assert "1 things are not as they should be" in err


def test_what_changed_since_a_moment_is_told_from_that_moment(ask, store):
    _, out, _ = ask("q", 32, "--store", store, "--since", "2026-10-13T08:00:03Z", "-o", "json")

    assert json.loads(out)["question"]["since"] == 4
