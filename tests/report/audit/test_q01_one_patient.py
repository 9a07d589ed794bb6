"""Everything that was answered about one patient is told, as who was there counted it."""

from __future__ import annotations

from collections import Counter

SITES = ("East", "West", "North")
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
        records = {(site, patient) for site, *_, patient in diary.answers.values()}
        assert auditor.ask(1)["because"].endswith(f" about {len(records)} patients.")


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


def test_an_empty_answer_says_what_was_searched(wrote):
    wrote.add(wrote.card("a", WHEN))

    nobody = wrote.auditor.ask(1, patient="q")
    assert nobody["because"] == "Searched 1 facts: no answer is on record for q."


def test_what_was_recorded_under_a_merged_number_is_found_until_the_merge_is_taken_back(wrote):
    east, west, other = (
        wrote.card(name, WHEN, site=at) for name, at in zip("abc", SITES, strict=True)
    )
    west.body["patient"], other.body["patient"] = "q", "q"
    merge = {"type": "linked/1", "record": "West/q", "into": "East/p", "rule": "same_identifier"}
    wrote.add(east, west, other, wrote.fact("decided", WHEN, merge))

    answer = wrote.auditor.ask(1, patient="p")
    assert answer["status"] == "answered"
    assert [row[0] for row in answer["rows"]] == ["a", "b"], "the same number elsewhere is not them"
    assert all(3 in row[-1] for row in answer["rows"]), "each cites the merge"
    assert {row[0] for row in wrote.auditor.ask(1, patient="q")["rows"]} == {"a", "b", "c"}
    parted = {"type": "unlinked/1", "link": 3, "why": "0" * 64}
    wrote.add(wrote.fact("said", WHEN, parted))
    assert [row[0] for row in wrote.auditor.ask(1, patient="p")["rows"]] == ["a"]


def test_a_pair_that_nobody_has_looked_at_is_named(wrote):
    doubt = {"type": "possible_match/1", "one": "Alder/p", "other": "Alder/q", "rule": "r"}
    wrote.add(wrote.card("a", WHEN), wrote.fact("decided", WHEN, doubt))
    because = "nobody has said whether these two records are one patient's"
    assert wrote.auditor.against(1) == {"Alder/p~Alder/q": because}


def test_one_number_at_two_sites_is_told_as_two_patients_until_one_is_asked_about(wrote):
    east, west = (wrote.card(name, WHEN, site=at) for name, at in zip("ab", SITES[:2], strict=True))
    wrote.add(east, west)

    both, one = wrote.auditor.ask(1, patient="p"), wrote.auditor.ask(1, patient="West/p")
    assert "of 2 patients who bear one number at East, West" in both["because"]
    assert "--patient East/p" in both["because"]
    assert [row[0] for row in one["rows"]] == ["b"]
    assert one["because"] == "1 answer is on record about this patient."
