"""The front door: a folder is admitted whole, or refused with everything that is wrong."""

from __future__ import annotations

from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.admit import MOST_BYTES, admit, documents_of, load_source, vocabulary
from attending.digest import digest
from attending.errors import Refused
from attending.spec.agreement import Vocabulary
from attending.spec.budget import shares
from attending.spec.mistake import SpecRefused
from attending.spec.parse import parse_document
from attending.spec.writing import MOST_PARTS

if TYPE_CHECKING:
    from pathlib import Path

USE_CASE = """\
kind: UseCase
name: falls
title: Falls alert
path: A
priority: quality_safety
problem: Patients fall at night.
success: [{metric: outcomes.risk_ratio, of: fall30, target: 0.9, by: day 90}]
executive_sponsor: {person: chief-nurse}
clinical_champion: {person: ward-nurse}
after_launch: {owner: falls-lead, decides: committee, funds: quality, supports: desk}
workflow:
  channel: worklist
  hook: shift-start
  card: {summary: Risk of a fall, limits: Adults only, call: Falls desk}
outcomes:
  - {name: fall30, title: A fall within 30 days, sources: [source], window: 30 d, maturity: 30 d}
risk: {acts_without_person: false, drives_treatment_or_triage: false, time_critical: false,
       protected_input: false, device: not_device}
value: {account: quality, claim: Fewer falls}
monitoring:
  - {metric: outcomes.risk_ratio, of: fall30, principle: impact, cadence: daily,
     owner: ward-nurse, trigger: safety limit crossed, action: suspend}
"""
SOURCE = """\
kind: Source
cases: {case: id, site: {column: hospital}, day: {hash_of: id, per_day: 10}}
outcomes: {fall30: {any: [fall], known_after: 30 d}}
"""
MODEL = """\
kind: Model
name: score
title: Score
version: 1.10
engine: onnx
file: score.onnx
sha256: {digest}
"""
KNOWN = Vocabulary(metrics=("outcomes.risk_ratio",), engines=("onnx",), channels=("worklist",))


@pytest.fixture
def folder(tmp_path):
    where = tmp_path / "falls"
    where.mkdir()
    (where / "usecase.yaml").write_text(USE_CASE)
    (where / "source.yaml").write_text(SOURCE)
    return where


def told(folder: Path, **more: Path) -> str:
    with pytest.raises(SpecRefused) as refused:
        admit(folder, known=KNOWN, **more)
    return str(refused.value)


def test_the_shipped_use_case_is_admitted_with_the_names_of_the_rooms(root):
    folder = admit(root / "usecases" / "aki_alert")

    assert folder.use_case.name == folder.rollout.use_case == "aki_alert"
    assert list(folder.sites) == ["1", "2", "3", "4"]
    assert list(folder.sources) == ["source"]
    assert shares(folder.rollout)["all"] == {"gate": 0.01, "caution": 0.04, "safety_limit": 0.01}


def test_the_digests_are_by_kind_and_name_and_heed_only_content(folder):
    before = admit(folder, known=KNOWN).digests
    head, *rest = USE_CASE.splitlines(keepends=True)
    (folder / "usecase.yaml").write_text(f"# why\n---\n{rest[0]}{head}{''.join(rest[1:])}")
    after = admit(folder, known=KNOWN).digests
    (folder / "usecase.yaml").write_text(USE_CASE.replace("0.9", "0.91"))
    changed = admit(folder, known=KNOWN).digests

    assert set(before) == {"UseCase/falls", "Source/source"}
    assert before == after
    assert before["UseCase/falls"] != changed["UseCase/falls"]
    assert before["Source/source"] == changed["Source/source"]


def test_the_vocabulary_is_what_stands_in_the_rooms():
    known = vocabulary()

    assert "outcomes.risk_ratio" in known.metrics
    assert "no_worse_than" in known.gates
    assert "short_of_goal" in known.cautions
    assert "beyond_floor" in known.safety_limits


def test_mistakes_of_all_files_are_told_together(folder):
    (folder / "source.yaml").write_text(SOURCE.replace("known_after", "known_afer"))
    (folder / "usecase.yaml").write_text(USE_CASE.replace("path: A", "path: D"))

    assert [line.split(": ")[0] for line in told(folder).splitlines()] == [
        "source.yaml:3",
        "usecase.yaml:4",
    ]


def test_a_source_may_be_brought_along_and_stands_in_for_the_folders_own(folder, tmp_path):
    mine = tmp_path / "mine.yaml"
    mine.write_text(SOURCE.replace("hospital", "site_code"))

    admitted = admit(folder, source=mine, known=KNOWN)

    assert admitted.sources["source"].cases.site.column == "site_code"
    assert admitted.digests != admit(folder, known=KNOWN).digests


def test_a_source_brought_along_must_agree_with_the_folder_too(folder, tmp_path):
    mine = tmp_path / "mine.yaml"
    mine.write_text(SOURCE.replace("30 d", "14 d"))

    assert told(folder, source=mine).startswith(
        "mine.yaml:3: outcomes.fall30.known_after: the source says 14 d, but the use case says "
        "'fall30' has maturity 30 d"
    )


def test_a_lone_source_is_read_and_must_agree_with_itself(tmp_path):
    mine = tmp_path / "mine.yaml"
    mine.write_text(SOURCE)
    assert load_source(mine).cases.day.per_day == 10

    mine.write_text(SOURCE.replace(", per_day: 10", ""))
    with pytest.raises(SpecRefused, match=r"mine\.yaml:2: cases\.day: a day is told in exactly"):
        load_source(mine)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [("", "nothing"), (f"{SOURCE}---\n{USE_CASE}", "Source, UseCase"), (USE_CASE, "UseCase")],
)
def test_a_lone_source_file_holds_one_source_and_nothing_else(tmp_path, text, kinds):
    mine = tmp_path / "mine.yaml"
    mine.write_text(text)

    with pytest.raises(SpecRefused, match=f"one `kind: Source` document is wanted.* not {kinds}"):
        load_source(mine)


def test_a_folder_holds_one_use_case(folder):
    (folder / "second.yaml").write_text(USE_CASE.replace("name: falls", "name: slips"))
    assert told(folder).startswith("usecase.yaml:1: a folder holds one UseCase")

    (folder / "second.yaml").write_text(USE_CASE)
    assert told(folder).startswith(
        "usecase.yaml:2: name: UseCase/falls is declared already, at second.yaml:1"
    )

    (folder / "second.yaml").unlink()
    (folder / "usecase.yaml").unlink()
    assert "there is no `kind: UseCase` document in this folder; add one" in told(folder)


def test_a_folder_that_is_not_there_or_empty_is_refused(tmp_path):
    assert told(tmp_path / "nowhere").endswith("there is no such folder")
    assert told(tmp_path).endswith("there is no *.yaml file in this folder")


def test_a_file_under_another_suffix_is_not_overlooked(folder):
    (folder / "sites.yml").touch()

    assert told(folder) == "sites.yml: only *.yaml is read; rename it to sites.yaml"


def test_hidden_files_of_editors_are_passed_over(folder):
    (folder / ".usecase.yaml.swp").touch()
    (folder / ".#usecase.yaml").symlink_to("nobody@host.1234")

    assert admit(folder, known=KNOWN)


def test_a_link_out_of_the_folder_is_refused_and_one_within_is_read(folder, tmp_path):
    (folder / "here.yaml").symlink_to(folder / "source.yaml")
    (folder / "source.yaml").rename(folder / "..data")
    (folder / "here.yaml").unlink()
    (folder / "here.yaml").symlink_to(folder / "..data")
    assert admit(folder, known=KNOWN)

    (tmp_path / "outside").write_text(SOURCE)
    (folder / "here.yaml").unlink()
    (folder / "here.yaml").symlink_to(tmp_path / "outside")
    assert told(folder).startswith("here.yaml: this is a link to a file outside the folder")


def test_what_is_no_file_is_not_opened(folder):
    (folder / "drawer.yaml").mkdir()

    assert told(folder) == "drawer.yaml: this is no file that can be read"


def test_a_file_is_not_read_beyond_its_cap(folder):
    (folder / "source.yaml").write_text("#" * (MOST_BYTES + 1))

    assert told(folder) == f"source.yaml: larger than {MOST_BYTES} bytes; split it"


def test_text_that_is_not_utf_8_is_refused_with_its_line(folder):
    (folder / "source.yaml").write_bytes(b"kind: Source\ntitle: Z\xfcrich\n")

    assert told(folder).startswith("source.yaml:2: a character here is not UTF-8")


def test_a_byte_order_mark_is_no_part_of_the_text(folder):
    (folder / "source.yaml").write_text(SOURCE, encoding="utf-8-sig")

    assert admit(folder, known=KNOWN)


def test_a_models_file_is_the_one_that_was_declared(folder):
    (folder / "score.onnx").write_bytes(b"weights")
    found = sha256(b"weights").hexdigest()
    (folder / "model.yaml").write_text(MODEL.format(digest=found))
    assert admit(folder, known=KNOWN).models["score"].version == "1.10"

    (folder / "score.onnx").write_bytes(b"other weights")
    assert "model.yaml:6: file: 'score.onnx' is not the file that was declared" in told(folder)

    (folder / "model.yaml").write_text(MODEL.replace("sha256: {digest}\n", ""))
    assert "`sha256:` is missing; if 'score.onnx' is the file you tested, write `sha256: " in told(
        folder
    )


@pytest.mark.parametrize("name", ["../secret", "/etc/hostname", "score.onnx/../../secret"])
def test_a_models_file_outside_the_folder_is_not_opened(folder, tmp_path, name):
    (tmp_path / "secret").write_text("secret")
    text = MODEL.format(digest=sha256(b"secret").hexdigest()).replace("score.onnx", name)
    (folder / "model.yaml").write_text(text)

    assert told(folder).startswith(f"model.yaml:6: file: {name!r} lies outside the folder")


@pytest.mark.parametrize("name", ["score.onnx", ".", "n" * 5000, "loop"])
def test_a_models_file_that_cannot_be_read_is_refused(folder, name):
    (folder / "loop").symlink_to("loop")
    text = MODEL.format(digest="0" * 64).replace("score.onnx", name)
    (folder / "model.yaml").write_text(text)

    assert "in this folder that can be read" in told(folder)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a: 1\nb: 2\na: 3", "f:3: a: 'a' is written twice here, first on line 1; keep one"),
        ('x:\n  1: a\n  "1": b', "f:3: x.1: '1' is written twice here, first on line 2; keep one"),
        ("a: &x 1", "f:1: anchors are not read; leave out &x and write it out again"),
        ("a: *x", "f:1: aliases are not read; write out what *x stands for"),
        ("a: !!str 1", "f:1: tags are not read; leave out !!str"),
        ("a: !python/object:os.system 1", "f:1: tags are not read; leave out !python/object"),
        ("? [a]\n: 1", "f:1: a key must be a word, not a list or a mapping"),
        ("a:\n" + "[" * 40, "f:2: more than 32 deep; no spec is"),
        ("- 1\n" * (MOST_PARTS + 1), f"f:{MOST_PARTS}: more than {MOST_PARTS} keys and items"),
        ("a: b: c", "f:1: this is not YAML: mapping values are not allowed here; put text that"),
        ("a: [b\nc: d", "f:2: this is not YAML: expected ',' or ']', but got ':', in what begins"),
        ("a: 1\n\tb: 2", "f:2: this is not YAML: found character '\\t' that cannot start any "),
        ("a: 'b", "f:1: this is not YAML: found unexpected end of stream"),
        ('a: "\\UFFFFFFFF"', "f:1: this is not YAML: "),
        ("a: \x00", "f:1: this is not YAML: unacceptable character #x0000"),
        ("%YAML 3.0\n---\na: 1", "f:1: this is not YAML: found incompatible YAML document"),
    ],
    ids=lambda text: repr(text[:20]),
)
def test_what_a_spec_has_no_use_for_is_refused_with_its_line(text, what):
    with pytest.raises(SpecRefused) as refused:
        documents_of(text, file="f")

    assert str(refused.value).startswith(what)


def test_a_stream_of_documents_keeps_the_lines_of_the_file():
    first, second = documents_of("---\na: 1\n---\n\nb: [x,\n    {c: 007}]\n...\n---\n", file="f")

    assert (first.plain, second.plain) == ({"a": 1}, {"b": ["x", {"c": 7}]})
    assert second.where(("b", 1, "c")) == "f:6"
    assert second.where(()) == "f:5"
    assert second.written == {("b", 1, "c"): "007"}


def test_quoted_words_are_text():
    (document,) = documents_of("['1', \"true\", '', 'null', 1, ~]")

    assert document.plain == ["1", "true", "", "null", 1, None]


bits = st.sampled_from(
    [*"&*!?:-{}[],\"'|>#%@`~\t\n ", "\n  ", "- ", ": ", "---\n", "...", "\\ud800", ".nan", "1e999"]
)


@st.composite
def mangled(draw):
    """Give a spec with a few pieces of YAML's own punctuation pushed in."""
    text = draw(st.sampled_from([USE_CASE, SOURCE, MODEL, ""]))
    for bit in draw(st.lists(bits | st.text(max_size=3), max_size=6)):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + bit + text[at + draw(st.integers(0, 3)) :]
    return text


@given(mangled())
def test_mangled_text_is_read_or_refused_and_nothing_else(text):
    with suppress(Refused):
        for document in documents_of(text, file="f"):
            digest(parse_document(document)[1])
