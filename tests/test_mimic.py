"""Real resources to a verdict: two use cases over MIMIC-IV on FHIR, and back from an answer.

A part of the demo's stays by default, all of them in the long test. Every stay's dates lie in a
century of its own, so days are ten stays in the order of a hash and no calendar.
"""

from __future__ import annotations

import gzip
import json
import math
import re
import shutil
import subprocess
import time
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from attending.admit import admit
from attending.cli import main
from attending.cli.replay import recorded_source, run_history
from attending.errors import ProofFailed, Refused
from attending.lake.clinical.store import ClinicalLake
from attending.ledger import layout
from attending.ledger.open_reader import open_reader
from attending.ledger.unsealed import Unsealed
from attending.loops.data.lineage import lineage_of
from attending.report.text import text

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore:Arrow output on a DB-API"),
    pytest.mark.xdist_group("mimic"),
]

STAYS = 10  # of 275, the first in the order of the hash and the dead among the next
DEAD = "DIED"
FILES = (
    "MimicPatient",
    "MimicEncounter",
    "MimicObservationVitalSignsED",
    "MimicProcedure",
    "MimicProcedureICU",
)
CODES = {"heart_rate": "8867-4", "breathing_rate": "9279-1", "saturation": "2708-6"}
Tree = dict[str, Any]


def lines(data: Path, name: str) -> list[bytes]:
    with gzip.open(data / "mimic-iv-fhir-demo" / f"{name}.ndjson.gz") as opened:
        return opened.read().splitlines()


class Part(NamedTuple):
    """Some of the demo's resources, as files and as Python reads them."""

    folder: Path
    trees: dict[str, list[Tree]]

    @property
    def stays(self) -> list[Tree]:
        return self.trees["MimicEncounter"]


@pytest.fixture(scope="module")
def part(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Part:
    folder = tmp_path_factory.mktemp("files")
    told = [json.loads(line) for line in lines(data, "MimicEncounter")]
    told.sort(key=lambda stay: sha256(stay["id"].encode()).hexdigest())
    dead = [stay for stay in told[STAYS:] if left_for(stay) == DEAD][:2]
    ids = {stay["id"] for stay in told[:STAYS] + dead}
    people = {stay["subject"]["reference"] for stay in told[:STAYS] + dead}
    trees: dict[str, list[Tree]] = {}
    for name in FILES:
        kept = []
        for line in lines(data, name):
            tree = json.loads(line)
            owner = tree.get("subject", {}).get("reference", f"Patient/{tree['id']}")
            if tree["id"] in ids if name == "MimicEncounter" else owner in people:
                kept.append((line, tree))
        if name == "MimicObservationVitalSignsED":
            kept = [each for each in kept if is_near(each[1], told[:STAYS] + dead)]
        if "Procedure" in name:
            kept = kept[:40]
        (folder / f"{name}.ndjson").write_bytes(b"\n".join(line for line, _ in kept) + b"\n")
        trees[name] = [tree for _, tree in kept]
    return Part(folder, trees)


def is_near(vital: Tree, stays: list[Tree]) -> bool:
    """Tell whether a sign was taken within ten days of a stay's begin, before it or after."""
    taken = datetime.fromisoformat(vital["effectiveDateTime"])
    own = [s for s in stays if s["subject"] == vital["subject"]]
    begins = [datetime.fromisoformat(s["period"]["start"]) for s in own]
    return any(abs(taken - begin) <= timedelta(days=10) for begin in begins)


def left_for(stay: Tree) -> str | None:
    told = stay["hospitalization"].get("dischargeDisposition")
    return told["coding"][0]["code"] if told else None


class Run(NamedTuple):
    """A replay that was run."""

    told: dict[str, Any]
    store: Path
    entries: list[Any]
    seconds: float

    def answers(self) -> list[Any]:
        return [e for e in self.entries if e.fact.type == "prediction/1"]


def replayed(folder: Path, files: Path, store: Path) -> Run:
    started = time.monotonic()
    admitted = admit(folder)
    told = run_history(admitted, recorded_source(admitted), files, store)
    reader = open_reader(store)
    entries = list(reader.entries())
    reader.close()
    return Run(told, store, entries, time.monotonic() - started)


@pytest.fixture(scope="module")
def death(root: Path, part: Part, tmp_path_factory: pytest.TempPathFactory) -> Run:
    store = tmp_path_factory.mktemp("death")
    return replayed(root / "usecases" / "death_in_hospital", part.folder, store)


@pytest.fixture(scope="module")
def nursing(root: Path, part: Part, tmp_path_factory: pytest.TempPathFactory) -> Run:
    store = tmp_path_factory.mktemp("nursing")
    return replayed(root / "usecases" / "nursing_discharge", part.folder, store)


# --- from resources to a verdict ------------------------------------------------------------


def unsettled(run: Run) -> bool:
    words = {v["word"] for scope in run.told["scopes"] for v in scope["verdicts"]}
    return words.isdisjoint({"met", "not_met"})


def test_every_stay_is_answered_silently_and_no_gate_settles(death: Run, part: Part) -> None:
    answers = death.answers()

    assert len(answers) == len(part.stays)
    assert {e.fact.body["display"] for e in answers} == {"silent"}
    assert all(0 < e.fact.body["score"] < 1 for e in answers)
    assert unsettled(death)
    assert death.told["not_replayed"]["parked_rows"] == 0
    assert "they are no calendar" in text(death.told)


def test_outcomes_are_those_of_the_discharge_and_none_is_made_up(death: Run, part: Part) -> None:
    observed = [e.fact.body["y"] for e in death.entries if e.fact.type == "outcome/1"]
    told = [left_for(stay) for stay in part.stays]

    assert observed.count(True) == told.count(DEAD) >= 2
    assert len(observed) == len(told) - told.count(None)


def by_hand(stay: Tree, part: Part) -> float:
    """Give the stated risk from the resources themselves, with nothing of the platform."""
    at = datetime.fromisoformat(stay["period"]["start"])
    person = stay["subject"]["reference"]
    born = next(p["birthDate"] for p in part.trees["MimicPatient"] if person.endswith(p["id"]))
    seen: dict[str, list[tuple[datetime, str, float]]] = {}
    for each in part.trees["MimicObservationVitalSignsED"]:
        taken = datetime.fromisoformat(each["effectiveDateTime"])
        if each["subject"]["reference"] != person or not at - timedelta(days=1) <= taken <= at:
            continue
        code = each["code"]["coding"][0]["code"]
        values = [(code, each.get("valueQuantity", {}).get("value"))]
        for inner in each.get("component", []):
            quantity = inner.get("valueQuantity", {})
            values.append((inner["code"]["coding"][0]["code"], quantity.get("value")))
        for name, value in values:
            if value is not None:
                seen.setdefault(name, []).append((taken, each["id"], value))
    urgency = {"EM": 0.5, "UR": 0.4, "R": 0.0, "EL": -0.8}
    years = (at - datetime.fromisoformat(f"{born}T00:00:00+00:00")) / timedelta(days=365.25)
    last = {n: max(seen[c])[2] for n, c in CODES.items() if c in seen}
    least = {c: min(v for *_, v in seen[c]) for c in ("2708-6", "8480-6") if c in seen}
    logit = -3.3 + 0.45 * (years - 65) / 10 + urgency[stay["priority"]["coding"][0]["code"]]
    logit += 0.25 * (last.get("heart_rate", 85) - 85) / 20
    logit += 0.30 * (last.get("breathing_rate", 18) - 18) / 4
    logit -= 0.25 * (least.get("2708-6", 97) - 97) / 3
    logit -= 0.25 * (least.get("8480-6", 130) - 130) / 25
    return 1 / (1 + math.exp(-logit))


def test_the_scores_are_those_of_a_direct_computation(death: Run, part: Part) -> None:
    scores = sorted(e.fact.body["score"] for e in death.answers())

    assert scores == pytest.approx(sorted(by_hand(stay, part) for stay in part.stays), rel=1e-9)


def test_each_answer_names_the_views_and_rows_it_was_made_of(death: Run) -> None:
    for entry in death.answers():
        views = entry.fact.body["views"]
        assert set(views) >= {"patients", "admissions", "heart_rates"}
        for each in views.values():
            assert re.fullmatch("[0-9a-f]{64}", each["view"])
            assert all(re.fullmatch("[0-9a-f]{32}", row) for row in each["rows"])
        assert len(views["patients"]["rows"]) == len(views["admissions"]["rows"]) == 1


def test_nothing_that_names_a_patient_or_a_stay_is_in_the_ledger(death: Run, part: Part) -> None:
    whole = json.dumps([repr(e.fact) for e in death.entries])
    names = {tree["id"] for trees in part.trees.values() for tree in trees}

    assert [name for name in names if name in whole] == []


def test_what_will_be_refused_is_refused_before_anything_is_loaded(
    root: Path, death: Run, tmp_path: Path
) -> None:
    admitted = admit(root / "usecases" / "death_in_hospital")
    source = recorded_source(admitted)

    with pytest.raises(Refused, match="already holds facts"):
        run_history(admitted, source, tmp_path / "absent", death.store)
    with pytest.raises(Refused, match="no FHIR files"):
        run_history(admitted, source, tmp_path / "absent", tmp_path / "new")
    assert not (tmp_path / "new").exists()


# --- a second use case, by YAML alone --------------------------------------------------------


def test_a_second_use_case_is_a_folder_of_yaml_and_nothing_else(
    root: Path, death: Run, nursing: Run, part: Part, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = root / "usecases" / "nursing_discharge"
    written = {path.name for path in folder.iterdir()}
    names = ["-e", "nursing_discharge", "-e", "where_to_next"]
    but = [f":!{each}" for each in ("usecases/nursing_discharge", "docs", "tests", "changes")]
    listed = subprocess.run(
        ["git", "grep", "-lI", *names, "--", ".", *but, ":!*.md"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )

    assert {path.suffix for path in folder.iterdir()} <= {".yaml", ".txt"}
    assert {name for name in written if not name.endswith(".yaml")} <= {"story.txt"}
    assert listed.stdout.split() == [], "it took more than a folder"
    assert len(nursing.answers()) == len(part.stays)
    assert {e.fact.body["display"] for e in nursing.answers()} == {"silent"}
    assert unsettled(nursing)
    observed = [e.fact.body["y"] for e in nursing.entries if e.fact.type == "outcome/1"]
    assert observed.count(True) == [left_for(s) for s in part.stays].count(
        "SKILLED NURSING FACILITY"
    )
    with capsys.disabled():
        for name, run in (("death_in_hospital", death), ("nursing_discharge", nursing)):
            print(f"\n{cost(root / 'usecases' / name, run)}")


def n_lines(path: Path) -> int:
    """Count the lines that people write, without comments and what is empty."""
    lines = [line.strip() for line in path.read_text("utf-8").splitlines()]
    return sum(bool(line) and not line.startswith("#") for line in lines)


def cost(folder: Path, run: Run) -> str:
    """Say what a use case takes: what people write, and how long a machine works."""
    files = sorted(folder.glob("*.yaml"))
    n = sum(map(n_lines, files))
    minutes = f"{run.seconds / 60:.1f} minutes for {len(run.answers())} stays"
    return f"{folder.name}: {n} lines of YAML in {len(files)} files, none of SQL or code; {minutes}"


def test_the_tutorial_counts_the_lines_as_they_are(root: Path) -> None:
    page = (root / "docs" / "tutorials" / "second-use-case.md").read_text("utf-8")
    folders = [root / "usecases" / each for each in ("death_in_hospital", "nursing_discharge")]
    totals = [sum(map(n_lines, folder.glob("*.yaml"))) for folder in folders]

    told = re.findall(r"^\| `(\w+\.yaml)` \| (\d+) \|", page, re.MULTILINE)
    assert {name: int(n) for name, n in told} == {
        path.name: n_lines(path) for path in folders[1].glob("*.yaml")
    }
    assert [int(n) for n in re.findall(r"^\| d.* \| (\d+) \| 0 \|", page, re.MULTILINE)] == totals


RENAMED = (
    *("nursing_discharge", "where_to_next", "nursing", "teaching_hospital"),
    *("patients", "admissions", "procedures", "stays", "departures"),
)


def test_it_runs_from_any_folder_with_every_name_changed(
    root: Path, nursing: Run, part: Part, tmp_path: Path
) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    for path in sorted((root / "usecases" / "nursing_discharge").glob("*.yaml")):
        text = re.sub(rf"\b({'|'.join(RENAMED)})\b", r"\1_anew", path.read_text("utf-8"))
        (folder / path.name).write_text(text, "utf-8")

    run = replayed(folder, part.folder, tmp_path / "store")

    scores, before = (sorted(e.fact.body["score"] for e in r.answers()) for r in (run, nursing))
    assert scores == before
    assert {e.fact.use_case for e in run.answers()} == {"nursing_discharge_anew"}
    assert unsettled(run)


# --- and back: from an answer to the bytes ---------------------------------------------------


def traced(run: Run, entry: Any) -> Any:
    reader = open_reader(run.store)
    try:
        with ClinicalLake.open(run.store) as lake:
            opened = Unsealed(reader, layout.payload_key(run.store)).raw
            return lineage_of(reader, lake, opened, entry.fact.body["prediction"])[0]
    finally:
        reader.close()


def with_vitals(run: Run) -> Any:
    return next(e for e in run.answers() if not e.fact.body["missing"])


def test_an_answer_is_made_again_from_the_raw_bytes_it_came_from(death: Run) -> None:
    entry = with_vitals(death)

    found = traced(death, entry)

    assert {each.name: each.missing for each in found.features} == dict.fromkeys(
        ("age", "urgency", "heart_rate", "breathing_rate", "saturation", "systolic"), ""
    )
    assert {each.value for each in found.features} == set(found.recorded.fields.values())
    named = {key.split("#")[0] for keys in found.recorded.rows.values() for key in keys}
    assert {each.key for each in found.resources} == named
    n_rows = sum(len(each["rows"]) for each in entry.fact.body["views"].values())
    assert n_rows == sum(len(keys) for keys in found.recorded.rows.values())


@pytest.fixture
def copied(death: Run, tmp_path: Path) -> Run:
    raw = death.store / "lake" / "raw"
    shutil.copytree(raw, tmp_path / "raw")
    yield death
    shutil.rmtree(raw)
    shutil.copytree(tmp_path / "raw", raw)


def flipped(store: Path, digest: str, at: int) -> None:
    path = store / "lake" / "raw" / digest[:2] / digest[2:]
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def test_altering_one_raw_byte_makes_it_fail_with_the_place_named(copied: Run) -> None:
    entry = with_vitals(copied)
    one = traced(copied, entry).resources[-1]
    flipped(copied.store, one.raw, one.offset + one.length // 2)

    with pytest.raises(ProofFailed) as failed:
        traced(copied, entry)

    assert failed.value.where == f"raw:{one.raw}@{one.offset}"


def test_altering_a_byte_of_somebody_elses_line_names_the_file(copied: Run) -> None:
    entry = with_vitals(copied)
    found = traced(copied, entry)
    one = found.resources[0]
    used = [r for r in found.resources if r.raw == one.raw]
    path = copied.store / "lake" / "raw" / one.raw[:2] / one.raw[2:]
    last = max(r.offset + r.length for r in used)
    at = last + 2 if last + 2 < path.stat().st_size else 2
    flipped(copied.store, one.raw, at)

    with pytest.raises(ProofFailed) as failed:
        traced(copied, entry)

    assert failed.value.where == f"raw:{one.raw}"


def test_the_verb_prints_it_and_exits_five_where_it_does_not_hold(
    copied: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = with_vitals(copied)
    asked = ["lineage", entry.fact.body["prediction"], "--store", str(copied.store)]

    assert run_verb([*asked, "-o", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    one = told["resources"][0]["raw"]
    digest, _, offset = one.removeprefix("raw:").partition("@")
    flipped(copied.store, digest, int(offset) + 3)

    assert {f["feature"] for f in told["features"]} >= {"feature:death_in_hospital.age"}
    kinds = {"read", "derived", "joined", "masked", "shown", "observed"}
    assert {e["kind"] for e in told["edges"]} == kinds
    assert run_verb(asked) == 5
    assert one in capsys.readouterr().err


def run_verb(args: list[str]) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["attending", *args])
        with pytest.raises(SystemExit) as ended:
            main()
    return int(ended.value.code or 0)


def test_the_auditor_is_led_to_the_raw_bytes_and_told_of_a_change(
    copied: Run, part: Part, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["audit", "q", "17", "--store", str(copied.store), "-o", "json"]
    one = [*asked, "--prediction", with_vitals(copied).fact.body["prediction"]]

    def told(args: list[str]) -> dict[str, Any]:
        assert run_verb(args) == 0
        return json.loads(capsys.readouterr().out)

    every, first = told(asked), told(one)
    place = first["rows"][-1]
    raw, offset = (place[first["columns"].index(name)] for name in ("raw", "offset"))
    flipped(copied.store, raw, offset + 4)
    changed = told(one)

    assert (every["status"], first["status"]) == ("partial", "answered")
    assert every["counts"]["made_of_views"] == len(part.stays)
    assert {row[first["columns"].index("feature")] for row in first["rows"]} >= {"age", "urgency"}
    assert not first["exceptions"]
    assert f"raw:{raw}@{offset}" in changed["exceptions"][0]["because"]
    names = {tree["id"] for trees in part.trees.values() for tree in trees}
    assert not [name for name in names if name in json.dumps([every, first])]


def test_open_lineage_events_have_the_standards_shape(
    death: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    name = death.answers()[0].fact.body["prediction"]
    assert run_verb(["lineage", name, "--store", str(death.store), "-o", "openlineage"]) == 0

    start, complete = (json.loads(line) for line in capsys.readouterr().out.splitlines())

    assert (start["eventType"], complete["eventType"]) == ("START", "COMPLETE")
    for event in (start, complete):
        assert {"eventTime", "producer", "schemaURL", "run", "job", "inputs", "outputs"} < set(
            event
        )
        assert event["run"]["runId"] == name
        facets = [output["facets"]["columnLineage"] for output in event["outputs"]]
        assert [{"_producer", "_schemaURL", "fields"}] * 2 == [set(facet) for facet in facets]
        assert set(facets[1]["fields"]) == {"score", "card", "died"}
        known = {(e["namespace"], e["name"]) for e in (*event["inputs"], *event["outputs"])}
        fields = [field for facet in facets for field in facet["fields"].values()]
        for each in (told for field in fields for told in field["inputFields"]):
            assert (each["namespace"], each["name"]) in known
            assert each["field"]
            assert {"type", "subtype", "description", "masking"} == set(each["transformations"][0])


# --- all of it -------------------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize(("name", "events"), [("death_in_hospital", 15), ("nursing_discharge", 36)])
def test_all_275_stays_of_the_whole_export_run_silently_and_no_gate_settles(
    root: Path,
    data: Path,
    tmp_path: Path,
    name: str,
    events: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = root / "usecases" / name

    run = replayed(folder, data / "mimic-iv-fhir-demo", tmp_path / "store")

    source = next(e for e in run.entries if e.fact.type == "source/1")
    told = source.fact.body["files"]
    assert (len(told), sum(each["lines"] for each in told)) == (28, 152_346)
    assert not any(each["parked"] for each in told)
    assert len(run.answers()) == 275
    assert {e.fact.body["display"] for e in run.answers()} == {"silent"}
    outcomes = [e.fact.body["y"] for e in run.entries if e.fact.type == "outcome/1"]
    assert (len(outcomes), outcomes.count(True)) == (233, events)
    assert unsettled(run)
    assert max(e.fact.body["day"] for e in run.answers()) == 27
    assert "they are no calendar" in text(run.told)
    with capsys.disabled():
        print(f"\n{cost(folder, run)} out of 152,346 resources")
