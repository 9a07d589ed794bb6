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

from attending.fhir.view import view
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
    done = Flattening(view(tried), RAW, together=together).write(pieces(BytesIO(raw)), into)
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

    assert n_together > 500
    assert done.one_at_a_time > 300


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
