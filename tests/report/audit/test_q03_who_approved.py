"""Who said what is told as it was said, and what does not verify is named."""

from __future__ import annotations

import msgspec
import pytest

from attending.ledger.open_reader import open_reader


def facts(auditor, kind):
    reader = open_reader(auditor.store)
    try:
        return [e for e in reader.entries() if e.fact.type == kind]
    finally:
        reader.close()


def test_votes_recusals_and_closings_are_told_as_they_were_said(lived):
    for diary, auditor in lived:
        rows = auditor.rows(3)
        said = {
            what: [(r["person"], r["said"]) for r in rows if r["what"] == what]
            for what in ("vote", "recusal", "decision")
        }

        assert said["vote"] == [(person, choice) for _, person, choice in diary.votes]
        assert [p for p, _ in said["recusal"]] == [person for _, person in diary.recusals]
        assert said["decision"] == [("chair", word) for _, word, _ in diary.closed]
        assert [r["due"] for r in rows if r["what"] == "decision"] == [d for *_, d in diary.closed]
        meanings = {r["said"]: r["meaning"] for r in rows if r["what"] == "vote"}
        assert {meanings.get("approve"), meanings.get("decline", "review")} == {
            "approval",
            "review",
        }
        assert {r["verifies"] for r in rows if r["what"] != "condition" and r["verifies"]} == {
            "yes"
        }
        assert auditor.against(3) == {}


def test_who_signed_and_where_it_went_live_are_told_as_they_happened(lived):
    for diary, auditor in lived:
        rows = auditor.rows(3)
        signed = [(r["signed"], r["role"], r["person"]) for r in rows if r["what"] == "sign-off"]
        live = sorted({(r["site"], r["at"]) for r in rows if r["what"] == "went live"})

        assert signed == diary.signed
        assert {(site, start) for site, start, *_ in diary.live} <= {*live}
        assert {site for site, _ in live} == {i[0] for i in diary.live}


def test_a_condition_is_open_until_what_it_waits_for_has_come(lived):
    states = set()
    for diary, auditor in lived:
        rows = auditor.rows(3, what="condition")
        assert [r["due"] for r in rows] == ["2001-04-01"] * sum(
            word == "approved_with_conditions" for _, word, _ in diary.closed
        )
        for row in rows:
            word = row["state"].partition(":")[0]
            states.add(word)
            resumed = [s for s in diary.stops if s["verb"] == "resume"]
            assert word in (("open", "met") if resumed else ("open",))
            assert row["said"] == "resumed: hold unless a fact resume/1 comes"

    assert states


@pytest.mark.parametrize("kind", ["packet/1", "vote/1", "plan/1"])
def test_without_what_it_rests_on_a_signature_does_not_verify(lived, tmp_path, kind):
    _, auditor = lived[0]
    if kind == "plan/1":
        digests = {e.fact.body["digest"] for e in facts(auditor, "sign_off/1")}
        index = next(e.index for e in facts(auditor, kind) if e.fact.body["digest"] in digests)
    else:
        index = facts(auditor, kind)[0].index

    copy = auditor.without(index, tmp_path / "copy")

    assert str(index) not in {r["key"] for r in copy.rows(3)}
    said = " ".join(copy.against(3).values())
    assert {
        "packet/1": "the packet it is bound to is not on record",
        "vote/1": "it counts a vote of chair that is not on record",
        "plan/1": "the plan it quotes is not on record",
    }[kind] in said


def test_a_vote_signed_by_somebody_else_does_not_verify(diary_of, auditor):
    diary = diary_of()
    diary.meet()
    diary.town.close()
    asks = auditor(diary.store)
    vote = facts(asks, "vote/1")[0].fact
    by = msgspec.structs.replace(vote.by, person="somebody")
    asks.with_facts(msgspec.structs.replace(vote, key="falls/99/somebody/vote", by=by))

    assert [*asks.against(3).values()] == ["it is signed by chair and was said by somebody"]


def test_a_site_sees_its_own_going_live_alone(lived):
    diary, auditor = next((d, a) for d, a in lived if {i[0] for i in d.live} == {"Alder", "Birch"})
    answer = auditor.ask(3, site="Birch")
    column = answer["columns"].index("site")

    assert {row[column] for row in answer["rows"]} - {None} == {"Birch"}
    signed = [r for r in answer["rows"] if r[answer["columns"].index("what")] == "sign-off"]
    assert 0 < len(signed) < len(diary.signed)
