"""What people type to propose a tool, and what the exit code says."""

from __future__ import annotations

import json
import sys

import pytest

from attending.admit import admit
from attending.cli import main
from attending.spec.mistake import SpecRefused


@pytest.fixture
def typed(monkeypatch, capsys, tmp_path):
    def run(*words):
        store = ("--store", tmp_path / "l")
        monkeypatch.setattr(sys, "argv", ["attending", *map(str, words), *map(str, store)])
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        return left.value.code, out, err

    return run


@pytest.fixture
def file(tmp_path, proposing):
    def write(**over):
        path = tmp_path / "proposal.yaml"
        path.write_text(json.dumps(proposing.plain(**over)), "utf-8")  # JSON is YAML
        return path

    return write


def propose(typed, path, person="radiology-champion"):
    return typed("propose", path, "--as", person)


def test_a_proposal_has_its_place_and_its_open_questions_at_once(typed, file):
    code, out, _ = propose(typed, file())

    assert code == 0
    assert "place 1 of 1 on the roadmap" in out
    assert "no quick win: its risk tier is not known" in out
    assert "still open: risk.vendor" in out
    assert "the criteria speak for: buy" in out


def test_a_stale_submission_is_exit_1_with_what_changed(typed, file):
    propose(typed, file())
    last = json.loads(typed("intake", "show", "report_drafting", "-o", "json")[1])["digest"]
    assert propose(typed, file(risk__change=3, six__rules="ours", prior_digest=last))[0] == 0
    code, out, err = propose(typed, file(problem="Mine.", prior_digest=last))

    assert (code, out) == (1, "")
    assert "risk.change: 1 -> 3" in err
    assert "six.rules: the reporting policy -> ours" in err
    told = json.loads(typed("intake", "show", "report_drafting", "-o", "json")[1])
    assert [row["field"] for row in told["history"][1]["changed"]] == ["risk.change", "six.rules"]
    assert f"quote prior_digest: {told['digest']}" in err


def test_everything_wrong_is_said_with_its_line(typed, tmp_path, proposing):
    text = proposing.file.read_text("utf-8")
    path = tmp_path / "p.yaml"
    path.write_text(text.replace("champion: r", "champoin: r").replace("route: buy", "route: by"))
    code, _, err = propose(typed, path)

    assert code == 1
    assert "p.yaml:28: route" in err
    assert "did you mean 'champion'?" in err
    assert typed("intake", "list")[0] == 0
    assert "nothing is proposed" in typed("intake", "list")[1]


def test_a_pilot_ends_once_by_who_decides(typed, file):
    propose(typed, file())
    words = ("intake", "end", "report_drafting", "--choice", "stop", "--barrier", "workflow",
             "--lesson", "Nobody edited.", "--as")  # fmt: skip
    assert typed(*words, "radiology-champion")[0] == 4
    code, out, _ = typed(*words, "imaging-council")
    assert code == 0
    assert "stop on" in out
    assert "barriers: workflow" in out
    code, out, _ = propose(typed, file(proposal="again", tool="again", use_case=None))
    assert "looks like Radiology report drafting" in out
    assert "lesson: Nobody edited." in out


def test_a_use_case_begins_from_its_proposal_and_says_what_is_still_to_be_written(
    typed, file, tmp_path
):
    propose(typed, file(problem='Radiologists type: "the same", all day.'))
    code, _, _ = typed("intake", "write", "report_drafting", tmp_path / "uc")
    assert code == 0
    with pytest.raises(SpecRefused) as refused:
        admit(tmp_path / "uc")
    missing = {m.what.split("`")[1].rstrip(":") for m in refused.value.mistakes}
    assert missing == {"path", "workflow", "outcomes", "protected_input", "value", "monitoring"}
    code, _, err = typed("intake", "write", "report_drafting", tmp_path / "uc")
    assert code == 1
    assert "stays as it is" in err


def test_another_impact_table_is_put_in_force_by_somebody(typed, file, tmp_path):
    propose(typed, file())
    path = tmp_path / "table.yaml"
    path.write_text("version: ours-1\nlevels: {time: {hours_per_year: [1, 2, 3, 4]}}\n")
    assert typed("intake", "table", path, "--as", "cmio")[0] == 0
    assert "impact 4" in typed("intake", "list")[1]
    path.write_text("version: ours-2\nlevels: {time: {hours_per_year: [1, 2, 3]}}\n")
    assert typed("intake", "table", path, "--as", "cmio")[0] == 1
