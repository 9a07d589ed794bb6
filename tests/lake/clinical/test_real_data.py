"""Real exports, loaded twice: every resource once, every reference accounted for, in real views.

Then one body changed, one late, one deleted: three changes, and what held before holds then.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import NamedTuple

import pytest

from attending.admit import admit
from attending.fhir.view import view
from attending.ingest.feed import Hints
from attending.ingest.feeds.fhir_bundle import fhir_bundle
from attending.ingest.feeds.fhir_ndjson import fhir_ndjson
from attending.lake.clinical.received import Batch
from attending.spec.data.view import definition

CAME = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
LATE = CAME - 30 * DAY
MOST_LINES = 1_000  # of a file, in the quick run


class Export(NamedTuple):
    """A real export: its files, the one that is sent again, and its code for blood pressure."""

    name: str
    sent_again: str
    pressure: str
    few: tuple[str, ...]


SYNTHEA = Export(
    "synthea-r4",
    "Observation",
    "55284-4",
    ("Organization", "Practitioner", "Patient", "Encounter", "ExplanationOfBenefit", "Observation"),
)
MIMIC = Export(
    "mimic-iv-fhir-demo",
    "MimicObservationVitalSignsED",
    "85354-9",
    (
        "MimicOrganization",
        "MimicPatient",
        "MimicEncounter",
        "MimicEncounterED",
        "MimicObservationVitalSignsED",
        "MimicProcedure",
    ),
)


@pytest.fixture
def files_of(data):
    return lambda export: sorted((data / export.name).glob("*.ndjson.gz"))


@pytest.fixture
def views_of(root):
    """Give the views of a use case that ships, with the code that an export has in place."""
    declared = admit(root / "usecases" / "death_in_hospital").views

    def made(export):
        told = {name: json.dumps(definition(each)) for name, each in declared.items()}
        return [
            view(json.loads(text.replace("85354-9", export.pressure)), where=name)
            for name, text in told.items()
        ]

    return made


def take(lake, raw, at, feed=fhir_ndjson):
    return lake.load(Batch("export", "east", raw, at), feed(lake.raw.pieces(raw), Hints()))


def load(lake, files, at):
    """Load files; give lines, rows, no-ops and how many were set aside."""
    n_lines = n_rows = n_no_ops = n_parked = 0
    for path in files:
        loaded = take(lake, lake.raw.keep_file(path), at)
        n_lines, n_rows = n_lines + loaded.lines, n_rows + loaded.rows
        n_no_ops, n_parked = n_no_ops + loaded.no_ops, n_parked + sum(loaded.parked.values())
    return n_lines, n_rows, n_no_ops, n_parked


def materialized(lake, views):
    """Make the rows of every view; give versions read, rows and versions set aside, by view."""
    return {each.name: lake.materialize(each) for each in views}


def came(made):
    """Give what became of a view: versions read, rows added, versions set aside."""
    return made.read, made.rows, made.parked


def on_disk(folder):
    """Give every file of the tables, with its size and when it was written.

    What a query spills while it runs is no file of theirs, and goes with the process.
    """
    return {
        str(path): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
        and path.name not in ("lock", "swept")
        and not {"raw", "spilled"} & {*path.relative_to(folder).parts}
    }


def held(lake, **asked):
    """Give every row of the view of pressures that holds, by its key."""
    return {row["key"]: row["systolic"] for row in lake.rows(lake.view("blood_pressures", **asked))}


def without_index(key):
    return key.partition("@")[0].rpartition("/")[2]


def with_pressure(line, value, at):
    """Give a line with another systolic pressure, known at another time."""
    told = json.loads(line)
    for each in told["component"]:
        if each["code"]["coding"][0]["code"] == "8480-6":
            each["valueQuantity"]["value"] = value
    told["meta"] = told.get("meta", {}) | {"lastUpdated": at.isoformat()}
    return json.dumps(told).encode()


def loaded_once_then_three_changes(lake, tmp_path, files, views, sent_again, expected):
    """Do what a source does over some days, and hold each step against what it should come to."""
    n, references = expected
    assert load(lake, files, CAME) == (n, n, 0, 0)
    assert lake.references() == references
    first = materialized(lake, views)
    assert first["patients"].rows > 0
    assert first["blood_pressures"].rows > 50
    assert not any(each.parked for each in first.values())

    before = on_disk(tmp_path)
    assert load(lake, files, CAME + DAY) == (n, 0, n, 0)
    assert {came(each) for each in materialized(lake, views).values()} == {(0, 0, 0)}
    assert on_disk(tmp_path) == before

    then = held(lake)
    changed, deleted, late = sorted({without_index(key) for key in then})[:3]
    lines = told_by(sent_again)
    there = {json.loads(line)["id"]: number for number, line in enumerate(lines)}
    for name, value, at in ((changed, 251, CAME + 3 * DAY), (late, 33, LATE)):
        lines[there[name]] = with_pressure(lines[there[name]], value, at)
    again = take(lake, lake.raw.keep(gzip.compress(b"\n".join(lines))), CAME + 3 * DAY)
    gone = take(lake, lake.raw.keep(delete_of(deleted)), CAME + 4 * DAY, fhir_bundle)
    after = materialized(lake, views)

    assert (again.lines, again.no_ops) == (len(lines), len(lines) - 2)
    assert (again.corrected, again.late, again.rows) == (1, 1, 2)
    assert (gone.lines, gone.deletes, gone.rows) == (1, 1, 1)
    assert len(lake.rows(lake.table("resource").select("received"))) == n + 3
    assert came(after["blood_pressures"]) == (2, 2, 0)
    assert {name for name, each in after.items() if each.rows} == {"blood_pressures"}
    now = held(lake)
    assert Counter(map(without_index, now)) == Counter(
        without_index(key) for key in then if without_index(key) != deleted
    )
    assert [float(v) for key, v in now.items() if without_index(key) == changed] == [251.0]
    assert {key: v for key, v in now.items() if without_index(key) != changed} == {
        key: v for key, v in then.items() if without_index(key) not in (changed, deleted)
    }
    assert held(lake, as_of=CAME + DAY) == then
    assert [(without_index(key), float(v)) for key, v in held(lake, as_of=LATE).items()] == [
        (late, 33.0)
    ]


def told_by(path):
    with gzip.open(path) as opened:
        return opened.read().splitlines()


def delete_of(name):
    """Give a bundle that says that an observation is no more."""
    entry = {
        "request": {"method": "DELETE", "url": f"Observation/{name}"},
        "response": {"status": "204", "lastModified": (CAME + 4 * DAY).isoformat()},
    }
    return json.dumps({"resourceType": "Bundle", "type": "history", "entry": [entry]}).encode()


def of_export(files, export):
    """Give the one file that is sent again."""
    return next(path for path in files if path.name == f"{export.sent_again}.ndjson.gz")


@pytest.mark.long
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize(
    ("export", "n_files", "n", "references"),
    [
        pytest.param(SYNTHEA, 16, 189_111, (694_786, 658_590, 658_590, 36_196), id="synthea"),
        pytest.param(MIMIC, 28, 152_346, (366_084, 366_084, 366_084, 0), id="mimic"),
    ],
)
def test_a_whole_export_is_loaded_once_and_three_changes_are_three(
    lake, files_of, views_of, tmp_path, export, n_files, n, references
):
    files = files_of(export)

    assert len(files) == n_files
    loaded_once_then_three_changes(
        lake, tmp_path, files, views_of(export), of_export(files, export), (n, references)
    )


@pytest.mark.timeout(300)
@pytest.mark.parametrize("export", [SYNTHEA, MIMIC], ids=lambda export: export.name)
def test_some_thousand_real_resources_are_loaded_once_and_three_changes_are_three(
    lake, files_of, views_of, tmp_path, export
):
    files, trees = [], []
    for path in files_of(export):
        if path.name.partition(".")[0] in export.few:
            with gzip.open(path) as opened:
                lines = list(islice(opened, MOST_LINES))
            files.append(tmp_path / "sent" / path.name)
            files[-1].parent.mkdir(exist_ok=True)
            files[-1].write_bytes(gzip.compress(b"".join(lines)))
            trees += [json.loads(line) for line in lines]
    expected = (len(trees), counted(trees))

    assert len(trees) > 2_000
    assert expected[1][2] > 1_000
    loaded_once_then_three_changes(
        lake, tmp_path, files, views_of(export), of_export(files, export), expected
    )


def counted(trees):
    """Count references by walking the resources, with nothing of the platform."""
    there = {f"{tree['resourceType']}/{tree['id']}" for tree in trees}
    said = [each for tree in trees for each in named(tree)]
    relative = [each for each in said if not each.startswith(("#", "urn:", "http"))]
    return (
        len(said),
        len(relative),
        sum(each in there for each in relative),
        sum(each.startswith("#") for each in said),
    )


def named(tree):
    """Give what every `reference` within a resource names."""
    if isinstance(tree, list):
        for each in tree:
            yield from named(each)
    elif isinstance(tree, dict):
        for name, value in tree.items():
            if name == "reference" and isinstance(value, str):
                yield value
            else:
                yield from named(value)
