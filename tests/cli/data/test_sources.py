"""What a hospital's file lacks is known before anything is built, from the file itself."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from attending.cli.data.sources import sources
from attending.errors import Refused
from attending.fhir.decode import decode_exact
from attending.fhir.number import body_digest
from attending.lake.clinical.received import Batch, Received
from attending.lake.clinical.store import ClinicalLake
from attending.wiring import open_books

CHECKS = """\
kind: Checks
name: labs
source: lab_feed
table: labs
key: id
order: id
order_as: number
site: hospital
checks:
  - {check: once, column: id}
  - {check: present, column: lactate, allowed: 0.1}
  - {check: resolves, column: patient, references: [patients, id]}
"""


def run(*args, code=0):
    answer = CliRunner().invoke(sources, [str(a) for a in args])
    assert answer.exit_code == code, answer.output
    return answer.output


@pytest.fixture
def heart(data, root):
    file = data / "uci-heart-4sites" / "heart_4sites.csv"
    return ["audit", file, "--use-case", root / "usecases" / "uci_heart"]


def test_a_field_that_one_hospital_never_filled_blocks_the_use_case_there(heart, data):
    told = json.loads(run(*heart, "--pilot", "cleveland", "-o", "json", code=4))

    blocked = {(each["site"], each["column"]) for each in told["blocked"]}
    assert ("switzerland", "chol") in blocked  # recorded as 0 for every patient there
    assert ("hungary", "chol") not in blocked  # 92 % is there
    filled = {}
    with (data / "uci-heart-4sites" / "heart_4sites.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            there = row["ca"] not in ("", "NaN")
            filled.setdefault(row["site"], []).append(there)
    share = {site: sum(each) / len(each) for site, each in filled.items()}
    for site in ("hungarian", "switzerland", "va_long_beach"):
        named = {"hungarian": "hungary", "va_long_beach": "long_beach"}.get(site, site)
        found = next(
            f for f in told["fields"]
            if (f["check"], f["column"], f["site"]) == ("present", "ca", named)
        )  # fmt: skip
        assert found["share"] == pytest.approx(share[site])
        assert found["interval"][0] <= share[site] <= found["interval"][1]
        assert ((named, "ca") in blocked) is (share["cleveland"] >= 0.95 and share[site] < 0.8)
    assert all(each["site"] != "cleveland" for each in told["blocked"])


def test_the_table_says_what_blocks_and_the_ledger_keeps_it_where_one_is_named(heart, tmp_path):
    text = run(*heart, "--pilot", "cleveland", "--store", tmp_path / "s", code=4)

    assert "blocks uci_heart at switzerland: chol is there in 0% of rows" in text
    counted = next(line for line in text.splitlines() if line.startswith("rows of"))
    assert counted.split()[3:] == ["303", "294", "200", "123"], "a share has its rows"
    from attending.ledger.open_reader import open_reader

    reader = open_reader(tmp_path / "s")
    [fact] = [e.fact for e in reader.entries() if e.fact.type == "data_checked/1"]
    reader.close()
    assert "chol" in fact.body["reads"]["uci_heart"]


def test_a_pilot_that_is_not_in_the_files_is_refused(heart):
    answer = CliRunner().invoke(sources, [str(a) for a in [*heart, "--pilot", "clevland"]])

    assert isinstance(answer.exception, Refused)
    assert "did you mean 'cleveland'" in str(answer.exception)


def test_checks_of_a_file_are_written_down_once_and_a_breach_is_told_by_the_exit_code(tmp_path):
    (tmp_path / "checks.yaml").write_text(CHECKS, "utf-8")
    (tmp_path / "patients.csv").write_text("id\np1\np2\n", "utf-8")
    rows = [f"{n},Alder,{'1.5' if n % 2 else ''},p{1 + n % 2}" for n in range(300)]
    (tmp_path / "labs.csv").write_text(
        "\n".join(["id,hospital,lactate,patient", *rows]) + "\n", "utf-8"
    )
    ask = ["check", tmp_path / "checks.yaml", tmp_path / "labs.csv", "--store", tmp_path / "store"]
    ask += ["--beside", f"patients={tmp_path / 'patients.csv'}"]

    first = run(*ask, code=4)
    assert "Alder  present of labs.lactate: breach; 150 of 300 fall short, 10.0% may" in first
    assert "Alder  resolves of labs.patient: ok; 0 of 300 fall short, none may; since" in first
    again = json.loads(run(*ask, "-o", "json", code=4))

    assert again["new"] is False
    assert {r["state"] for r in again["results"]} == {"ok", "breach"}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{check: presnt, column: lactate}", "did you mean 'present'"),
        ("{check: present, column: lactat}", "did you mean 'lactate'"),
        ("{check: has_type, column: lactate}", "needs 'type'"),
        ("{check: in_range, column: lactate}", "needs a limit"),
        ("{check: resolves, column: id, references: [wards, id]}", "the tables given here"),
    ],
)
def test_a_line_that_cannot_be_asked_is_refused_and_nothing_is_written(tmp_path, line, words):
    document = CHECKS[: CHECKS.index("checks:")] + f"checks:\n  - {line}\n"
    (tmp_path / "checks.yaml").write_text(document, "utf-8")
    (tmp_path / "labs.csv").write_text("id,hospital,lactate\n1,Alder,2\n", "utf-8")

    answer = CliRunner().invoke(
        sources,
        ["check", f"{tmp_path}/checks.yaml", f"{tmp_path}/labs.csv", "--store", f"{tmp_path}/s"],
    )

    assert isinstance(answer.exception, Refused)
    assert words in str(answer.exception)


def test_a_file_that_is_broken_is_refused_with_the_reason(tmp_path):
    (tmp_path / "checks.yaml").write_text(CHECKS, "utf-8")
    (tmp_path / "labs.parquet").write_text("no parquet at all", "utf-8")

    answer = CliRunner().invoke(
        sources,
        [
            "check",
            f"{tmp_path}/checks.yaml",
            f"{tmp_path}/labs.parquet",
            "--store",
            f"{tmp_path}/s",
        ],
    )

    assert isinstance(answer.exception, Refused)
    assert "cannot be read" in str(answer.exception)


def test_a_field_that_the_lakes_views_lack_at_one_hospital_blocks_the_use_case_there(
    root, tmp_path
):
    """Over the tables of views, by no document but the use case's own features."""
    folder, store = root / "usecases" / "death_in_hospital", tmp_path / "s"
    with open_books(store):
        pass
    with ClinicalLake.open(store) as lake:
        for site, n_born in (("alder", 500), ("birch", 240)):
            trees = [
                {"resourceType": "Patient", "id": f"{site}{n}"}
                | ({"birthDate": "1960-01-01"} if n % 500 < n_born else {})
                for n in range(500)
            ]
            load(lake, site, trees)
    ask = ["audit", "--use-case", folder, "--store", store]

    told = json.loads(run(*ask, "--pilot", "alder", "-o", "json", code=4))

    assert [(b["site"], b["column"]) for b in told["blocked"]] == [("birch", "born")]
    by = {(f["site"], f["column"]): f for f in told["fields"] if f["check"] == "present"}
    assert by["birch", "born"]["share"] == pytest.approx(0.48)
    low, high = by["birch", "born"]["interval"]
    assert low < 0.48 < high
    assert json.loads(run(*ask, "--pilot", "birch", "-o", "json"))["blocked"] == []
    with ClinicalLake.open(store) as lake:
        assert {row["site"] for row in lake.rows(lake.table("check"))} == {"alder", "birch"}
        load(lake, "birch", [
            {"resourceType": "Observation", "id": f"o{n}", "status": "final",
             "subject": {"reference": f"Patient/birch{n}"},
             "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
             "effectiveDateTime": "2026-10-13T07:00:00Z",
             "valueQuantity": {"value": 80, "unit": "bpm", "code": "bpm"}}
            for n in range(300)
        ])  # fmt: skip
    told = json.loads(run(*ask, "--pilot", "birch", "-o", "json", code=4))

    without = [b["because"] for b in told["blocked"] if b["site"] == "alder"]
    assert set(without) == {"no row of heart_rates is from alder, and some are from birch"}


def test_limits_that_a_use_case_would_read_as_measured_are_counted_at_each_hospital(root, tmp_path):
    folder, store = root / "usecases" / "death_in_hospital", tmp_path / "s"
    with open_books(store):
        pass
    signs = {"alder": ["<", ">", ""], "birch": ["", ""]}
    with ClinicalLake.open(store) as lake:
        for site, sent in signs.items():
            load(lake, site, [
                {"resourceType": "Observation", "id": f"{site}{n}", "status": "final",
                 "subject": {"reference": f"Patient/{site}{n}"},
                 "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
                 "effectiveDateTime": "2026-10-13T07:00:00Z",
                 "valueQuantity": {"value": 40 + n, "unit": "bpm", "code": "bpm"}
                 | ({"comparator": sign} if sign else {})}
                for n, sign in enumerate(sent)
            ])  # fmt: skip
    ask = ["audit", "--use-case", folder, "--store", store, "--pilot", "alder"]

    ran = CliRunner().invoke(sources, [*map(str, ask), "-o", "json"], catch_exceptions=False)

    assert json.loads(ran.stdout)["limits_as_measured"] == [
        {"view": "heart_rates", "elements": ["valueQuantity"], "site": "alder", "values": 2}
    ]
    assert "heart_rates at alder: 2 values came with a comparator that is not read" in ran.stderr
    assert "birch" not in ran.stderr


USE_CASE = "uci_heart"


def of_two(tmp_path, root, site, *, last):
    """Give what audits two hospitals' rows, of which one site's last rows hold no age."""
    with (root / "usecases" / USE_CASE / "source.yaml").open(encoding="utf-8") as file:
        assert "age: {column: age}" in file.read()
    named = "site age sex cp trestbps chol fbs restecg thalach exang oldpeak slope ca thal num"
    lines = [named.replace(" ", ",")]
    for hospital in ("cleveland", "hungarian"):
        for n in range(3000):
            age = "" if hospital == site and n >= 3000 - last else "61"
            lines.append(f"{hospital},{age},1,2,130,210,0,0,150,0,1,2,0,3,0")
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return ["audit", path, "--use-case", root / "usecases" / USE_CASE, "--pilot", "cleveland"]


@pytest.mark.parametrize(("last", "is_told"), [(500, True), (0, False)])
def test_a_field_that_has_gone_is_told_though_its_share_is_high(tmp_path, root, last, is_told):
    text = run(*of_two(tmp_path, root, "hungarian", last=last))

    assert ("age has become emptier at hungary" in text) is is_told
    assert "nothing is blocked" in text


def test_rows_that_a_drop_would_set_aside_are_counted_and_not_asked(tmp_path, root):
    asked = of_two(tmp_path, root, "", last=0)
    with asked[1].open("a", encoding="utf-8") as file:
        file.write("hungarian,61\n" + "hungarian" + ",1" * 20 + "\n")

    text = run(*asked)

    assert "2 rows have not the cells of their header" in text
    assert "nothing is blocked" in text


def load(lake, site, trees):
    texts = [json.dumps(tree) for tree in trees]
    batch = Batch("feed", site, lake.raw.keep(repr(texts).encode()), datetime.now(UTC))
    rows = [
        Received(n, 1, tree["resourceType"], tree["id"], text,
                 body_digest(decode_exact(text.encode())))
        for n, (tree, text) in enumerate(zip(trees, texts, strict=True))
    ]  # fmt: skip
    lake.load(batch, rows)
