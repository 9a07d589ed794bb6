"""Every answer on record has exactly one display, and each that was not shown says why."""

from __future__ import annotations

from attending.facts.fact import By, Fact


def test_what_was_not_shown_is_counted_as_it_happened(lived):
    for diary, auditor in lived:
        found = {(r["site"], r["display"], r["reason"] or ""): r["n"] for r in auditor.rows(13)}
        truth = diary.displays()
        shown = sum(n for (_, word, _), n in truth.items() if word == "shown")

        assert shown
        assert found == {k: n for k, n in truth.items() if k[1] != "shown"}
        answer = auditor.ask(13)
        assert answer["counts"]["shown"] == shown
        assert answer["counts"]["predictions"] == len(diary.answers)
        assert answer["exceptions"] == []


def predicted(name, **body):
    return Fact(
        kind="served", key=f"elsewhere/{name}/served", at="2030-01-01T00:00:00.000Z",
        by=By("elsewhere"), site="Alder", use_case="falls", release="falls-1",
        body={"type": "prediction/1", "prediction": name, **body},
    )  # fmt: skip


def test_an_answer_without_one_display_appears_by_its_name(diary_of, auditor):
    diary = diary_of()
    diary.meet()
    diary.go_live()
    for _ in range(3):
        diary.answer("Alder", "no_advice")
    diary.town.close()
    asks = auditor(diary.store)
    asks.with_facts(
        predicted("mute"),
        predicted("muffled", display="suppressed"),
        predicted("odd", display="whispered"),
        predicted("p00001", display="shown"),
    )

    wrong = asks.against(13)

    assert wrong == {
        "mute": "it has no display",
        "muffled": "it was suppressed, and no reason is on record",
        "odd": "its display is 'whispered', which is none",
        "p00001": "it has 2 displays: no_advice, shown",
    }
    (row,) = asks.rows(13)
    assert row["n"] == 2  # the one with two displays counts as neither


def test_a_row_without_a_fact_is_no_row(lived, tmp_path):
    _, auditor = lived[0]
    rare = min(auditor.rows(13), key=lambda r: r["n"])
    for n, index in enumerate(rare["cites"]):
        auditor = auditor.without(index, tmp_path / str(n))

    left = {r["key"] for r in auditor.rows(13)}

    assert rare["key"] not in left
    assert left == {r["key"] for r in lived[0][1].rows(13)} - {rare["key"]}


def test_an_empty_answer_says_what_was_searched(diary_of, auditor):
    diary = diary_of()
    diary.town.close()

    answer = auditor(diary.store).ask(13)

    assert answer["rows"] == []
    assert (
        answer["because"] == f"Searched {answer['ledger']['size']} facts: no answer is on record."
    )
