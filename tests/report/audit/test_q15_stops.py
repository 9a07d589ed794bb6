"""Every hold, suspension and way back is there, with whom it reached and for how long."""

from __future__ import annotations

import pytest

from attending.facts.fact import By, Fact
from attending.serve.readback import acknowledged


def test_every_order_is_told_as_it_happened(lived):
    """What the nurse did, beside what the ledger says of her."""
    for diary, auditor in lived:
        found = [
            (
                r["what"], r["scope"], r["triggered_at"], r["ended_at"], r["n_withheld"],
                r["n_patients"], {*(r["sites"] or "").split(", ")} - {""},
            )
            for r in auditor.rows(15, cause="person")
        ]  # fmt: skip
        truth = []
        for stop in diary.stops:
            out = stop["verb"] == "suspend"
            counts = (stop["withheld"], len(stop["patients"])) if out else (None, None)
            sites = stop["places"] if out else None
            truth.append((stop["verb"], stop["scope"], stop["at"], stop["ended"], *counts, sites))

        assert len(found) == len(truth) >= 4
        for said, true in zip(found, truth, strict=True):
            assert said[:6] == true[:6]
            assert true[6] is None or said[6] == true[6]
        assert auditor.against(15) == {}


def test_a_crossed_limit_is_told_with_its_values_and_its_trigger(diary_of, auditor):
    diary = diary_of()
    diary.meet()
    diary.go_live()
    while diary._modes.get("Alder") == "live":
        diary.town.days(1, "bad", "good", "good")
        diary.see()
    diary.answer("Alder", "suppressed", "suspended")
    diary.town.close()

    (row,) = auditor(diary.store).rows(15, what="suspend")

    assert row["who"] == "platform"
    assert row["cause"] == "safety"
    assert row["low"] > 1.25  # the limit that was crossed
    assert row["n_cases"] == 40 * 2 * (row["n_cases"] // 80)
    assert row["seconds"] == 0  # in the very turn: the town's clock stands meanwhile
    assert row["n_withheld"] == 1
    assert row["ended_at"] is None


def test_a_gateway_that_is_deaf_is_an_exception_until_it_has_read_back(diary_of, auditor):
    diary = diary_of()
    diary.meet()
    diary.go_live()
    diary.town.listeners.deaf = {"g2"}
    diary.order("suspend", "Alder")
    asks = auditor(diary.store)
    ((key, because),) = asks.against(15).items()
    assert because == "not read back by g2"
    assert asks.rows(15, what="suspend")[0]["effect_at"] is None

    diary.town.listeners.deaf = set()
    diary.town.pass_day()
    diary.town.turn()
    diary.town.close()

    assert asks.against(15) == {key: "it took 86400 s to be read back everywhere"}


def test_a_gateways_own_word_counts_for_each_use_case_that_is_asked_about(diary_of, auditor):
    diary = diary_of()
    diary.meet()
    diary.go_live()
    diary.town.listeners.deaf = {"g2"}
    diary.order("suspend", "Alder")
    diary.town.close()
    asks = auditor(diary.store)
    about_it = asks.ask(15, use_case="falls")
    assert [each["because"] for each in about_it["exceptions"]] == ["not read back by g2"]

    asks.with_facts(acknowledged("g2", 10**6, at=diary.now))  # of no one use case

    about_it, of_all = asks.ask(15, use_case="falls"), asks.ask(15)
    assert about_it["exceptions"] == of_all["exceptions"] == []
    assert about_it["rows"] == of_all["rows"]


def shown_late(at):
    return Fact(
        kind="served",
        key="elsewhere/late/served",
        at=at,
        by=By("elsewhere"),
        site="Alder",
        use_case="falls",
        release="falls-1",
        body={"type": "prediction/1", "prediction": "late", "display": "shown"},
    )


def test_an_answer_shown_after_a_suspension_was_read_back_appears_by_its_name(diary_of, auditor):
    diary = diary_of()
    diary.meet()
    diary.go_live()
    diary.order("suspend", "Alder")
    diary.town.close()
    asks = auditor(diary.store)
    asks.with_facts(shown_late("2000-04-20T00:00:00.000Z"))

    assert asks.against(15) == {"late": "shown at Alder after it was suspended and read back"}


def test_an_answer_shown_before_everybody_had_read_back_is_counted_apart(diary_of, auditor):
    diary = diary_of()
    diary.meet()
    diary.go_live()
    diary.town.listeners.deaf = {"g2"}
    diary.order("suspend", "Alder")
    diary.town.pen.append([shown_late(diary.now)])
    diary.answer("Alder", "suppressed", "suspended")
    diary.town.close()

    (row,) = auditor(diary.store).rows(15, what="suspend")

    assert (row["n_withheld"], row["n_shown_meanwhile"], row["n_patients"]) == (1, 1, 1)


def test_resuming_one_site_ends_no_hold_on_all(diary_of, auditor):
    diary = diary_of()
    diary.meet()
    diary.go_live()
    diary.order("hold", "all")
    diary.order("hold", "Alder")
    diary.order("resume", "Alder")
    diary.town.close()

    ended = {r["scope"]: r["ended_at"] for r in auditor(diary.store).rows(15, what="hold")}

    assert ended == {"all": None, "Alder": diary.now}


@pytest.mark.parametrize("of", ["trigger", "receipt"])
def test_a_stop_whose_facts_are_gone_says_so(lived, tmp_path, of):
    _, auditor = lived[0]
    row = next(r for r in auditor.rows(15, cause="person") if r["what"] == "suspend")
    index = row["cites"][0 if of == "trigger" else 1]

    copy = auditor.without(index, tmp_path / "copy")
    left = {r["key"]: r for r in copy.rows(15)}

    if of == "trigger":
        assert row["key"] not in left  # what a receipt answers is gone, and the order with it
    else:
        assert left[row["key"]]["effect_at"] is None
        assert copy.against(15)[row["key"]] == "no receipt says that it was carried out"
