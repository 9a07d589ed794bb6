"""What an answer was made of is told by view, and what came otherwise is counted."""

from __future__ import annotations

WHEN = "2026-03-02T09:00:00.000Z"
VIEWS = {
    "labs": {"view": "a" * 64, "rows": ["k1", "k2"]},
    "stay": {"view": "b" * 64, "rows": ["k3"]},
}


def test_an_answer_of_views_names_them_and_one_of_a_request_has_no_row(wrote):
    made = wrote.card("a", WHEN, views=VIEWS)
    wrote.add(made, wrote.card("plain", WHEN))

    rows = wrote.auditor.rows(17)
    assert [(r["key"], r["view_digest"][0], r["n_rows"]) for r in rows] == [
        ("a/labs", "a", 2), ("a/stay", "b", 1)
    ]  # fmt: skip
    told = wrote.auditor.ask(17)
    assert told["status"] == "partial"
    assert "--prediction" in told["needs"][0]
    assert told["counts"]["answers"] == 2
    assert told["counts"]["made_of_views"] == 1


def test_of_one_answer_it_says_that_nobody_looked_for_the_bytes(wrote):
    wrote.add(wrote.card("a", WHEN, views=VIEWS))
    told = wrote.auditor.ask(17, prediction="a")
    assert told["status"] == "partial"
    assert told["because"].endswith("their bytes were not looked for.")


def test_where_none_is_made_of_views_it_says_what_was_searched(wrote):
    wrote.add(wrote.card("a", WHEN))
    told = wrote.auditor.ask(17)
    assert (told["status"], told["rows"]) == ("answered", [])
    assert told["because"] == "Searched 1 facts: no answer was made of rows of views."


def test_of_a_name_that_no_answer_bears_it_says_so_and_not_what_others_were_made_of(wrote):
    wrote.add(wrote.card("a", WHEN), wrote.card("b", WHEN, views=VIEWS))

    nobody, plain = wrote.auditor.ask(17, prediction="z"), wrote.auditor.ask(17, prediction="a")
    assert nobody["because"] == "Searched 2 facts: no answer is on record under z."
    assert plain["because"] == "This answer was not made of rows of views."
