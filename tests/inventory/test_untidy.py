"""An untidy workbook: what was planted is doubted and nothing else, and nothing is dropped."""

from __future__ import annotations

from attending.ledger.open_reader import open_reader


def test_the_doubts_found_are_the_doubts_planted(imported):
    book, _, _, told = imported

    found = {(d["tool"], d["field"]): (d["why"], d["reading"]) for d in told["doubts"]}

    assert found == book.planted
    assert len(told["doubts"]) == len(found) >= 12


def test_enough_is_planted_in_the_three_workbooks(request):
    made = request.getfixturevalue("makers")
    planted = [made[name]()[0].planted for name in ("excel", "libre_office", "browser")]

    assert sum(map(len, planted)) >= 40
    assert all(len({why for why, _ in each.values()}) == 8 for each in planted)


def test_nothing_is_dropped_and_what_is_doubtful_is_not_known(imported, typed):
    book, _, _, _ = imported

    rows = {row["tool"]: row for row in typed("list")["tools"]}

    assert [*rows] == [*book.truth]
    for tool, true in book.truth.items():
        told = rows[tool] | rows[tool]["spend"]
        for name, value in true.items():
            wanted = None if (tool, name) in book.planted else value
            wanted = [*wanted] if isinstance(wanted, tuple) else wanted
            assert told[name] == wanted, (tool, name)


def test_the_same_file_twice_writes_nothing(imported, typed):
    _, _, file, first = imported
    reader = open_reader(typed.store)
    before = reader.size()

    again = typed("import", file, "--as", "somebody-else")

    assert reader.size() == before
    assert again["written"] == []
    assert again["doubts"] == first["doubts"]


def test_a_formula_is_never_evaluated(imported, typed):
    rows = {row["tool"]: row for row in typed("list")["tools"]}

    assert rows["t20"]["spend"]["spend_2026_license"] == 1020.0  # the value kept with it
    planted = imported[0].planted
    if ("t12", "spend_2026_staff") in planted:
        assert rows["t12"]["spend"]["spend_2026_staff"] is None
