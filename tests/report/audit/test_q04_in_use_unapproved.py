"""Use outside an approval is named to the moment; use inside one is told as it happened."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import msgspec
import pytest

from attending.admit import admit
from attending.digest import digest
from attending.facts.fact import By, Fact
from attending.ledger.open_reader import open_reader
from attending.loops.books import Books
from attending.loops.carry_out import open_first_wave
from attending.loops.tiering import Speaker, all_heard, override, record, tier_of

ALL_NO = ("patient_facing_unreviewed", "denies_or_delays_care", "sends_identifiable_data",
          "continuously_updated")  # fmt: skip


def intervals(auditor):
    """Give (site, from, to, how often shown) as the answer has it."""
    return sorted((r["site"], r["from"], r["to"] or "", r["n_shown"]) for r in auditor.rows(4))


def test_every_interval_is_what_a_gateway_really_showed(lived):
    for diary, auditor in lived:
        truth = sorted((site, start, end or "", n) for site, start, end, n in diary.live)

        assert intervals(auditor) == truth
        assert sum(n for *_, n in truth) > 3
        assert auditor.against(4) == {}
        for row in auditor.rows(4):
            assert row["approved_by"].startswith("falls/")


def test_a_tool_that_was_live_with_no_decision_is_named_with_all_it_showed(diary_of, auditor):
    diary = diary_of()
    open_first_wave(diary.town.parts, diary.town.folded, because="it was in use already")
    diary.see()
    start = diary.now
    for _ in range(3):
        diary.answer("Alder", "shown")
    diary.town.close()
    asks = auditor(diary.store)

    (wrong,) = asks.ask(4)["exceptions"]

    assert wrong["because"] == (
        f"falls-1 was live at Alder (*) from {start} to {diary.now}, shown 3 times: no decision"
        " was ever taken"
    )
    assert len(wrong["cites"]) == 4


@pytest.mark.parametrize("late", [1, 9])
def test_after_its_last_day_an_approval_covers_nothing(specs_of, diary_of, auditor, late):
    diary = diary_of(specs=specs_of(approval_days=6))
    diary.meet()
    diary.go_live()
    expires = diary.closed[0][2]
    diary.answer("Alder", "shown")
    while diary.now[:10] <= expires:
        diary.pass_days(1)
    for _ in range(late):
        diary.answer("Alder", "shown")
    diary.town.close()

    (because,) = auditor(diary.store).against(4).values()

    assert f"to {diary.now}, shown {late} times" in because
    midnight = because.split(" from ")[1].split(" to ")[0]
    assert midnight.endswith("T00:00:00.000Z")
    began = datetime.fromisoformat(midnight).date()
    assert began - date.fromisoformat(expires) == timedelta(days=1)


def test_a_later_decision_against_it_ends_an_approval(diary_of, auditor):
    diary = diary_of()
    diary.meet()
    diary.go_live()
    diary.answer("Alder", "shown")
    diary.meet("second", choice="decline")
    decided = diary.now
    diary.answer("Alder", "shown")
    diary.town.close()

    (because,) = auditor(diary.store).against(4).values()

    assert (
        f"from {decided} to {diary.now}, shown 1 times: the last decision was declined" in because
    )


def test_an_answer_shown_where_nothing_was_live_appears_by_its_name(diary_of, auditor):
    diary = diary_of()
    diary.meet()
    diary.go_live()
    diary.town.close()
    asks = auditor(diary.store)
    asks.with_facts(
        Fact(
            kind="served",
            key="elsewhere/astray/served",
            at="2000-04-20T00:00:00.000Z",
            by=By("elsewhere"),
            site="Elm",
            use_case="falls",
            release="falls-1",
            body={"type": "prediction/1", "prediction": "astray", "display": "shown"},
        )
    )

    assert asks.against(4) == {"astray": "shown at Elm, where falls-1 was not live"}


def test_an_answer_shown_by_another_release_than_the_one_that_is_live_appears_by_its_name(
    diary_of, auditor
):
    diary = diary_of()
    diary.meet()
    diary.go_live()
    diary.answer("Alder", "shown")
    diary.town.close()
    asks = auditor(diary.store)
    reader = open_reader(diary.store)
    shown = next(e.fact for e in reader.entries() if e.fact.body.get("display") == "shown")
    reader.close()
    body = shown.body | {"prediction": "stranger"}
    asks.with_facts(msgspec.structs.replace(shown, key="stranger", release="falls-0", body=body))

    assert asks.against(4) == {"stranger": "shown at Alder, where falls-0 was not live"}


def test_a_decision_that_nobody_voted_for_approves_nothing(diary_of, auditor):
    """Somebody who can write to the store writes an approval down."""
    honest = diary_of()
    honest.meet()
    honest.town.close()
    reader = open_reader(honest.store)
    (decision,) = (e.fact for e in reader.entries() if e.fact.type == "decision/1")
    (packet,) = (e.fact for e in reader.entries() if e.fact.type == "packet/1")
    reader.close()
    diary = diary_of()
    body = {k: v for k, v in decision.body.items() if k != "digest"}
    forged = msgspec.structs.replace(decision, body=body | {"digest": digest(body)})
    diary.town.pen.append([packet, forged])
    diary.town.clock.advance(timedelta(hours=1))
    open_first_wave(diary.town.parts, diary.town.folded, because="it was in use already")
    diary.town.close()
    asks = auditor(diary.store)

    assert any("counts a vote of chair" in because for because in asks.against(3).values())
    (because,) = asks.against(4).values()
    assert "no decision was ever taken" in because


def test_without_the_decision_the_same_use_is_unapproved(lived, tmp_path):
    diary, auditor = lived[0]
    reader = open_reader(auditor.store)
    indexes = [e.index for e in reader.entries() if e.fact.type == "decision/1"]
    reader.close()
    for n, index in enumerate(indexes):
        auditor = auditor.without(index, tmp_path / str(n))

    assert len(auditor.against(4)) == len(diary.live)


def test_an_order_to_suspend_ends_its_use_before_any_receipt(diary_of, auditor):
    diary = diary_of()
    diary.meet()
    diary.go_live()
    diary.town.close()
    asks = auditor(diary.store)
    body = {"type": "suspend/1", "scope": "Alder", "person": "nurse", "reason": "why", "day": 0}
    order = Fact(
        kind="said", key="falls/99/nurse/Alder/suspend", at="2000-04-30T08:00:00.000Z",
        by=By("nurse"), site="Alder", use_case="falls", body=body,
    )  # fmt: skip
    asks.with_facts(order)

    (row,) = asks.rows(4)

    assert row["to"] == order.at
    assert [*asks.against(15).values()] == ["no receipt says that it was carried out"]


@pytest.fixture
def registered(town_of, diary_of, tmp_path):
    """Open a low tool that went live on its row in the inventory; leave something out."""

    def make(*without):
        risk = town_of.USE_CASE["risk"] | dict.fromkeys(ALL_NO, "no")
        risk |= {"drives_treatment_or_triage": "tier" in without}
        (tmp_path / "specs").mkdir()
        town_of.write_town(
            tmp_path / "specs",
            usecase=town_of.USE_CASE | {"risk": risk},
            committee=town_of.COMMITTEE | {"registration_only": "committee" not in without},
        )
        diary = diary_of(specs=admit(tmp_path / "specs"))
        town = diary.town
        books = Books(town.reader, town.pen, town.clock)
        if "row" not in without:
            row = {"type": "tool/1", "tool": "t1", "name": "Falls", "use_case": "falls"}
            fact = Fact(kind="ingested", key="inventory/t1/tool", at=diary.now,
                        by=By("keeper", via="sheet"), body=row)  # fmt: skip
            town.pen.append([fact])
        if "record" not in without:
            tier = tier_of(town.folder, all_heard(town.reader), books.at[:10]).computed
            record(books, "falls", tier, Speaker("engineer"))
        town.clock.advance(timedelta(minutes=1))
        open_first_wave(town.parts, town.folded, because="registered")
        diary.see()
        diary.answer("Alder", "shown")
        return diary, books

    return make


@pytest.mark.parametrize("use_case", ["", "falls"])
def test_a_low_tool_that_waited_for_no_vote_was_not_used_without_approval(
    registered, auditor, use_case
):
    diary, _ = registered()
    diary.town.close()

    answer = auditor(diary.store).ask(4, use_case=use_case)

    (row,) = answer["rows"]
    assert answer["exceptions"] == []
    assert "low tier, registered: no vote is wanted" in row
    reader = open_reader(diary.store)
    cited = {reader.entry(index).fact.type for index in row[-1]}
    reader.close()
    assert cited == {"receipt/1", "specs/1", "tier/1", "tool/1"}


@pytest.mark.parametrize("without", ["committee", "tier", "row", "record"])
def test_without_any_of_what_makes_a_row_enough_it_was(registered, auditor, without):
    diary, _ = registered(without)
    diary.town.close()

    (because,) = auditor(diary.store).against(4).values()

    assert because.endswith("shown 1 times: no decision was ever taken")


def test_from_the_moment_somebody_raises_its_tier_a_row_is_not_enough(registered, auditor):
    diary, books = registered()
    diary.town.clock.advance(timedelta(hours=1))
    raised = diary.now
    override(books, diary.town.folder, "moderate", Speaker("nurse"), why="it is trusted too much")
    diary.answer("Alder", "shown")
    diary.town.close()

    (because,) = auditor(diary.store).against(4).values()

    assert f"from {raised} to {diary.now}, shown 1 times" in because


def test_what_a_committee_decides_counts_from_then_on_whatever_the_row_says(registered, auditor):
    diary, _ = registered()
    diary.meet(choice="decline")
    decided = diary.now
    diary.answer("Alder", "shown")
    diary.town.close()

    (because,) = auditor(diary.store).against(4).values()

    assert (
        f"from {decided} to {diary.now}, shown 1 times: the last decision was declined" in because
    )
