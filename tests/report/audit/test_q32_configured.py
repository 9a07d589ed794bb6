"""What was configured at a moment, and each change since with who asked and who approved."""

from __future__ import annotations

from attending.facts.fact import By


def modes(auditor, size):
    rows = auditor.rows(32, _as_of=str(size), what="in force", kind="mode")
    return {r["name"].split("/")[1]: r["value"].split()[0] for r in rows}


def test_at_every_moment_it_is_what_a_gateway_went_by(lived):
    for diary, auditor in lived:
        for size, truth in diary.marks[-9::4]:
            told = modes(auditor, size)
            ordered = auditor.rows(32, _as_of=str(size), what="in force", kind="order")
            assert told == {s: m for s, m in truth.items() if m != "off"}, (size, ordered)


def test_every_order_decision_and_sign_off_is_told_with_its_author(lived):
    for diary, auditor in lived:
        rows = auditor.rows(32, _since=0, what="changed")
        orders = [
            (r["value"].split()[0], r["at"], r["author"]) for r in rows if r["kind"] == "order"
        ]
        assert sorted(orders) == sorted((s["verb"], s["at"], "nurse") for s in diary.stops)
        decided = [r for r in rows if r["kind"] == "decision"]
        assert len(decided) == len(diary.closed)
        approving = {(m, p) for m, p, says in diary.votes if says.startswith("approve")}
        for row, (meeting, word, expires) in zip(decided, diary.closed, strict=True):
            assert row["value"].startswith(f"{word} ")
            assert f" to {expires} " in row["value"]
            named = {p for m, p in approving if m == meeting}
            assert set(row["approved_by"].split(", ")) == named
        live = [r for r in rows if r["kind"] == "mode" and r["value"].startswith("live")]
        people = {}
        for digest, _, person in diary.signed:
            people.setdefault(digest, []).append(person)
        assert live
        assert {r["approved_by"] for r in live} <= {", ".join(p) for p in people.values()}
        assert {r["author"] for r in live} <= {"engineer", "platform"}
        assert auditor.against(32) == {}


def test_changes_since_a_moment_lead_from_what_was_to_what_is(lived):
    for diary, auditor in lived:
        size = diary.marks[len(diary.marks) // 2][0]
        before = {r["name"]: r["value"] for r in auditor.rows(32, _as_of=str(size), kind="mode")}
        for row in auditor.rows(32, _since=size, what="changed", kind="mode"):
            assert before.get(row["name"]) == row["was"]
            before[row["name"]] = row["value"]
        now = auditor.rows(32, what="in force", kind="mode")
        assert before == {r["name"]: r["value"] for r in now}


def test_going_live_with_no_sign_off_left_on_record_is_named(lived, tmp_path):
    _, auditor = lived[0]
    signed = [
        e for r in auditor.rows(3, what="sign-off") for e in r["cites"][-1:]
    ]  # fmt: skip
    for n, index in enumerate(signed[:2]):
        auditor = auditor.without(index, tmp_path / f"{n}")

    assert "it went live with no sign-off on record" in auditor.against(32).values()


def test_specs_that_change_or_go_are_told_by_their_digests(wrote):
    first = wrote.specs("2026-01-01T08:00:00Z")
    first.body["digests"] = {"Rollout/falls": "a" * 64, "Site/Elm": "b" * 64}
    then = wrote.specs("2026-02-01T08:00:00Z")
    then.body["digests"] = {"Rollout/falls": "c" * 64}
    wrote.add(first, then)

    assert [r["value"] for r in wrote.auditor.rows(32, what="in force")] == ["c" * 64]
    changed = wrote.auditor.rows(32, _since=1, what="changed")
    assert [(r["name"], r["was"][0], r["value"][:7]) for r in changed] == [
        ("falls/Rollout/falls", "a", "ccccccc"), ("falls/Site/Elm", "b", "no more"),
    ]  # fmt: skip
    assert wrote.auditor.rows(32, what="changed") == []


def test_a_plan_approved_by_whoever_made_it_is_named(wrote):
    at, named = "2026-01-01T08:00:00Z", "0" * 64
    plan = {"type": "plan/1", "digest": named, "plan": {"requires": [{"role": "cmio", "n": 1}]}}
    signed = {"type": "sign_off/1", "digest": named, "role": "cmio", "person": "engineer"}
    live = wrote.receipt(at, ("Alder", (None, "falls-1"), ("silent", "live")))
    wrote.add(
        wrote.fact("decided", at, plan, by=By("engineer")),
        wrote.fact("said", at, signed, by=By("engineer")),
        live,
    )

    assert wrote.auditor.against(32) == {
        "mode/falls/Alder/*@2": "engineer made the plan and approved it"
    }


def test_where_nothing_was_configured_it_says_what_was_searched(wrote):
    wrote.add(wrote.card("a", "2026-01-01T09:00:00Z"))

    because = wrote.auditor.ask(32)["because"]
    assert because == "Searched 1 facts: nothing was ever declared, planned or ordered."
