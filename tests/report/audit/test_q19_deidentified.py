"""An extract that an expert let out and that names no statement is found by its digest."""

from __future__ import annotations

WHEN = "2026-03-02T09:00:00.000Z"
MADE = {
    "type": "deidentified/1", "name": "x", "purpose": "quality", "method": "expert",
    "plan": "0" * 64, "source": "1" * 64, "extract": "2" * 64, "n_in": 3, "n_out": 3,
    "n_suppressed": 0, "smallest": None, "table": {"names": {}, "dates": {"at": "date_shift"}},
}  # fmt: skip


def test_an_extract_without_its_experts_word_is_an_exception(wrote):
    wrote.add(wrote.fact("acted", WHEN, MADE))
    assert wrote.auditor.against(19) == {"2" * 16: "no expert has stated anything"}
    held = {row["identifier"]: row["columns"] for row in wrote.auditor.rows(19)}
    assert held == {"names": "none held it", "dates": "at: date_shift"}
    wrote.add(wrote.fact("acted", WHEN, MADE | {"extract": "3" * 64, "statement": "4" * 64}))
    assert [*wrote.auditor.against(19)] == ["2" * 16]


def test_where_there_is_none_it_says_what_was_searched(wrote):
    wrote.add(wrote.card("a", WHEN))
    assert wrote.auditor.ask(19)["because"] == "Searched 1 facts: no extract was made."
