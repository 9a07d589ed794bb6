"""Free text reaches a model where its use case says that it reads it, and nowhere else."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from attending.admit import Folder, admit
from attending.cli.data.lineage import lineage
from attending.fhir.cleared import NotCleared
from attending.loops.data.reading import reading_of
from attending.serve.build import build_tool
from attending.spec.mistake import SpecRefused

if TYPE_CHECKING:
    from pathlib import Path

    from attending.serve.tool import Tool

AT = datetime(2026, 7, 21, 8, tzinfo=UTC)
SAID = "came by ambulance with her sister"
LONG = SAID * 40  # longer than any code
REMARK = "- {name: remark, path: type.text.first()}"
FEATURE = "  remark: {view: admissions, column: remark, reduce: one, on_missing: null}"


@pytest.fixture
def folder(root: Path, tmp_path: Path) -> Path:
    """Give a real folder with a feature that reads what somebody wrote of an encounter."""
    made = tmp_path / "death_in_hospital"
    shutil.copytree(root / "usecases" / "death_in_hospital", made)
    add(made / "views.yaml", "      - {name: urgency", f"      {REMARK}\n      - {{name: urgency")
    add(made / "usecase.yaml", "features:", f"features:\n{FEATURE}")
    return made


def add(path: Path, was: str, now: str) -> None:
    told = path.read_text("utf-8")
    assert was in told
    path.write_text(told.replace(was, now, 1), "utf-8")


def tool_of(admitted: Folder, folder: Path) -> Tool:
    use_case = admitted.use_case
    assert use_case.model is not None
    model = admitted.models[use_case.model.model]
    return build_tool(use_case, model, release="1", folder=folder, views=reading_of(admitted))


def test_a_view_that_reads_free_text_is_refused_before_it_is_planned(folder: Path) -> None:
    with pytest.raises(SpecRefused, match=r"type\.text of Encounter is free text") as refused:
        admit(folder)

    assert "views.yaml:" in str(refused.value)
    assert "free_text: true in the use case" in str(refused.value)


@pytest.mark.parametrize("says", ["true", "false"])
def test_what_somebody_wrote_is_read_where_the_use_case_says_so(folder: Path, says: str) -> None:
    add(folder / "usecase.yaml", "features:", f"free_text: {says}\nfeatures:")
    if says == "false":
        with pytest.raises(SpecRefused, match="free text"):
            admit(folder)
        return
    made = tool_of(admit(folder), folder)
    encounter = {
        "resourceType": "Encounter",
        "id": "e1",
        "subject": {"reference": "Patient/p1"},
        "type": [{"text": SAID}],
        "reasonCode": [{"text": "canary-7d20"}],
    }
    assert made.views is not None

    cut = made.views.cut({"encounter": encounter}, "p1", AT)

    assert cut.fields["remark"] == SAID
    assert "canary" not in repr(cut)


def test_the_sheet_of_flows_says_that_people_wrote_what_goes(folder: Path) -> None:
    add(folder / "usecase.yaml", "features:", "free_text: true\nfeatures:")

    said = CliRunner().invoke(lineage, ["sheet", str(folder)]).output

    assert "Encounter.type.text" in said
    assert "numbers, codes and text, some of which people wrote, by name" in said


def test_a_contract_lets_long_text_go_only_where_the_use_case_says_so(
    root: Path, folder: Path
) -> None:
    add(folder / "usecase.yaml", "features:", "free_text: true\nfeatures:")
    plain = root / "usecases" / "death_in_hospital"
    free, closed = (tool_of(admit(each), each).contract for each in (folder, plain))

    assert free.clear({"urgency": LONG})["urgency"] == LONG
    with pytest.raises(NotCleared, match="urgency holds free text"):
        closed.clear({"urgency": LONG})
