"""A file's name says how it is read, and its columns say what it tells."""

from __future__ import annotations

import csv
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from attending.admit import admit
from attending.cli.replay import read, recorded_source
from attending.errors import NoSuchName, Refused
from attending.facts.case import OutcomeRow, RecordedCase
from attending.ingest.drop import look_into, reader_of
from attending.ingest.mapping import Mapping, keyed
from attending.ingest.streams.aside import Aside
from attending.spec.parse import parse

if TYPE_CHECKING:
    from pathlib import Path

SOURCE: dict[str, Any] = {
    "kind": "Source",
    "cases": {
        "case": "id",
        "site": {"column": "h"},
        "day": {"column": "t", "days_since": "site_launch"},
        "left_out": [{"column": "old", "values": ["1"], "because": "it was trained on them"}],
    },
    "outcomes": {"bad": {"column": "y", "known_after": "1 d"}},
}


def read_text(path: Path, text: str, **cases: Any) -> Any:
    source: Any = parse(SOURCE | {"cases": SOURCE["cases"] | cases})
    path.write_text(text, "utf-8")
    mapping = Mapping(source, sites=frozenset({"A"}), naming=keyed(b"k", source))
    drop, aside = look_into(path, source, mapping, first=None), Aside(str.upper)
    told = list(drop.told(aside))
    return SimpleNamespace(
        cases=[each for each in told if isinstance(each, RecordedCase)],
        outcomes=[each for each in told if isinstance(each, OutcomeRow)],
        parked=list(aside.rows()),
        rows=drop.rows,
        left_out=drop.left_out,
    )


def test_a_name_that_does_not_say_how_to_read_it_is_refused(tmp_path: Path) -> None:
    assert reader_of(tmp_path / "F.JSONL") is reader_of(tmp_path / "f.ndjson")
    with pytest.raises(Refused, match=r"accepted: \.csv, \.ndjson, \.jsonl"):
        reader_of(tmp_path / "f.json")


def test_cases_and_outcomes_may_come_together_or_apart(tmp_path: Path) -> None:
    both = read_text(tmp_path / "a.csv", "id,h,t,old,y\n1,A,0,0,1\n2,A,0,1,1\n")
    cases = read_text(tmp_path / "b.csv", "id,h,t,old\n1,A,0,0\n2,A,0,1\n")
    outcomes = read_text(tmp_path / "c.csv", "id,y,note\n1,1,x\n")

    assert [o.y for case in both.cases for o in case.outcomes] == [True]
    assert both.left_out == cases.left_out == {"it was trained on them": 1}
    assert [o.y for case in cases.cases for o in case.outcomes] == [None]
    [row] = outcomes.outcomes
    assert (row.name, row.site) == (both.cases[0].case, None)


@pytest.mark.parametrize("columns", ["id,h,tt,old,y", "id,h,t,older,y"])
def test_a_misspelt_column_of_cases_never_makes_a_file_of_outcomes(
    tmp_path: Path, columns: str
) -> None:
    with pytest.raises(NoSuchName, match="did you mean"):
        read_text(tmp_path / "a.csv", f"{columns}\n1,A,0,0,1\n")


def test_rows_of_one_case_that_differ_are_all_set_aside(tmp_path: Path) -> None:
    told = read_text(tmp_path / "a.csv", "id,y\n1,1\n1,0\n2,1\n2,1\n")

    assert [row.row for row in told.parked] == [2, 3]
    assert [row.row for row in told.outcomes] in ([4], [5])


def test_cases_in_an_order_of_their_own_cannot_come_a_file_at_a_time(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="replay it instead"):
        read_text(tmp_path / "a.csv", "id,h\n1,A\n", day={"hash_of": "id", "per_day": 2})


def test_a_replay_reads_json_lines_as_it_reads_csv(root: Path, tmp_path: Path) -> None:
    folder = admit(root / "usecases" / "aki_alert")
    columns = ["id", "hospital", "studytime", "alert", "sex", "age", "death14", "dialysis14"]
    columns += ["aki_progression14", "acearb_stopped24", "nsaid_stopped24", "ppi_stopped24"]
    rows = [dict.fromkeys(columns, "1") | {"id": str(n), "age": "70.5"} for n in range(5)]
    with (tmp_path / "f.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    (tmp_path / "f.ndjson").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")

    source = recorded_source(folder)
    one, other = (
        read(folder, source, path, path) for path in (tmp_path / "f.csv", tmp_path / "f.ndjson")
    )
    found = [
        [(case.case, case.day, case.subgroups, case.outcomes) for case in told.cases[1]]
        for told in (one, other)
    ]
    assert found[0] == found[1]
    assert len(found[0]) == 5


def test_a_packed_file_is_told_to_be_unpacked(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"packed.*unpack it first.*\.csv"):
        reader_of(tmp_path / "falls.csv.gz")
