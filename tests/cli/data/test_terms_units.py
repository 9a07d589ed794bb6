"""A site whose analyzer changed its unit is found in the lake; the ledger keeps counts alone."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime

import numpy as np
import pytest

from attending.cli import main
from attending.fhir.decode import decode_exact
from attending.fhir.number import body_digest
from attending.lake.clinical.received import Batch, Received
from attending.lake.clinical.store import ClinicalLake
from attending.wiring import open_books

VIEW = {
    "name": "lactates",
    "resource": "Observation",
    "status": "active",
    "select": [
        {
            "column": [
                {"name": "person", "path": "subject.getReferenceKey()", "type": "string"},
                {"name": "amount", "path": "value.ofType(Quantity).value", "type": "decimal"},
                {"name": "told", "path": "value.ofType(Quantity).code", "type": "code"},
            ]
        }
    ],
}
TERMS = {
    "kind": "Terms",
    "name": "lab_units",
    "version": "1",
    "credit": "us",
    "written": [
        {"source_system": "a", "target_system": "b", "rows": [{"source": "1", "target": "2"}]}
    ],
    "units": [
        {"view": "lactates", "column": "amount", "unit_column": "told", "to": "mmol/L",
         "might_be": ["mg/dL"], "molar_mass": "90.08", "person_column": "person",
         "holds": ["sepsis_alert"]}
    ],
}  # fmt: skip


def lactate(n, value):
    return json.dumps({
        "resourceType": "Observation",
        "id": f"o{n}",
        "subject": {"reference": f"Patient/p{n}"},
        "valueQuantity": {"value": round(float(value), 3), "code": "mmol/L"},
    })  # fmt: skip


def load(store, site, values):
    """Put values where `attending ingest` would, in a store that has its ledger."""
    open_books(store).close()
    bodies = [lactate(n, value) for n, value in enumerate(values)]
    with ClinicalLake.open(store) as lake:
        raw = lake.raw.keep("\n".join([site, *bodies]).encode())
        lake.load(
            Batch("lab", site, raw, datetime(2026, 6, 1, tzinfo=UTC)),
            [
                Received(
                    n, 1, "Observation", f"o{n}", body, body_digest(decode_exact(body.encode()))
                )
                for n, body in enumerate(bodies)
            ],
        )


@pytest.fixture
def covered(tmp_path, monkeypatch, capsys):
    (tmp_path / "view.json").write_text(json.dumps(VIEW), "utf-8")
    (tmp_path / "terms.yaml").write_text(json.dumps(TERMS), "utf-8")

    def run():
        words = ["terms", "coverage", "terms.yaml", "--view", "view.json", "--store", "store"]
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["attending", *words])
        with pytest.raises(SystemExit) as left:
            main()
        return left.value.code, capsys.readouterr().out.splitlines()

    return run


def test_the_site_whose_numbers_moved_under_their_label_is_named_and_no_other(tmp_path, covered):
    dice = np.random.default_rng(11)
    for site in ("elm", "larch"):
        values = np.exp(dice.normal(0.6, 0.5, 330))
        values[270:] *= 9.008 if site == "larch" else 1
        load(tmp_path / "store", site, values)

    code, lines = covered()
    with open_books(tmp_path / "store") as books:
        size = books.reader.size()
        told = books.reader.latest("checks/lab_units_units/lactates.amount/checked").fact.body
    again, _ = covered()

    assert (code, again) == (4, 4)
    assert "  elm: 0 in another unit; ok" in lines
    (found,) = [line for line in lines if "larch" in line and "another unit" in line]
    assert found.endswith("; breach")
    assert [(each["site"], each["state"]) for each in told["results"]] == [
        ("elm", "ok"), ("larch", "breach"),
    ]  # fmt: skip
    assert told["holds"] == {"same_unit/amount": ["sepsis_alert"]}
    assert abs(told["results"][1]["since_row"] - 270) <= 3
    assert "Patient" not in json.dumps(told)
    assert "Observation" not in json.dumps(told)
    with open_books(tmp_path / "store") as books:
        assert books.reader.size() == size
