"""What a vocabulary's owner licenses is not ours to give away: its codes are named, not listed.

LOINC, SNOMED CT, RxNorm, CPT and their kin may be used by whoever holds the license, and each
hospital does. A table of them in the package or the repository would hand out somebody's content
under our license. A code here and there is named where a rule, a default or a test needs it; a
list is what this looks for: many codes of one shape in one file, or a file that bears the name of
a release.
"""

from __future__ import annotations

import re

import pytest

MOST = 25  # codes of one shape in one file; a table of a vocabulary has thousands
BINARY = {".onnx", ".png", ".jpg", ".ico", ".woff2", ".zip", ".parquet", ".gz"}
PACKED = (".zip", ".gz", ".parquet", ".tar", ".tgz", ".xlsx", ".db", ".sqlite")
HASHES = ("requirements/",)  # pins of packages, nothing but digests

SHAPES = {
    "LOINC": re.compile(r"(?<![\w.-])\d{3,5}-\d(?![\w-])"),
    "SNOMED CT": re.compile(r"(?<![\w.-])\d{6,18}(?=\s*\|[^|\n]+\|)|(?<=sct/)\d{6,18}"),
    "RxNorm": re.compile(r"(?i)(?<=rxcui)\W{1,4}\d{2,8}|(?<=RXNORM:)\d{2,8}"),
    "CPT": re.compile(r"(?i)(?<=cpt)\W{1,4}\d{5}(?!\d)"),
}
RELEASES = re.compile(
    r"(?i)(^|/)(loinc(table)?(core)?[^/]*\.(csv|tsv|txt|zip)|sct2_[^/]*|rxn(conso|rel|sat)[^/]*"
    r"|snomedct_[^/]*|mrconso[^/]*|[^/]*cpt[^/]*\.(csv|tsv|txt)|concept(_relationship)?\.csv"
    r"|[^/]*_to_(loinc|rxnorm|snomed)[^/]*\.(csv|tsv|txt|json))$"
)


def lists(text):
    """Name the vocabularies of which a text holds more codes than anybody needs to name."""
    return [name for name, shape in SHAPES.items() if len(set(shape.findall(text))) > MOST]


@pytest.fixture(scope="session")
def ours(root, kept_files):
    """Give every kept file, by its name from the root; what is in the wheel is among them."""
    return {str(path.relative_to(root)): path for path in kept_files}


def test_no_file_is_a_release_of_a_licensed_vocabulary(ours):
    assert not [name for name in ours if RELEASES.search(name)]


def test_no_file_holds_a_list_of_licensed_codes(ours):
    found = {
        name: lists(path.read_text("utf-8", errors="replace"))
        for name, path in ours.items()
        if path.suffix not in BINARY and not name.startswith(HASHES)
    }

    assert not {name: what for name, what in found.items() if what}


def test_nothing_packed_hides_in_the_package(ours):
    inside = [name for name in ours if name.startswith("src/") and name.endswith(PACKED)]

    assert not inside


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("LOINC", "{n}-4,Sodium,SCnc,Pt,Ser/Plas"),
        ("SNOMED CT", "{n}000119105 | Disorder of something |"),
        ("RxNorm", 'RXCUI: "{n}"'),
        ("CPT", "CPT {n}"),
    ],
)
def test_a_list_of_each_would_be_seen_and_a_few_codes_are_not(name, row):
    rows = [row.format(n=10_000 + n) for n in range(MOST + 1)]

    assert lists("\n".join(rows)) == [name]
    assert lists("\n".join(rows[:MOST])) == []


@pytest.mark.parametrize(
    "name",
    [
        "src/attending/lake/LoincTableCore.csv",
        "data/sct2_Concept_Snapshot_INT_20260101.txt",
        "RXNCONSO.RRF",
        "usecases/x/outputevents_to_loinc.csv",
        "CONCEPT.csv",
    ],
)
def test_a_release_would_be_seen_by_its_name(name):
    assert RELEASES.search(name)
