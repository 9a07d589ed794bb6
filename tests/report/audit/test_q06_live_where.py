"""What the answer says was live is what a gateway really showed, at every moment that was noted."""

from __future__ import annotations

import pytest

WENT_LIVE = ("Alder", (None, "falls-1"), ("off", "live"))


def modes(auditor, as_of=""):
    return {row["site"]: row["mode"] for row in auditor.rows(6, _as_of=as_of)}


def test_at_every_moment_it_is_what_a_gateway_showed(lived):
    seen = set()
    for diary, auditor in lived:
        for size, truth in diary.marks[::3]:
            told = modes(auditor, str(size))

            assert {s: m for s, m in told.items() if m != "off"} == {
                s: m for s, m in truth.items() if m != "off"
            }, size
            seen |= {*truth.values()}
        assert auditor.against(6) == {}
        assert set(modes(auditor)) == {"Alder", "Birch", "Elm"}
    assert seen >= {"live", "silent", "suspended"}


def test_whom_it_reached_is_whom_a_gateway_went_by(lived):
    reached = set()
    for diary, auditor in lived:
        told = {
            (r["site"], r["unit"]): (
                r["share"],
                tuple(u for u in (r["users"] or "").split(", ") if u),
            )
            for r in auditor.rows(6, mode="live")
        }
        assert told == diary.exposed
        reached |= {users for _, users in told.values()}
    assert max(len(users) for users in reached) == 2


@pytest.mark.parametrize(
    ("mode", "display", "reason", "release", "named"),
    [
        ("live", "shown", "", "falls-1", False),
        ("live", "suppressed", "cap", "falls-1", False),
        ("live", "shown", "", "falls-0", True),
        ("live", "silent", "", "falls-1", True),
        ("silent", "shown", "", "falls-1", True),
        ("suspended", "suppressed", "suspended", "falls-1", False),
        ("suspended", "shown", "", "falls-1", True),
        ("retired", "no_advice", "", "falls-1", True),
        ("off", "failed", "engine", "falls-1", False),
    ],
)
def test_a_display_that_the_mode_does_not_allow_is_named(
    wrote, mode, display, reason, release, named
):
    wrote.add(
        wrote.receipt("2026-01-01T08:00:00Z", ("Alder", (None, "falls-1"), ("off", mode))),
        wrote.card("a", "2026-01-01T09:00:00Z", display, reason, release=release),
    )

    assert ("a" in wrote.auditor.against(6)) == named
    (row,) = wrote.auditor.rows(6)
    assert (row["mode"], row["last_display"]) == (mode, display)


def test_a_unit_stands_by_its_own_row_and_not_by_its_site(wrote):
    unit = wrote.receipt("2026-01-01T08:01:00Z", ("Alder", (None, "falls-1"), ("off", "silent")))
    unit.body["changes"][0]["unit"] = "icu"
    wrote.add(
        wrote.receipt("2026-01-01T08:00:00Z", WENT_LIVE),
        unit,
        wrote.card("in", "2026-01-01T09:00:00Z", "silent", unit="icu"),
        wrote.card("out", "2026-01-01T09:00:00Z", unit="ward"),
        wrote.card("wrong", "2026-01-01T09:00:00Z", unit="icu"),
    )

    assert set(wrote.auditor.against(6)) == {"wrong"}
    assert {r["unit"]: r["mode"] for r in wrote.auditor.rows(6)} == {"*": "live", "icu": "silent"}


def test_a_suspension_stands_from_the_order_on_and_says_whom_it_waits_for(wrote):
    receipt = wrote.receipt("2026-01-01T08:00:00Z", WENT_LIVE)
    receipt.body.update(read_back={"g1": 1, "g2": 0}, not_confirmed=["g2"])
    order = wrote.fact("said", "2026-01-01T09:00:00Z", {"type": "suspend/1", "scope": "all"})
    late = wrote.fact(
        "acted", "2026-01-01T08:02:00Z", {"type": "read_back/1", "gateway": "g2", "seq": 1}
    )
    early, after = (
        wrote.card(name, f"2026-01-01T08:0{minute}:00Z", "silent")
        for name, minute in (("early", 1), ("after", 3))
    )
    wrote.add(receipt, early, late, after, order)

    def stands(size):
        (row,) = wrote.auditor.rows(6, _as_of=size)
        return row["mode"], row["waiting_for"]

    assert [stands(n) for n in "135"] == [("live", "g2"), ("live", None), ("suspended", None)]
    named = {n: [e["key"] for e in wrote.auditor.ask(6, n)["exceptions"]] for n in "24"}
    assert named == {"2": [], "4": ["after"]}


def test_where_nothing_is_on_record_it_says_what_was_searched(wrote):
    wrote.add(wrote.card("a", "2026-01-01T09:00:00Z", "suppressed", "off", release=None))

    assert wrote.auditor.ask(6)["because"] == "Searched 1 facts: no place is on record."
