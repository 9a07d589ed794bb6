"""Lines read together have the rows, and the reasons, that each has when it is read by itself."""

from __future__ import annotations

import gzip
import importlib.util
import json
import random
from io import BytesIO

import msgspec
import pyarrow.parquet as pq
import pytest

from attending.fhir.decode import decode_exact
from attending.fhir.mapped import MappedColumn, MeasuredColumn
from attending.fhir.mapped_view import mapped_view
from attending.fhir.terms import TermRow, Terms
from attending.fhir.view import view
from attending.ingest.flat import flatten
from attending.ingest.flat.flatten import BLOCK, Flattening
from attending.lake.inflate import pieces

RAW = "d" * 64
EACH = 24  # lines of a kind; a form is looked for from 16 on
as_text = msgspec.json.Encoder(decimal_format="number").encode


def columns(**paths):
    kinds = {"n": "decimal", "i": "integer", "b": "boolean"}
    told = {name: kinds.get(name.partition("_")[0], "string") for name in paths}
    return [{"name": n, "path": path, "type": told[n]} for n, path in paths.items()]


VIEWS = [
    {
        "resource": "Observation",
        "where": [{"path": "status.exists() and status != 'entered-in-error'"}],
        "select": [
            {
                "column": columns(
                    key="getResourceKey()",
                    patient="subject.getReferenceKey(Patient)",
                    encounter="encounter.getReferenceKey()",
                    code="code.coding.where(system = 'http://loinc.org').code.first()",
                    at="effective.ofType(dateTime)",
                    n_value="value.ofType(Quantity).value",
                    i_value="value.ofType(integer)",
                    b_some="category.coding.exists(code = 'laboratory') or component.empty()",
                )
            },
            {
                "forEachOrNull": "component",
                "column": columns(
                    part="code.coding.code.first()", n_part="value.ofType(Quantity).value"
                ),
            },
        ],
    },
    {
        "resource": "Encounter",
        "select": [
            {
                "column": columns(key="getResourceKey()", kind="class.code", begin="period.start"),
                "select": [
                    {
                        "unionAll": [
                            {
                                "forEach": "participant",
                                "column": columns(who="individual.getReferenceKey()"),
                            },
                            {
                                "column": columns(
                                    who="serviceProvider.getReferenceKey(Organization)"
                                )
                            },
                        ]
                    }
                ],
            }
        ],
    },
]
OBSERVED = {
    "resourceType": "Observation",
    "id": "o1",
    "meta": {"lastUpdated": "2026-03-01T10:00:00Z"},
    "status": "final",
    "category": [{"coding": [{"code": "laboratory"}]}],
    "code": {
        "coding": [{"system": "http://loinc.org", "code": "1-8"}, {"system": "x", "code": "y"}]
    },
    "subject": {"reference": "Patient/p1", "type": "Patient"},
    "encounter": {"reference": "Encounter/e1"},
    "valueQuantity": {"value": 7.25, "unit": "mg"},
    "component": [{"valueQuantity": {"value": 1}}, {"code": {"coding": [{"code": "c"}]}}],
}
# What takes the place of a text or of a number: values that views and readers treat unlike others.
TEXTS = (
    "http://loinc.org", "laboratory", "entered-in-error", "Patient/p2", "Group/g1", "Patient/p 2",
    "urn:uuid:1", "#in", "http://far/Patient/p3", "Patient", "", "é", "\\u00e9", "\\ud800",
    "\\u200b", "\\uDC00", "\\u0041", "\\u00", "a\\nb", "\\\\", "\\/", "\\b\\t", "\\x", "\\u00e9z",
    'a\\"b', "\t", "\x7f", "\ufeff", "2026-02-30", "soon", "x" * 65, "../x", "7", "{", "]",
)  # fmt: skip
NUMBERS = (
    "0", "-0", "1.0", "1.00", "-1.5", "1e2", "1E400", "1e-5000", "NaN", "01", "1.", "true", "null",
    '"7"', "9223372036854775808", "123456789012345678", "0.1234567890123456789", "[1]", "{}", "1 2",
    "100000000000000000000.5", "-0.0", "0.0000001",
)  # fmt: skip
SIGNS = (b'"', b"{", b"}", b"[", b"]", b":", b",", b" ", b"\\", b"\x00", b"\xff", b"\r", b"1", b"-")


def changed(line, dice):
    """Give a line with one thing changed, or none."""
    way = dice.randrange(8)
    raw = line.decode()
    parts = raw.split('"')
    if way == 0:
        parts[dice.randrange(len(parts) // 2) * 2 + 1] = dice.choice(TEXTS)
    elif way == 1:
        a, b = (dice.randrange(len(parts) // 2) * 2 + 1 for _ in range(2))
        parts[a] = parts[b]
    elif way in (2, 3):
        there = [n for n in range(0, len(parts), 2) if any(c.isdigit() for c in parts[n])]
        if there:
            n = dice.choice(there)
            digits = "".join(c if c in "0123456789.-" else " " for c in parts[n]).split()[0]
            parts[n] = parts[n].replace(digits, dice.choice(NUMBERS), 1)
    elif way == 4:
        at = dice.randrange(len(line))
        return line[:at] + dice.choice(SIGNS) + line[at + dice.randrange(2) :]
    return '"'.join(parts).encode("utf-8", "surrogatepass")


def flattened(tried, raw, into, *, together):
    tried = view(tried) if isinstance(tried, dict) else tried
    done = Flattening(tried, RAW, together=together).write(pieces(BytesIO(raw)), into)
    rows = [tuple(row.values()) for row in pq.read_table(into).to_pylist()]
    return done, sorted(rows, key=repr), sorted(done.asides)


def both(tried, raw, folder):
    """Compare the two readings; give how many lines were read together."""
    one, one_rows, one_asides = flattened(tried, raw, folder / "one.parquet", together=False)
    many, many_rows, many_asides = flattened(tried, raw, folder / "many.parquet", together=True)
    assert many_rows == one_rows
    assert many_asides == one_asides
    assert (many.lines, many.rows) == (one.lines, one.rows)
    return many.lines - many.one_at_a_time, many


@pytest.fixture(scope="module")
def mutator(data, root):
    spec = importlib.util.spec_from_file_location("mutator", root / "tests/fhir/mutator.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Mutator(data, seed=3)


def test_any_text_in_the_place_of_any_other_is_read_alike_together_and_alone(tmp_path):
    parts = json.dumps(OBSERVED).split('"')
    lines = [json.dumps(OBSERVED | {"id": f"o{n}"}).encode() for n in range(400)]
    for n in range(1, len(parts), 2):
        lines += ['"'.join([*parts[:n], text, *parts[n + 1 :]]).encode() for text in TEXTS]

    n_together, done = both(VIEWS[0], b"\n".join(lines), tmp_path)

    assert n_together > 550
    assert done.one_at_a_time > 300


def test_an_escape_that_no_column_reads_is_no_reason_to_read_a_line_alone(tmp_path):
    escapes = ("\\u200b", "\\n", "\\u00b5", "\\ufffd")
    lines = []
    for n in range(400):
        body = json.dumps(OBSERVED | {"id": f"o{n}", "note": [{"text": "HERE"}]})
        lines.append(body.replace("HERE", escapes[n % 4] * (n % 3 + 1)).encode())

    n_together, done = both(VIEWS[0], b"\n".join(lines), tmp_path)

    assert (n_together, done.rows) == (400, 800)


def test_lines_that_end_in_two_characters_are_read_together_too(tmp_path):
    lines = [json.dumps(OBSERVED | {"id": f"o{n}"}).encode() for n in range(200)]
    lines[3] = lines[3][:-1] + b"\r}"  # white space within
    lines[5] = lines[5].replace(b"final", b"fi\rnal")
    lines[6:6] = [b"", b"\r", b" "]
    raw = b"\r\n".join(lines)

    n_together, done = both(VIEWS[0], raw, tmp_path)

    assert (n_together, done.rows) == (198, 398)
    assert [each.offset for each in done.asides] == [raw.index(lines[5])]
    for row in pq.read_table(tmp_path / "many.parquet").to_pylist():
        assert json.loads(raw[row["_offset"] :][: row["_length"]])["id"] in row["key"]


MAPPED = {
    "resource": "Observation",
    "name": "measured",
    "select": [
        {
            "column": columns(
                key="getResourceKey()",
                code="code.coding.code.first()",
                system="code.coding.system.first()",
                n_value="value.ofType(Quantity).value",
                unit="value.ofType(Quantity).code",
            )
        }
    ],
}


@pytest.mark.parametrize("by_system", [True, False])
def test_codes_and_amounts_go_through_maps_alike_together_and_alone(tmp_path, by_system):
    dice = random.Random(11)
    ours = [
        ("x", "a", "b"),
        ("http://loinc.org", "1-8", "L"),
        ("x", "two", "t1"),
        ("x", "two", "t2"),
    ]
    terms = Terms(
        TermRow(
            map="local", version="1", source_system=system, source_code=code,
            target_system="ours", target_code=target, equivalence="equal",
        )
        for system, code, target in ours
    )  # fmt: skip
    whose = {"system_column": "system"} if by_system else {"system": "x"}
    going = (
        MappedColumn(view="measured", column="code", map="local", **whose),
        MeasuredColumn(view="measured", column="n_value", unit_column="unit", to="mg/dL"),
    )
    tried = mapped_view(view(MAPPED), going, terms, "2026-03-01")
    lines = []
    for n in range(600):
        coding = {"system": dice.choice(["x", "http://loinc.org"])}
        coding |= dice.choice([{"code": each} for each in ("a", "1-8", "two", "none", "")] + [{}])
        amount = {"value": dice.choice([1, 7, 0, 2_000_000_000]), "code": "mg/dL"}
        amount["code"] = dice.choice(["mg/dL", "g/L", "grams", "mmol/L"])
        body = OBSERVED | {"id": f"o{n}", "code": {"coding": [coding]}, "valueQuantity": amount}
        spelled = dice.choice(["7.250", "0.0000001", "12345678901234567.5", "-3.1", "1e2"])
        raw = json.dumps(body)
        lines.append((raw.replace(": 7,", f": {spelled},") if n % 2 else raw).encode())

    huge = OBSERVED | {"valueQuantity": {"value": 12345678901234567890, "code": "kg/L"}}
    lines.insert(300, json.dumps(huge).encode())

    n_together, done = both(tried, b"\n".join(lines), tmp_path)

    assert n_together > 300
    rows = pq.read_table(tmp_path / "many.parquet").to_pylist()
    own = [name for name in rows[0] if not name.startswith("_")]
    for row in rows:  # and as the view itself gives them
        raw = b"\n".join(lines)[row["_offset"] :][: row["_length"]]
        [expected] = tried.rows(decode_exact(raw))
        assert {name: row[name] for name in own} == expected
    assert [each.reason for each in done.asides] == ["does_not_fit"]
    assert {row["code_map"] for row in rows} >= {"local@1", "unmapped", "many", "no code"}
    assert {row["n_value_map"] for row in rows} == {"mg/dL", "unmapped"}
    assert done.rows == len(rows) > 500


@pytest.mark.parametrize("seed", range(3))
def test_lines_bent_in_every_way_are_read_alike_together_and_alone(tmp_path, seed):
    dice = random.Random(seed)
    line = json.dumps(OBSERVED, separators=dice.choice([(",", ":"), (", ", ": ")])).encode()
    lines = [line.replace(b'"o1"', b'"o%d"' % n) for n in range(1_500)]
    lines = [changed(each, dice) if n % 3 == 0 else each for n, each in enumerate(lines)]
    dice.shuffle(lines)

    n_together, done = both(VIEWS[0], b"\n".join(lines), tmp_path)

    assert n_together > 1_000
    assert len({each.reason for each in done.asides}) > 6


@pytest.mark.parametrize("tried", VIEWS, ids=["observation", "encounter"])
def test_real_resources_bent_and_repeated_are_read_alike_together_and_alone(
    tmp_path, mutator, tried
):
    dice = random.Random(5)
    lines = []
    for i in range(60):
        body = as_text(mutator.resource(i, tried["resource"]))
        lines += [changed(body, dice) if n % 2 else body for n in range(EACH)]

    n_together, _ = both(tried, b"\n".join(lines), tmp_path)

    assert n_together > len(lines) // 3


def test_a_form_that_no_line_of_a_later_block_is_like_changes_nothing_there():
    usual = [json.dumps(OBSERVED | {"id": f"o{n}"}).encode() for n in range(EACH)]
    other = [each.replace(b'"unit"', b'"code"') for each in usual]
    flattening = Flattening(view(VIEWS[0]), RAW)

    first = flattening.of_lines(b"\n".join([*other, *usual, b""]))
    later = flattening.of_lines(b"\n".join([*usual, b""]))

    assert [(rows.num_rows, asides, n_single) for rows, asides, n_single in (first, later)] == [
        (4 * EACH, [], 0),
        (2 * EACH, [], 0),
    ]


def test_rows_say_which_bytes_they_are_from(tmp_path):
    lines = [json.dumps(OBSERVED | {"id": f"o{n}"}).encode() for n in range(200)]
    lines[7] = b" " + lines[7] + b"\r"
    raw = b"\xef\xbb\xbf" + b"\n\n".join(lines)

    done, _, _ = flattened(VIEWS[0], raw, tmp_path / "rows.parquet", together=True)

    rows = pq.read_table(tmp_path / "rows.parquet").to_pylist()
    assert (done.lines, len(rows)) == (200, 400)
    for row in rows:
        own = json.loads(raw[row["_offset"] : row["_offset"] + row["_length"]])
        assert row["key"] == f"Observation/{own['id']}"
        assert row["_raw"] == RAW


def test_a_file_larger_than_a_block_or_cut_off_or_with_a_line_too_long_loses_nothing(tmp_path):
    lines = [json.dumps(OBSERVED | {"id": f"o{n}"}).encode() for n in range(9_000)]
    raw = b"\n".join(lines)
    long = b'{"resourceType":"' + b"y" * (17 << 20) + b'"}'
    assert len(raw) > BLOCK

    whole, rows, _ = flattened(VIEWS[0], raw, tmp_path / "a.parquet", together=True)
    with_long, again, asides = flattened(
        VIEWS[0], long + b"\n" + raw, tmp_path / "b.parquet", together=True
    )
    packed = gzip.compress(raw)
    packed = packed[: len(packed) * 9 // 10]
    cut, _, told = flattened(VIEWS[0], packed, tmp_path / "c.parquet", together=True)

    assert (whole.lines, whole.rows, len(rows), len(again)) == (9_000, 18_000, 18_000, 18_000)
    assert (with_long.lines, asides[0][:4]) == (9_001, (0, len(long), "frame", "too_long"))
    assert [each.reason for each in told] == ["truncated"]
    assert told[0].offset == sum(len(line) + 1 for line in lines[: cut.lines - 1])


def test_what_has_no_type_and_what_a_list_holds_are_told_as_text(tmp_path):
    column = [
        {"name": "any", "path": "value.ofType(boolean)"},
        {"name": "many", "path": "component.value.ofType(Quantity).value", "collection": True},
    ]
    tried = {"resource": "Observation", "name": "v", "select": [{"column": column}]}
    line = (
        b'{"resourceType":"Observation","id":"a","valueBoolean":true,'
        b'"component":[{"valueQuantity":{"value":1.50}},{"valueQuantity":{"value":2}}]}\n'
    )
    _, rows, asides = flattened(tried, line, tmp_path / "rows.parquet", together=False)
    assert [row[:2] for row in rows] == [("true", ["1.50", "2"])]
    assert asides == []


def test_a_long_line_in_many_small_pieces_is_not_looked_over_for_each(tmp_path, monkeypatch):
    looked = []
    whole_lines = flatten._whole_lines
    monkeypatch.setattr(flatten, "_whole_lines", lambda h: looked.append(len(h)) or whole_lines(h))
    line = json.dumps(OBSERVED | {"note": [{"text": "y" * (7 << 20)}]}).encode() + b"\n"
    raw = json.dumps(OBSERVED).encode() + b"\n" + line * 2

    done = Flattening(view(VIEWS[0]), RAW).write(
        (raw[n : n + 4_096] for n in range(0, len(raw), 4_096)), tmp_path / "rows.parquet"
    )

    assert (done.lines, done.rows, done.asides) == (3, 6, ())
    assert len(looked) <= 4
