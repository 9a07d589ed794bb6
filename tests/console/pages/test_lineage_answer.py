"""An answer's page leads from table and field to the bytes, and says when one byte was altered."""

from __future__ import annotations

import json
import re
import shutil
from html import unescape
from pathlib import Path

import pytest
from click.testing import CliRunner

from attending.admit import admit
from attending.cli.actions.lineage import LineageDesk
from attending.cli.data.lineage import lineage
from attending.cli.replay import recorded_source, run_history
from attending.console.page import Asked
from attending.console.pages.lineage_answer import lineage_answer
from attending.facts.data.upstream import Table, Upstream
from attending.facts.fact import By
from attending.loops.data.upstream import take
from attending.spec.data.upstream import Upstream as Wanted
from attending.spec.data.upstream import UpstreamTable
from attending.wiring import open_books

HOSPITAL = "Organization/ee172322-118b-5716-abbc-18e4c5437e15"
STAY = "http://mimic.mit.edu/fhir/mimic/identifier/encounter-hosp"
STAYS = 6


def resources():
    """Give made-up people, each with one stay and two heart rates; the last has none."""
    for n in range(STAYS):
        whose = {"reference": f"Patient/p{n}"}
        yield {"resourceType": "Patient", "id": f"p{n}", "birthDate": f"{1930 + n}-01-01"}
        yield {"resourceType": "Encounter", "id": f"e{n}", "subject": whose,
               "identifier": [{"system": STAY, "value": str(n)}],
               "serviceProvider": {"reference": HOSPITAL},
               "priority": {"coding": [{"code": "EM"}]},
               "period": {"start": f"2020-03-0{n + 1}T12:00:00Z"},
               "hospitalization": {"dischargeDisposition": {"coding": [
                   {"code": "DIED" if n == 0 else "HOME"}]}}}  # fmt: skip
        for hour in range(2 if n < STAYS - 1 else 0):
            yield {"resourceType": "Observation", "id": f"o{n}-{hour}", "subject": whose,
                   "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
                   "effectiveDateTime": f"2020-03-0{n + 1}T0{hour + 1}:00:00Z",
                   "valueQuantity": {"value": 80 + n, "code": "/min"}}  # fmt: skip


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    """Give a store in which the shipped use case was put silently to a made-up history."""
    files, store = tmp_path_factory.mktemp("files"), tmp_path_factory.mktemp("store")
    lines = "".join(json.dumps(each) + "\n" for each in resources())
    (files / "all.ndjson").write_text(lines, "utf-8")
    root = Path(__file__).resolve().parents[3]
    folder = admit(root / "usecases" / "death_in_hospital")
    run_history(folder, recorded_source(folder), files, store)
    return store


@pytest.fixture
def there(history, tmp_path, make_parts, sign_in):
    """Give a store of one's own, its parts, and somebody who looks at the answer with vitals."""
    store = Path(shutil.copytree(history, tmp_path / "store"))
    parts = make_parts(store)
    object.__setattr__(parts, "lineage", LineageDesk(store, parts.reader))
    return store, parts, sign_in(parts)


def answer_of(parts, *, with_rate=True):
    return next(
        e for e in parts.reader.entries(kinds=("served",))
        if ("heart_rate" in e.fact.body["missing"]) != with_rate
    )  # fmt: skip


def words(text):
    main = text[text.index("<main") : text.index("</main>")]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))


def test_the_page_of_an_answers_fact_leads_to_what_it_was_made_of(there, check_whole):
    _, parts, client = there
    entry = answer_of(parts)
    assert f'href="/facts/{entry.index}/lineage"' in client.get(f"/facts/{entry.index}").text

    text = client.get(f"/facts/{entry.index}/lineage").text
    check_whole(text)
    told = words(text)

    at = "heart_rate there, of 2 rows last, by taken, within 24 h heart_rates.rate none is told"
    assert f"{at} Observation.value.ofType(Quantity).value" in told
    systolic = "Observation.component.where(code.coding.where(code = '8480-6').exists())"
    assert systolic in told  # what is iterated is part of the way
    assert "silent" in told
    assert re.search(r"outcome died: (yes|no) fact", told)
    assert "Make it again from the raw bytes" in told
    card = "card:death_in_hospital shown pred:death_in_hospital channel cds_hooks at"
    assert card in told
    assert "pred:death_in_hospital masked, hidden view:stays.stay source history" in told
    assert "outcome:death_in_hospital.died observed view:departures.left_for" in told


def test_made_again_it_names_file_line_and_byte_and_no_value_or_patient(there):
    store, parts, client = there
    entry = answer_of(parts)
    text = client.get(f"/facts/{entry.index}/lineage?again=1").text
    told = words(text)

    assert "✓ the same Made again from 4 resources in 1 raw file" in told
    rows = re.findall(
        r"heart_rate heart_rates (Observation@\w{16}) (\w{12}) ([\d,]+) ([\d,]+) ([\d,]+)", told
    )
    assert len(rows) == 2
    [raw] = [p for p in (store / "lake" / "raw").glob("*/*") if p.is_file()]
    lines = raw.read_bytes().splitlines(keepends=True)
    for _, digest, line, offset, length in rows:
        found = lines[int(line.replace(",", "")) - 1]
        start = sum(map(len, lines[: int(line.replace(",", "")) - 1]))
        assert (raw.parent.name + raw.name).startswith(digest)
        assert (start, len(found.rstrip(b"\n"))) == (
            int(offset.replace(",", "")), int(length.replace(",", ""))
        )  # fmt: skip
        assert json.loads(found)["code"]["coding"][0]["code"] == "8867-4"
    assert not re.search(r"\b[po]\d(-\d)?\b", told)
    assert "1930" not in told


def test_one_altered_byte_is_found_with_its_place(there):
    store, parts, client = there
    entry = answer_of(parts)
    text = words(client.get(f"/facts/{entry.index}/lineage?again=1").text)
    offset = int(
        re.search(r"heart_rates Observation@\w+ \w+ [\d,]+ ([\d,]+)", text)[1].replace(",", "")
    )
    [raw] = [p for p in (store / "lake" / "raw").glob("*/*") if p.is_file()]
    data = bytearray(raw.read_bytes())
    at = data.index(b'"value": 8', offset) + len(b'"value": ')
    data[at] ^= 1
    raw.chmod(0o600)
    raw.write_bytes(data)

    told = words(client.get(f"/facts/{entry.index}/lineage?again=1").text)

    assert "✕ not as it was recorded" in told
    assert f"@{offset}" in told
    assert "the same" not in told


def test_what_is_wanting_is_said(there):
    store, parts, client = there
    shutil.rmtree(store / "lake")
    told = words(client.get(f"/facts/{answer_of(parts).index}/lineage?again=1").text)
    assert "◇ cannot be made again here The store's lake." in told


def test_a_missing_feature_says_why_and_tables_upstream_are_named(there):
    store, parts, client = there
    tables = (Table(name="edw.vitals", rests_on=("raw.monitor",)), Table(name="raw.monitor"))
    read = UpstreamTable(table="edw.vitals", views=("heart_rates.rate",))
    wanted = Wanted(kind="Upstream", name="edw", source="history", site="teaching_hospital",
                    tables=(read,))  # fmt: skip
    file = Upstream(teller="dbt", project="w", digest="d", at="2026-01-01T00:00:00Z", tables=tables)
    with open_books(store) as books:
        take(books, [file], wanted, By(person="engineer", via="cli"))

    entry = answer_of(parts, with_rate=False)
    told = words(client.get(f"/facts/{entry.index}/lineage").text)

    assert "heart_rate missing: " in told
    assert "edw.vitals, raw.monitor" in told
    found = words(client.get("/lineage?of=raw.monitor").text)
    assert "1 use case rests on raw.monitor" in found
    assert "death_in_hospital feature heart_rate heart_rates.rate" in found


def test_only_answers_have_one_and_it_is_about_a_patient(there):
    _, parts, client = there
    assert client.get("/facts/0/lineage").status_code == 404
    assert client.get("/facts/x/lineage").status_code == 404
    entry = answer_of(parts)
    looked = lineage_answer.about(Asked(parts, None, {"index": str(entry.index)}))
    assert looked.objects == (entry.fact.key,)
    assert lineage_answer.need(Asked(parts, None)).kind == "prediction"


def test_the_verb_says_the_same_line(there):
    store, parts, client = there
    entry = answer_of(parts)
    asked = [entry.fact.body["prediction"], "--store", str(store), "-o", "json"]
    told = json.loads(CliRunner().invoke(lineage, asked).stdout)
    kinds = {each["kind"] for each in told["edges"]}
    assert kinds == {"read", "derived", "masked", "joined", "shown", "observed"}
    plain = CliRunner().invoke(lineage, asked[:-2]).stdout
    assert "card:death_in_hospital shown from pred:death_in_hospital" in plain
    text = words(client.get(f"/facts/{entry.index}/lineage?again=1").text)
    for each in told["resources"]:
        assert (
            f" {each['line']:,} {int(each['raw'].rpartition('@')[2]):,} {each['length']:,}" in text
        )


TERMS = """
kind: Terms
name: urgencies
version: "7"
credit: the admission desk's own list
written:
  - {source_system: "urn:door", target_system: "urn:act", rows: [{source: D1, target: EM}]}
columns:
  - {view: admissions, column: urgency, map: urgencies, system: "urn:door"}
"""


def test_a_code_that_comes_through_a_map_is_found_and_the_answer_says_which(
    tmp_path, make_parts, sign_in
):
    root, files, store = Path(__file__).resolve().parents[3], tmp_path / "in", tmp_path / "store"
    there = Path(shutil.copytree(root / "usecases" / "death_in_hospital", tmp_path / "mapped"))
    (there / "terms.yaml").write_text(TERMS, "utf-8")
    files.mkdir()
    lines = [json.dumps(each).replace('"EM"', '"D1"') + "\n" for each in resources()]
    (files / "all.ndjson").write_text("".join(lines[:4]), "utf-8")
    folder = admit(there)
    run_history(folder, recorded_source(folder), files, store)
    parts = make_parts(store)
    object.__setattr__(parts, "lineage", LineageDesk(store, parts.reader))
    client = sign_in(parts)

    told = words(client.get("/lineage", params={"of": "urn:door|D1"}).text)
    assert "1 use case rests on urn:door|D1" in told
    assert "one: urgencies@7 makes urn:act|EM of it" in told
    [entry] = parts.reader.entries(kinds=("served",))
    told = words(client.get(f"/facts/{entry.index}/lineage").text)
    assert "one; map urgencies of terms urgencies@7 admissions.urgency" in told
    assert "view:admissions.urgency mapped view:admissions.urgency_raw map urgencies" in told
