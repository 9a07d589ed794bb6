"""Local codes and units on their way to a model: by the declared map, or not at all.

A site of its own codes runs a use case silently from its files. What the model is given, what is
recorded and what a trace makes again are all by the map that was signed for.
"""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pytest
from click.testing import CliRunner

from attending.admit import admit
from attending.cli.data.lineage import lineage
from attending.cli.plan import plan
from attending.cli.replay import recorded_source, run_history
from attending.errors import NoSuchName, ProofFailed, Refused
from attending.ingest.terms.pinned import keep_maps, kept_maps, kept_through, through
from attending.lake.clinical.store import ClinicalLake
from attending.lake.raw import RawFiles
from attending.lake.seal_store import seal_store
from attending.ledger import layout
from attending.ledger.key_file import key_in
from attending.ledger.open_reader import open_reader
from attending.ledger.unsealed import Unsealed
from attending.loops.data.lineage import lineage_of
from attending.spec.mistake import SpecRefused

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.filterwarnings("ignore:Arrow output on a DB-API"),
    pytest.mark.xdist_group("maps"),
]

MAP = "code,name,ours\nL-17,comes at once,EM\nL-18,comes by plan,EL\nX-9,went elsewhere,DIED\n"
LOCAL = ("L-17", "L-18", "L-17", "canary-4711")  # the last is in no map
PRESSURES = ((12, "kPa"), (120, "mm[Hg]"), (15, "Pressure"), (120, "mm[Hg]"))
AT = datetime(2150, 3, 1, 8, tzinfo=UTC)
HOSPITAL = "http://mimic.mit.edu/fhir/mimic/identifier/encounter-hosp"
ORGANIZATION = "Organization/ee172322-118b-5716-abbc-18e4c5437e15"


def stays() -> dict[str, list[dict[str, Any]]]:
    """Give four stays, each with a local urgency and a pressure in a unit of its own."""
    told: dict[str, list[dict[str, Any]]] = {"patient": [], "encounter": [], "observation": []}
    for n, (urgency, (amount, unit)) in enumerate(zip(LOCAL, PRESSURES, strict=True)):
        whose = {"reference": f"Patient/p{n}"}
        told["patient"].append(
            {"resourceType": "Patient", "id": f"p{n}", "birthDate": "2085-03-01"}
        )
        told["encounter"].append(
            {
                "resourceType": "Encounter",
                "id": f"e{n}",
                "subject": whose,
                "identifier": [{"system": HOSPITAL, "value": f"e{n}"}],
                "serviceProvider": {"reference": ORGANIZATION},
                "period": {"start": AT.isoformat()},
                "priority": {"coding": [{"system": "urn:alder", "code": urgency}]},
                "hospitalization": {"dischargeDisposition": {"coding": [{"code": "X-9"}]}},
            }
        )
        quantity = {"value": amount, "code": unit}
        told["observation"].append(
            {
                "resourceType": "Observation",
                "id": f"o{n}",
                "subject": whose,
                "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}]},
                "effectiveDateTime": (AT - timedelta(hours=1)).isoformat(),
                "component": [
                    {"code": {"coding": [{"code": "8480-6"}]}, "valueQuantity": quantity}
                ],
            }
        )
    return told


class Written(NamedTuple):
    """A use case whose site has codes of its own, and that site's files."""

    folder: Path
    files: Path


def terms(**more: Any) -> dict[str, Any]:
    digest = sha256(MAP.encode()).hexdigest()
    always = {"source_system": "urn:alder", "target_system": "urn:ours"}
    columns = {"source_code": "code", "source_name": "name", "target_code": "ours"}
    file = {"file": "local.csv", "sha256": digest, "columns": columns, "always": always}
    pressure = {"view": "blood_pressures", "column": "systolic", "unit_column": "unit"}
    return {
        "kind": "Terms",
        "name": "local",
        "version": "7",
        "credit": "the admission desk's own list",
        "files": [{name: each for name, each in (file | more).items() if each is not None}],
        "columns": [
            {"view": "admissions", "column": "urgency", "map": "local", "system": "urn:alder"},
            {"view": "departures", "column": "left_for", "map": "local", "system": "urn:alder"},
        ],
        "units": [pressure | {"to": "mm[Hg]"}],
    }


def written(root: Path, at: Path, **more: Any) -> Written:
    folder, files = at / "death_in_hospital", at / "files"
    shutil.copytree(root / "usecases" / "death_in_hospital", folder)
    files.mkdir()
    for name, trees in stays().items():
        text = "".join(json.dumps(tree) + "\n" for tree in trees)
        (files / f"{name}.ndjson").write_text(text, "utf-8")
    (folder / "local.csv").write_text(MAP, "utf-8")
    (folder / "terms.yaml").write_text(json.dumps(terms(**more)), "utf-8")
    spec = (folder / "usecase.yaml").read_text("utf-8")
    bare = spec.replace(', unit: "mm[Hg]", unit_column: unit}', "}")
    assert bare != spec
    (folder / "usecase.yaml").write_text(bare, "utf-8")
    return Written(folder, files)


class Ran(NamedTuple):
    """What came of the four stays."""

    where: Written
    store: Path
    entries: list[Any]

    def answers(self) -> list[Any]:
        return [e for e in self.entries if e.fact.type == "prediction/1"]

    def given(self, entry: Any) -> dict[str, Any]:
        reader = open_reader(self.store)
        try:
            raw = Unsealed(reader, layout.payload_key(self.store)).raw(entry.fact.body["inputs"])
        finally:
            reader.close()
        told: dict[str, Any] = msgspec.json.decode(raw or b"{}")
        return told

    def traced(self, entry: Any) -> Any:
        reader = open_reader(self.store)
        try:
            with ClinicalLake.open(self.store) as lake:
                opened = Unsealed(reader, layout.payload_key(self.store)).raw
                return lineage_of(reader, lake, opened, entry.fact.body["prediction"])[0]
        finally:
            reader.close()


@pytest.fixture(scope="module")
def ran(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    where = written(root, tmp_path_factory.mktemp("maps"))
    store = tmp_path_factory.mktemp("store")
    admitted = admit(where.folder)
    run_history(admitted, recorded_source(admitted), where.files, store)
    reader = open_reader(store)
    entries = list(reader.entries())
    reader.close()
    return Ran(where, store, entries)


def test_a_model_is_given_what_the_map_makes_of_a_code_and_an_amount_in_the_wanted_unit(
    ran: Ran,
) -> None:
    given = [ran.given(e)["fields"] for e in ran.answers()]

    assert sorted(each["urgency"] for each in given if "urgency" in each) == ["EL", "EM", "EM"]
    planned = next(each for each in given if each.get("urgency") == "EL")
    assert planned["systolic"] == 120
    assert any(abs(each["systolic"] - 12 / 0.133322) < 1e-9 for each in given), "12 kPa in mm[Hg]"


def test_an_unmapped_code_gives_no_answer_and_reaches_nothing_by_its_own_name(ran: Ran) -> None:
    by_reason = {e.fact.body["missing"].get("urgency"): e for e in ran.answers()}
    unknown = by_reason["unmapped"]

    assert unknown.fact.body["display"] == "failed"
    assert unknown.fact.body.get("score") is None
    assert "urgency" not in ran.given(unknown)["fields"]
    whole = json.dumps([repr(e.fact) for e in ran.entries])
    kept = json.dumps([ran.given(e) for e in ran.answers()])
    for came in (*LOCAL, "X-9"):
        assert came not in whole + kept


def test_an_amount_in_no_unit_is_not_known_and_filled_as_one_that_is_not(ran: Ran) -> None:
    unknown = [e for e in ran.answers() if e.fact.body["missing"].get("systolic") == "unmapped"]

    assert len(unknown) == 1
    assert ran.given(unknown[0])["fields"]["systolic"] == 130, "the model's own, and not 15"


def test_outcomes_are_read_through_the_same_map(ran: Ran) -> None:
    observed = [e.fact.body["y"] for e in ran.entries if e.fact.type == "outcome/1"]

    assert observed.count(True) >= 3


def test_an_answer_is_made_again_by_the_map_that_was_signed_for(ran: Ran) -> None:
    entry = next(e for e in ran.answers() if not e.fact.body["missing"].get("urgency"))
    (ran.where.folder / "local.csv").write_text("code,name,ours\n", "utf-8")

    made = {each.name: each for each in ran.traced(entry).features}

    assert made["urgency"].value in ("EM", "EL")
    kept = ran.store / "lake" / "raw" / (d := sha256(MAP.encode()).hexdigest())[:2] / d[2:]
    was = kept.read_bytes()
    kept.chmod(0o600)
    kept.write_bytes(MAP.replace(",EM", ",EL").encode())
    with pytest.raises((ProofFailed, Refused)) as failed:
        ran.traced(entry)
    kept.write_bytes(was)
    assert "raw:" in str(failed.value) or "view:" in str(failed.value)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"sha256": None}, "write `sha256:` of 'local.csv'"),
        ({"sha256": "0" * 64}, "is not the file that was declared"),
        ({"file": "elsewhere.csv"}, "there is no file 'elsewhere.csv'"),
    ],
)
def test_a_map_that_could_be_exchanged_beneath_a_release_is_refused(
    root: Path, tmp_path: Path, more: dict[str, Any], said: str
) -> None:
    where = written(root, tmp_path, **more)

    with pytest.raises(SpecRefused, match=said):
        admit(where.folder)


def rests_on(asked: str, store: Path, *more: str) -> dict[str, Any]:
    """Give what the verb says rests on something."""
    given = ["impact", asked, "--store", str(store), "-o", "json", *more]
    ran = CliRunner().invoke(lineage, given)
    if ran.exception is not None:
        raise ran.exception
    told: dict[str, Any] = json.loads(ran.stdout)
    return told


def test_what_rests_on_a_local_code_is_found_through_the_file_that_was_kept(ran: Ran) -> None:
    for asked in ("L-17", "urn:alder|L-17", "local", "local@7", "local.csv"):
        told = rests_on(asked, ran.store)
        assert "feature urgency" in {each["what"] for each in told["rests"]}, asked
        assert told["unread"] == []
    died = rests_on("X-9", ran.store)["rests"]
    because = {each["what"]: each["because"] for each in died}
    assert "local@7 makes urn:ours|DIED of it" in because["outcome died"]
    assert "systolic" not in str(because), "it goes through no map of codes"
    with pytest.raises(NoSuchName) as refused:
        rests_on("X-8", ran.store)
    assert "X-9" in refused.value.accepted


def test_a_map_whose_file_is_not_here_is_told_and_read_from_where_it_lies_if_it_is_the_one(
    ran: Ran, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    shutil.copytree(ran.store, store)
    shutil.rmtree(store / "lake" / "raw")
    beside = tmp_path / "beside"
    beside.mkdir()

    (beside / "local.csv").write_text(MAP.replace("L-17", "L-19"), "utf-8")
    with pytest.raises(NoSuchName, match=r"not here: local\.csv of local, death_in_hospital"):
        rests_on("L-17", store, "--maps", str(beside))
    other = rests_on("admissions.urgency", store, "--maps", str(beside))
    assert {each["what"] for each in other["rests"]} == {"feature urgency"}
    assert other["unread"] == ["local.csv of local, death_in_hospital"]

    (beside / "local.csv").write_text(MAP, "utf-8")
    same = rests_on("L-17", store, "--maps", str(beside))
    assert {each["what"] for each in same["rests"]} == {"feature urgency", "outcome died"}
    assert same["unread"] == []


@pytest.mark.parametrize("is_sealed", [False, True])
def test_a_store_keeps_the_map_of_every_declaration_and_needs_no_folder_to_say_what_rests_on_it(
    root: Path, tmp_path: Path, is_sealed: bool
) -> None:
    where, store = written(root, tmp_path), tmp_path / "store"
    changed = MAP.replace("L-17", "L-19")
    if is_sealed:
        key_in(tmp_path / "lake.key")
        seal_store(store, tmp_path / "lake.key")

    for text, code in ((MAP, "L-17"), (changed, "L-19")):
        (where.folder / "local.csv").write_text(text, "utf-8")
        digest = sha256(text.encode()).hexdigest()
        (where.folder / "terms.yaml").write_text(json.dumps(terms(sha256=digest)), "utf-8")
        CliRunner().invoke(plan, [str(where.folder), "--store", str(store)], catch_exceptions=False)
        told = rests_on(code, store)
        assert "feature urgency" in {each["what"] for each in told["rests"]}
        assert told["unread"] == []

    raw = RawFiles(store / "lake" / "raw")
    for text in (MAP, changed):
        digest = sha256(text.encode()).hexdigest()
        assert b"".join(raw.pieces(digest)) == text.encode(), "the earlier one as well"
        assert (b"comes at once" in raw.path(digest).read_bytes()) == (not is_sealed)


def told_by_fhir(root: Path, at: Path, status: str | None, **more: Any) -> Path:
    """Write the folder with a ConceptMap in place of the table; give the folder."""
    pairs = [line.split(",") for line in MAP.splitlines()[1:]]
    element = [
        {"code": code, "target": [{"code": ours, "equivalence": "equal"}]}
        for code, _, ours in pairs
    ]
    group = {"source": "urn:alder", "target": "urn:ours", "element": element}
    told = {"resourceType": "ConceptMap", "url": "local", "group": [group], "status": status}
    raw = json.dumps(told)
    digest = sha256(raw.encode()).hexdigest()
    file = {"file": "local.json", "sha256": digest, "columns": None, "always": None}
    folder = written(root, at, **(file | more)).folder
    (folder / "local.json").write_text(raw, "utf-8")
    return folder


def test_a_map_that_its_maker_has_retired_is_refused_before_anything_is_declared(
    root: Path, tmp_path: Path
) -> None:
    folder, store = told_by_fhir(root, tmp_path, "retired"), tmp_path / "store"

    with pytest.raises(Refused, match="its maker has retired 'local'"):
        CliRunner().invoke(plan, [str(folder), "--store", str(store)], catch_exceptions=False)

    reader = open_reader(store)
    assert list(reader.entries()) == []
    reader.close()


@pytest.mark.parametrize(
    ("status", "more", "said"),
    [
        ("draft", {}, "local: its maker calls it a draft"),
        ("unknown", {}, "local: its maker does not say whether it is ready"),
        (None, {}, "local: its maker does not say whether it is ready"),
        ("retired", {"take_retired": True}, "local: its maker has retired it; it is read since"),
        ("active", {}, ""),
    ],
)
def test_a_map_that_its_maker_does_not_call_ready_is_told_where_it_is_planned(
    root: Path, tmp_path: Path, status: str | None, more: dict[str, Any], said: str
) -> None:
    folder = told_by_fhir(root, tmp_path, status, **more)
    told = CliRunner().invoke(
        plan, [str(folder), "--store", str(tmp_path / "store")], catch_exceptions=False
    )

    assert told.exit_code in (0, 2)
    assert ("local: " in told.stderr) is bool(said)
    assert said in told.stderr


def test_an_answer_of_before_is_made_again_by_a_map_that_is_retired(
    root: Path, tmp_path: Path
) -> None:
    folder = told_by_fhir(root, tmp_path, "retired", take_retired=True)
    admitted = admit(folder)
    raw = RawFiles(tmp_path / "raw")
    keep_maps(raw, admitted.terms, folder)
    before = {  # as it was declared before a retired map had to be asked for
        name: msgspec.structs.replace(
            each, files=tuple(msgspec.structs.replace(f, take_retired=False) for f in each.files)
        )
        for name, each in admitted.terms.items()
    }

    assert kept_through(raw, before, ["admissions"]).terms.maps == ("local",)
    assert kept_maps(before, raw=raw).unread == ()
    with pytest.raises(Refused, match="retired"):
        through(before, ["admissions"], folder)


def test_who_plans_is_told_which_values_are_read_without_their_comparators(
    root: Path, tmp_path: Path
) -> None:
    folder, store = written(root, tmp_path).folder, tmp_path / "store"

    def said() -> list[str]:
        asked = [str(folder), "--store", str(store)]
        lines = CliRunner().invoke(plan, asked, catch_exceptions=False).stderr.splitlines()
        return [line.partition(":")[0] for line in lines if "without its comparator" in line]

    assert said() == ["blood_pressures", "breathing_rates", "heart_rates", "saturations"]
    views = folder / "views.yaml"
    told = views.read_text("utf-8")
    path = "value.ofType(Quantity).value"
    assert told.count(path) == 3
    exact = told.replace(path, "value.ofType(Quantity).where(comparator.empty()).value")
    views.write_text(exact, "utf-8")
    assert said() == ["blood_pressures"]
