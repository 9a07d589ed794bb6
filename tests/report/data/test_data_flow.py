"""The data-flow sheet tells every flow of every use case that is shipped, and none that is not."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from attending import rooms
from attending.admit import admit
from attending.cli.data.lineage import lineage
from attending.cli.data.tracing.sheet import sent_to
from attending.ingest.mapping import needed_columns
from attending.report.data.data_flow import ASKS, ELSEWHERE, HERE, IN_PROCESS, columns_of, flows
from attending.serve import engines

FOLDERS = sorted(p for p in (Path(__file__).resolve().parents[3] / "usecases").iterdir())


def told(folder, **model):
    use_case = folder.use_case
    answers = folder.models.get(use_case.model.model) if use_case.model else None
    if answers is not None and model:
        answers = msgspec.structs.replace(answers, **model)
    return flows(use_case, answers, folder.sources, sent_to(folder))


@pytest.mark.parametrize("path", FOLDERS, ids=lambda path: path.name)
def test_each_flow_says_what_from_where_to_where_how_and_how_often(path):
    folder = admit(path)
    found = told(folder)
    assert all(all(msgspec.to_builtins(flow).values()) for flow in found)
    text = "\n".join(flow.what for flow in found)
    use_case = folder.use_case
    wanted = {*use_case.inputs.values(), *use_case.features_by_name()}
    assert all(each in text for each in wanted | {o.title for o in use_case.outcomes})
    card = [f for f in found if f.what.startswith("a card") and f.to == "the record system"]
    assert bool(card) == (use_case.model is not None)
    assert all("none while it is silent" in each.often for each in card)


@pytest.mark.parametrize("path", FOLDERS, ids=lambda path: path.name)
def test_the_columns_told_are_those_that_are_read_and_no_others(path):
    for source in admit(path).sources.values():
        cases, outcomes = needed_columns(source)
        assert {*columns_of(source)} == cases | outcomes


def test_where_no_model_answers_nothing_is_said_to_pass_the_gateway():
    folder = admit(next(p for p in FOLDERS if p.name == "aki_alert"))
    found = told(folder)
    assert not [f for f in found if "gateway" in f"{f.source} {f.to}"]
    [rows] = [f for f in found if f.what.startswith("columns id, hospital, studytime, alert")]
    assert "a case under a key, its site and its day, arm, display, sex, age" in rows.to


def test_of_a_history_the_whole_files_are_said_to_be_kept():
    folder = admit(next(p for p in FOLDERS if p.name == "death_in_hospital"))
    [kept] = [f for f in told(folder) if "clinical lake" in f.to]
    assert "files as they came, whole" in kept.what
    assert "Encounter.hospitalization.dischargeDisposition.coding.code" in kept.what


def test_an_engine_that_is_not_shipped_is_not_said_to_keep_things_here():
    assert {*rooms.names(engines)} == IN_PROCESS | {ASKS}
    folder = admit(next(p for p in FOLDERS if p.name == "uci_heart"))
    assert not [f for f in told(folder) if ELSEWHERE in f.to]
    assert [f for f in told(folder, engine="somewhere") if ELSEWHERE in f.to]


def test_a_vendor_that_is_asked_is_named_with_its_address_and_where_it_keeps_things(tmp_path):
    path = tmp_path / "uci_heart"
    shutil.copytree(next(p for p in FOLDERS if p.name == "uci_heart"), path)
    fields = "".join(f"{name}: {{}}, " for name in admit(path).use_case.inputs)
    (path / "model.yaml").write_text(
        "kind: Model\nname: cleveland\ntitle: Asked outside\nversion: '2'\n"
        f"engine: vendor_http\nvendor: maker\nfields: {{{fields}}}\n"
    )
    (path / "vendor.yaml").write_text(
        "kind: Vendor\nname: maker\ntitle: The maker\ncontact: its desk\n"
        "base_url: https://maker.example.org/score\ndata_in: [US-VA]\n"
    )
    found = told(admit(path))

    [out] = [f for f in found if f.to.startswith("The maker")]
    assert out.to == "The maker, at https://maker.example.org/score; kept and worked on in US-VA"
    assert {*admit(path).use_case.inputs} <= {*out.what.split(", ")}
    assert [f.what for f in found if f.source.startswith("The maker")] == [
        "a score; whatever else is said is not read"
    ]
    assert not [f for f in found if HERE in f.to or ELSEWHERE in f.to]


def test_the_verb_prints_it():
    path = next(p for p in FOLDERS if p.name == "uci_heart")
    printed = CliRunner().invoke(lineage, ["sheet", str(path)]).stdout
    assert "Data flows of Risk of coronary disease before angiography" in printed
    assert printed.count("   from    ") == len(told(admit(path)))
