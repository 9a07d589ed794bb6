"""What rests on a code is found also where a map brings it in, and every edge has its kind."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest
from ruamel.yaml import YAML

from attending import shapes
from attending.admit import admit
from attending.fhir.mapped_view import mapped_view
from attending.fhir.terms import Terms
from attending.fhir.view import view
from attending.ingest.history import compiled
from attending.ingest.terms.pinned import kept_maps
from attending.lake.edges import edges
from attending.report.data.impact import Maps, impact
from attending.report.data.open_lineage import events
from attending.report.data.upstream import Upstreams
from attending.spec.data.terms import Terms as Declared
from attending.spec.data.view import definition

USECASES = Path(__file__).resolve().parents[3] / "usecases"
TERMS = """
kind: Terms
name: urgencies
version: "7"
credit: mapped by the admission desk
written:
  - source_system: "urn:alder:door"
    target_system: "http://terminology.hl7.org/CodeSystem/v3-ActPriority"
    rows:
      - {source: D1, target: EM}
      - {source: D2, target: UR}
      - {source: D3, target: UR, equivalence: wider}
      - {source: D9}
columns:
  - {view: admissions, column: urgency, map: urgencies, system_column: whose}
"""
WHOSE = "      - {name: whose, path: priority.coding.system.first(), type: uri}\n"
LOCAL = """
kind: Terms
name: rates
version: "1"
credit: mapped by the monitor's makers
written:
  - source_system: "urn:monitor"
    target_system: "http://loinc.org"
    rows: [{source: PULS, target: 8867-4}]
columns:
  - {view: admissions, column: urgency, map: rates, system: "urn:monitor"}
"""


def folder_with(tmp_path, name, terms):
    """Give a shipped use case with maps of its own beside it."""
    there = Path(copytree(USECASES / "death_in_hospital", tmp_path / name))
    (there / "terms.yaml").write_text(terms, "utf-8")
    views = (there / "views.yaml").read_text("utf-8")
    urgency = "      - {name: urgency, path: priority.coding.code.first(), type: code}\n"
    assert urgency in views
    (there / "views.yaml").write_text(views.replace(urgency, urgency + WHOSE), "utf-8")
    return admit(there)


def rests(asked, folder, others=()):
    """Give what of a folder rests on something, where others' maps are known too."""
    every = {f"u{n}": kept_maps(f.terms, raw=None).rows for n, f in enumerate(others)}
    own = {folder.use_case.name: kept_maps(folder.terms, raw=None).rows}
    maps = Maps(rows=every | own)
    return impact(asked, folder, folder.models, known=Upstreams(), maps=maps)


@pytest.fixture
def mapped(tmp_path):
    return folder_with(tmp_path, "mapped", TERMS)


@pytest.mark.parametrize(
    ("asked", "because"),
    [
        ("D1", "makes http://terminology.hl7.org/CodeSystem/v3-ActPriority|EM of it"),
        ("urn:alder:door|D1", "|EM of it"),
        ("EM", "urgencies@7 makes it of urn:alder:door|D1"),
        ("D3", "urgencies@7 makes nothing of it"),
        ("urgencies", "map urgencies of terms urgencies@7"),
        ("urgencies@7", "map urgencies"),
        ("admissions.whose", "map urgencies"),
        ("admissions.urgency_raw", "map urgencies"),
        ("Encounter.priority", "Encounter.priority"),
    ],
)
def test_what_goes_through_a_map_rests_on_its_codes_its_version_and_what_came(
    mapped, asked, because
):
    found = rests(asked, mapped)
    assert {each.what for each in found} == {"feature urgency"}
    assert any(because in each.because for each in found), found


@pytest.mark.parametrize("asked", ["D4", "urn:birch:door|D1", "urgencies@6", "PULS"])
def test_what_no_map_says_has_nothing_resting_on_it(mapped, asked):
    assert rests(asked, mapped) == ()


def test_a_local_code_lists_every_use_case_that_reads_what_a_map_makes_of_it(tmp_path):
    local = folder_with(tmp_path, "local", LOCAL)
    plain = admit(USECASES / "death_in_hospital")

    every = rests("PULS", plain, [local])
    assert {each.what for each in every} == {"feature heart_rate"}
    [found] = [each for each in every if each.through == "heart_rates.rate"]
    assert found.because.startswith("last, by taken, within 24 h: rates@1 of u0 makes ")
    assert "http://loinc.org|8867-4 of it" in found.because
    assert rests("PULS", plain) == ()


def test_codes_that_a_model_or_an_outcome_names_are_found_too():
    plain = admit(USECASES / "death_in_hospital")
    assert [each.what for each in rests("EL", plain)] == ["feature urgency"]
    assert [each.what for each in rests("DIED", plain)] == ["outcome died"]


def test_a_file_of_a_map_that_is_not_here_is_told_and_never_taken_for_empty(mapped):
    text = TERMS.replace("columns:", "files: [{file: more.csv}]\ncolumns:", 1)
    declared = shapes.convert(YAML(typ="safe").load(text), Declared)
    found = kept_maps({"urgencies": declared}, raw=None)
    assert found.unread == ("more.csv of urgencies",)
    assert len(found.rows) == 4


def test_every_edge_of_a_mapped_column_leads_back_to_what_came(mapped):
    found = edges(mapped, compiled(mapped.views))
    to = [(edge.kind, edge.from_) for edge in found if edge.to == "view:admissions.urgency"]
    assert sorted(to) == [
        ("mapped", "view:admissions.urgency_raw"), ("mapped", "view:admissions.whose"),
    ]  # fmt: skip
    [came] = [edge.from_ for edge in found if edge.to == "view:admissions.urgency_raw"]
    assert came == "fhir:Encounter.priority.coding.code.first()"
    kinds = {edge.kind for edge in found}
    assert kinds == {"read", "derived", "mapped", "masked", "joined", "shown", "observed"}
    assert all(edge.masking for edge in found if edge.kind == "masked")


def test_every_column_that_an_edge_names_is_one_that_the_view_has(mapped):
    going = [each for terms in mapped.terms.values() for each in terms.going]
    there = set()
    for name, each in mapped.views.items():
        read = mapped_view(view(definition(each)), going, Terms(()), "2026-06-01")
        there |= {f"view:{name}.{column.name}" for column in read.columns}
    named = {
        node
        for edge in edges(mapped, compiled(mapped.views))
        for node in (edge.from_, edge.to)
        if node.startswith("view:")
    }
    assert named <= there


def test_open_lineage_tells_what_a_mapped_column_came_from_and_what_became_of_the_answer(mapped):
    found = edges(mapped, compiled(mapped.views))
    start, _ = events(found, run="r", use_case="u", at="2026-10-13T00:00:00Z")
    features, answers = (each["facets"]["columnLineage"]["fields"] for each in start["outputs"])

    urgency = {each["field"]: each["transformations"][0] for each in
               features["urgency"]["inputFields"]}  # fmt: skip
    assert set(urgency) == {"urgency", "urgency_raw", "whose"}
    assert "map urgencies of terms urgencies@7" in urgency["urgency_raw"]["description"]
    assert set(answers) == {"score", "card", "died"}
    joined = {each["field"] for each in answers["died"]["inputFields"]
              if each["transformations"][0]["subtype"] == "JOIN"}  # fmt: skip
    assert joined == {"stay"}
    [masked] = [each for each in answers["score"]["inputFields"]
                if each["transformations"][0]["masking"]]  # fmt: skip
    assert (masked["name"], masked["field"]) == ("view__stays", "stay")
