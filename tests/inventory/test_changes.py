"""A workbook that has changed: what is new is written, what is gone is said and kept."""

from __future__ import annotations

import random

from attending.ledger.open_reader import open_reader

HEADER = "tool,name,owner,claimed_status,spend_2026_license,currency"


def sheet(rows):
    return "\n".join([HEADER, *(",".join(row) for row in rows)]) + "\n"


def facts(store):
    return [e for e in open_reader(store).entries() if e.fact.type == "tool/1"]


def test_only_rows_that_changed_are_written_and_they_supersede(typed, tmp_path):
    """Rows are edited, moved, taken out and put back at random; a list beside keeps the truth."""
    dice, file = random.Random(5), tmp_path / "tools.csv"
    rows = [[f"t{n}", f"Name {n}", f"post-{n}", "live", "10", "USD"] for n in range(9)]
    known, taken_out = {}, []
    for turn in range(12):
        for _ in range(dice.randrange(3)):
            dice.choice(rows)[2] = f"post-{turn}-{dice.randrange(99)}"
        if turn % 3 == 1:
            taken_out.append(rows.pop(dice.randrange(len(rows))))
        elif turn % 3 == 2:
            rows.append(taken_out.pop())
        dice.shuffle(rows)
        file.write_text(sheet(rows), "utf-8")

        told = typed("import", file, "--as", "cmio-office")

        assert {*told["written"]} == {r[0] for r in rows if known.get(r[0]) != r}
        assert {*told["vanished"]} == {*known} - {r[0] for r in rows}
        known |= {r[0]: [*r] for r in rows}
        listed = {t["tool"]: t for t in typed("list")["tools"]}
        assert {t: listed[t]["owner"] for t in listed} == {t: r[2] for t, r in known.items()}
        assert {t for t in listed if listed[t]["is_gone"]} == {*told["vanished"]}
    last = {}
    for entry in facts(typed.store):
        assert entry.fact.supersedes == last.get(entry.fact.body["tool"])
        last[entry.fact.body["tool"]] = entry.index


def test_an_older_workbook_comes_back_as_the_last_one(typed, tmp_path):
    a, b, out = tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "out.csv"
    a.write_text(sheet([["t1", "One", "post-1", "live", "1", "USD"]]), "utf-8")
    b.write_text(sheet([["t1", "One", "post-2", "live", "1", "USD"]]), "utf-8")
    for file in (a, b, a):
        typed("import", file, "--as", "cmio-office")

    typed("export", out)

    assert out.read_bytes() == a.read_bytes()
    assert typed("list")["tools"][0]["owner"] == "post-1"


def test_a_header_may_be_untidy_and_each_liberty_is_said(typed, tmp_path):
    from click.testing import CliRunner

    from attending.cli.inventory import inventory

    file = tmp_path / "tools.csv"
    file.write_text("OWNER,Claimed Status,Name ,ownr,Budget\npost-1,Live,One,x,5\n", "utf-8")

    done = CliRunner().invoke(
        inventory, ["import", str(file), "--as", "x", "--store", str(tmp_path / "s")]
    )

    said = done.stderr
    assert "'OWNER' was read as 'owner'" in said
    assert "another order" in said
    assert "'ownr' is none of the inventory (did you mean 'owner'?)" in said
    assert "'Budget' is none of the inventory" in said
    assert "no column tool, aliases" in said
    assert "no id of a tool stands there; 'one' was made" in said
    assert "1 tools in sheet csv: 1 new or changed" in done.stdout


def test_what_people_wrote_of_mitigation_is_sealed(typed, tmp_path):
    file = tmp_path / "tools.csv"
    file.write_text("tool,name,owner,mitigation\nt1,One,p,we talked to Dr Somebody\n", "utf-8")

    typed("import", file, "--as", "cmio-office")

    assert not [e for e in open_reader(typed.store).entries() if "Somebody" in str(e.fact)]
    (fact,) = facts(typed.store)
    digest = fact.fact.body["mitigation"]
    assert open_reader(typed.store).sealed(digest) is not None
    assert b"Somebody" not in (typed.store / "ledger.db").read_bytes()


def test_a_value_that_no_column_takes_is_refused_with_what_it_takes(typed, tmp_path):
    file = tmp_path / "tools.csv"
    file.write_text(sheet([["t1", "One", "", "lively", "1", "USD"]]), "utf-8")
    told = typed("import", file, "--as", "cmio-office")
    doubts = {d["field"]: d["id"] for d in told["doubts"]}
    before = open_reader(typed.store).size()

    for words, said in (
        (("answer", doubts["claimed_status"], "lively"), "in_review"),
        (("answer", "0000000000", "live"), doubts["owner"]),
        (("set", "t1", "started_on", "03/04/2026"), "2026-10-13"),
        (("set", "t1", "spend_2026_license", "1,000"), "12000"),
        (("set", "t1", "name", "=cmd()"), "formula"),
        (("set", "t1", "ownr", "x"), "owner"),
        (("set", "t2", "owner", "x"), "t1"),
        (("set", "t1", "tool", "t3"), "workbook alone"),
    ):
        assert said in str(typed(*words, "--as", "x", code=1)), words
    assert open_reader(typed.store).size() == before
    typed("answer", doubts["owner"], "not known", "--as", "cmio-office")
    assert {d["field"] for d in typed("list")["tools"][0]["doubts"]} == {"claimed_status"}
