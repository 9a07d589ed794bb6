"""Everything that was answered about one patient is told, as who was there counted it."""

from __future__ import annotations

from collections import Counter

WHEN = "2026-03-02T09:00:00.000Z"


def test_every_answer_about_a_patient_is_there_as_the_gateway_gave_it(lived):
    for diary, auditor in lived:
        patients = Counter(patient for *_, patient in diary.answers.values())
        for patient, n in patients.most_common(5):
            answer = auditor.ask(1, patient=patient)
            rows = [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]
            told = {r["key"]: (r["site"], r["display"], r["reason"] or "") for r in rows}

            assert len(told) == n
            assert told == {
                name: (site, display, reason)
                for name, (site, display, reason, about) in diary.answers.items()
                if about == patient
            }
            assert answer["question"]["patient"] == patient
        rows = auditor.rows(1)
        assert sum(r["n"] for r in rows) == len(diary.answers)
        assert auditor.ask(1)["because"].endswith(f" about {len(patients)} patients.")


def test_what_was_said_about_its_card_stands_with_it_in_order(wrote):
    wrote.add(
        wrote.card("a", WHEN),
        wrote.response("a", WHEN, "overridden", "limited-time"),
        wrote.response("a", "2026-03-02T10:00:00.000Z"),
        wrote.card("other", WHEN),
    )

    answer = wrote.auditor.ask(1, patient="p")
    rows = [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]
    assert rows[0]["responses"] == (
        f"overridden (limited-time) at {WHEN}; accepted at 2026-03-02T10:00:00.000Z"
    )
    assert rows[0]["cites"] == [0, 1, 2]
    assert rows[1]["responses"] is None


def test_an_answer_that_names_nobody_is_named(wrote):
    card = wrote.card("a", WHEN)
    card.body["patient"] = ""
    wrote.add(card, wrote.card("b", WHEN))

    assert wrote.auditor.against(1) == {"a": "it names no patient"}


def test_it_says_that_identities_are_not_linked_and_what_was_searched(wrote):
    wrote.add(wrote.card("a", WHEN))

    assert wrote.auditor.ask(1)["needs"] == ["patient identities that are linked and merged"]
    nobody = wrote.auditor.ask(1, patient="q")
    assert nobody["because"] == "Searched 1 facts: no answer is on record for q."
