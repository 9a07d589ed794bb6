"""Which inputs measure a protected characteristic is told of every tool, or said to be unknown."""

from __future__ import annotations

import json
import random

import msgspec
import pytest
from click.testing import CliRunner

from attending.admit import admit
from attending.cli.inventory import inventory
from attending.cli.proof.audit import audit
from attending.facts.fact import By, Fact
from attending.wiring import open_books

NAMES = ("race", "color", "national_origin", "sex", "age", "disability")
HEADER = ["tool", "name", "vendor", "made", "owner", "claimed_status", "use_case",
          *(f"protected_{n}" for n in NAMES), "protected_reviewed_on", "mitigation"]  # fmt: skip


class Office:
    """Whoever keeps the inventory, with a list of their own beside it."""

    def __init__(self, folder):
        self.store, self.file, self.rows = folder / "s", folder / "tools.csv", {}

    def type_(self, verb, *words):
        done = CliRunner().invoke(
            verb, [*map(str, words), "--store", str(self.store), "-o", "json"]
        )
        assert done.exit_code == 0, done.exception
        return json.loads(done.stdout)

    def keep(self, tool, **values):
        self.rows[tool] = dict.fromkeys(HEADER, "") | {"tool": tool, "name": tool.upper()} | values

    def hand_in(self):
        lines = [",".join(HEADER), *(",".join(r[c] for c in HEADER) for r in self.rows.values())]
        self.file.write_text("\n".join(lines) + "\n", "utf-8")
        self.type_(inventory, "import", self.file, "--as", "compliance-office")

    def set_(self, tool, column, value):
        self.rows[tool][column] = value
        self.type_(
            inventory, "set", tool, column, value or "not known", "--as", "compliance-office"
        )

    def ask(self, *words):
        return self.type_(audit, "q", 9, *words)


@pytest.fixture
def office(tmp_path):
    return Office(tmp_path)


def test_every_characteristic_of_every_tool_is_a_row_or_an_exception_or_none(office):
    """Rows, edits and new workbooks at random; the office's own list says what must come of it."""
    dice = random.Random(3)
    words = ("direct", "proxy", "none", "not_known", "")
    for n in range(8):
        office.keep(f"t{n}", made=dice.choice(("bought", "built")), vendor=f"v{n}", owner="p",
                    claimed_status=dice.choice(("live", "pilot", "retired")),
                    **{f"protected_{name}": dice.choice(words) for name in NAMES})  # fmt: skip
    office.hand_in()
    for turn in range(4):
        for _ in range(4):
            tool, name = dice.choice([*office.rows]), dice.choice(NAMES)
            office.set_(tool, f"protected_{name}", dice.choice(words[:4]))
        if turn % 2:
            office.hand_in()
        told = office.ask()
        used = {t: r for t, r in office.rows.items() if r["claimed_status"] != "retired"}
        rows = {row[0]: row[told["columns"].index("measured")] for row in told["rows"]}
        assert rows == {
            f"{t}/{n}": r[f"protected_{n}"]
            for t, r in used.items()
            for n in NAMES
            if r[f"protected_{n}"] in ("direct", "proxy")
        }
        wrong = {w["key"] for w in told["exceptions"]}
        unknown = {f"{t}/{n}" for t, r in used.items() for n in NAMES
                   if r[f"protected_{n}"] in ("not_known", "")}  # fmt: skip
        measuring = {key.partition("/")[0] for key in rows}
        assert wrong == unknown | {f"{t}/{w}" for t in measuring for w in ("review", "mitigation")}


def test_a_review_counts_for_a_year_and_mitigation_is_named_by_its_digest(office, monkeypatch):
    none = {f"protected_{n}": "none" for n in NAMES} | {"protected_age": "direct", "owner": "p"}
    office.keep("new", **none, protected_reviewed_on="2026-09-01", mitigation="we weigh it")
    office.keep("old", **none, protected_reviewed_on="2020-01-01", mitigation="we weigh it")
    office.hand_in()

    told = office.ask()

    assert {w["key"] for w in told["exceptions"]} == {"old/review"}
    assert "weigh" not in json.dumps(told)
    assert all(len(row[told["columns"].index("mitigation")]) == 64 for row in told["rows"])


def test_a_use_case_with_a_protected_input_that_no_inventory_lists_is_named(office, root):
    spec = msgspec.to_builtins(admit(root / "usecases" / "aki_alert").use_case)
    spec["risk"]["protected_input"] = True
    with open_books(office.store) as books:
        body = {"type": "specs/1", "documents": {"use_case": spec}}
        books.write([Fact(kind="declared", key="k", at=books.at, by=By("e"), use_case="aki_alert",
                          body=body)])  # fmt: skip
    assert [w["key"] for w in office.ask()["exceptions"]] == ["aki_alert/inventory"]

    office.keep("kidney", owner="p", use_case="aki_alert",
                **{f"protected_{n}": "none" for n in NAMES})  # fmt: skip
    office.hand_in()

    assert office.ask()["exceptions"] == []
    assert office.ask()["because"] == "0 of 1 tools measure a protected characteristic."


def test_without_a_cited_fact_the_row_is_told_otherwise(office):
    """What was said after the row is cited with it: an answer as of before says otherwise."""
    office.keep("a", owner="p", protected_race="none")
    office.hand_in()
    office.set_("a", "protected_race", "proxy")

    (row,) = office.ask()["rows"]
    before = office.ask("--as-of", row[-1][-1])

    assert len(row[-1]) == 2
    assert before["rows"] == []


def test_what_a_new_workbook_says_of_a_column_goes_before_what_was_said(office):
    office.keep("a", owner="p", protected_race="none", protected_sex="none")
    office.hand_in()
    office.set_("a", "protected_race", "proxy")
    office.set_("a", "protected_sex", "proxy")
    office.rows["a"] |= {"protected_race": "direct", "protected_sex": "none"}
    office.hand_in()

    told = office.ask()

    measured = told["columns"].index("measured")
    assert {row[0]: row[measured] for row in told["rows"]} == {
        "a/race": "direct", "a/sex": "proxy",
    }  # fmt: skip
