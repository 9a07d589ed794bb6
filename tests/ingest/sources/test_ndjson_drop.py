"""Of a file of JSON lines each good line is read, and each broken one is set aside by number."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.errors import NoSuchName, Refused
from attending.ingest.source import LONGEST_LINE
from attending.ingest.sources.ndjson_drop import ndjson_drop

NEEDED = frozenset({"id"})

# A line, and a word of the reason it is set aside for.
BROKEN = {
    "not JSON at all": ("id=1", "not JSON"),
    "cut off": ('{"id": "1", "x": "tr', "not JSON"),
    "two objects": ('{"id": "1"} {"id": "2"}', "not JSON"),
    "a list": ('["id", "1"]', "not a JSON object"),
    "text alone": ('"id"', "not a JSON object"),
    "nothing": ("null", "not a JSON object"),
    "an object inside": ('{"id": "1", "x": {"y": 1}}', "a value inside a value"),
    "a list inside": ('{"id": "1", "x": [1]}', "a value inside a value"),
    "a key twice": ('{"id": "1", "id": "2"}', "a key stands twice"),
    "a key twice but for blanks": ('{"id": "1", "id ": "2"}', "a key stands twice"),
    "a key twice, deep inside": ('{"id": "1", "x": {"y": 1, "y": 2}}', "a key stands twice"),
    "not a number": ('{"id": "1", "x": NaN}', "NaN is no number"),
    "no end of a number": ('{"id": "1", "x": -Infinity}', "-Infinity is no number"),
    "half a character": ('{"id": "1", "x": "\\ud83d"}', "half a surrogate pair"),
    "half a character as key": ('{"id": "1", "\\ud83d": "x"}', "half a surrogate pair"),
    "a raw control character": ('{"id": "1\x01"}', "not JSON"),
    "an endless depth": ("[" * 100_000, "not JSON"),
    "an endless line": ('{"id": "' + "x" * LONGEST_LINE + '"}', "longer than"),
}

# Text as a person may type it, without halves of characters, which no file can hold.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.one_of(
    TEXT, st.integers(), st.booleans(), st.none(), st.floats(allow_nan=False, allow_infinity=False)
)
GOOD = st.builds(
    lambda name, more: {"id": name} | more,
    TEXT,
    st.dictionaries(st.sampled_from(["site", "day", "mörk"]), VALUES, max_size=3),
)


def drop(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


def as_cell(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    return "" if value is None else json.dumps(value)


@given(
    st.lists(st.one_of(GOOD, st.sampled_from(sorted(BROKEN)), st.just(""))),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_of_any_mixture_exactly_the_broken_lines_are_set_aside(
    mixture: list[dict[str, object] | str], end: str, escaped: bool
) -> None:
    lines = [
        json.dumps(each, ensure_ascii=escaped)
        if isinstance(each, dict)
        else BROKEN[each][0]
        if each
        else ""
        for each in mixture
    ]
    with tempfile.TemporaryDirectory() as folder:
        rows = ndjson_drop(drop(Path(folder) / "f.ndjson", end.join(lines)), needed=NEEDED)

    good = {n: each for n, each in enumerate(mixture, 1) if isinstance(each, dict)}
    assert {row.number: row.cells["id"] for row in rows.rows} == {
        n: as_cell(each["id"]) for n, each in good.items()
    }
    for row in rows.rows:
        told = {name: as_cell(value) for name, value in good[row.number].items()}
        assert row.cells == dict.fromkeys(rows.columns, "") | told
    broken = {
        n: BROKEN[each][1] for n, each in enumerate(mixture, 1) if isinstance(each, str) and each
    }
    assert [n for n, _, _ in rows.broken] == sorted(broken)
    for number, because, _ in rows.broken:
        assert broken[number] in because


@pytest.mark.parametrize("name", BROKEN)
def test_each_broken_line_is_set_aside_for_its_own_reason(name: str, tmp_path: Path) -> None:
    line, why = BROKEN[name]
    rows = ndjson_drop(drop(tmp_path / "f.jsonl", f'{{"id": "1"}}\n{line}\n'), needed=NEEDED)

    [(number, because, digest)] = rows.broken
    assert (number, why in because) == (2, True)
    assert len(digest) == 64


def test_a_number_is_read_as_it_is_spelled(tmp_path: Path) -> None:
    line = '{"id": 0012345678901234567890, "a": 1}\n{"id": 12345678901234567890123, "a": 1.50}'
    rows = ndjson_drop(drop(tmp_path / "f.ndjson", line), needed=NEEDED)

    assert [row.cells for row in rows.rows] == [{"id": "12345678901234567890123", "a": "1.50"}]
    assert [n for n, _, _ in rows.broken] == [1], "JSON knows no leading zeros"


def test_a_key_that_no_line_has_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(NoSuchName, match="did you mean 'idd'"):
        ndjson_drop(drop(tmp_path / "f.ndjson", '{"idd": 1}'), needed=NEEDED)


def test_text_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "f.ndjson").write_bytes(b'{"id": 1}\n{"id": "\xff"}')

    with pytest.raises(Refused, match=r"f\.ndjson:2: not UTF-8"):
        ndjson_drop(tmp_path / "f.ndjson", needed=NEEDED)


def test_a_file_without_lines_is_a_file_without_rows(tmp_path: Path) -> None:
    rows = ndjson_drop(drop(tmp_path / "f.ndjson", "\ufeff\n"), needed=NEEDED)

    assert (rows.rows, rows.broken) == ((), ())
