"""Where the answers failed and the outcomes are known, nothing says that outcomes are not known."""

from __future__ import annotations

import json
from pathlib import Path

from attending.admit import admit
from attending.cli.replay import recorded_source, run_history
from attending.ledger.open_reader import open_reader

HOSPITAL = "Organization/ee172322-118b-5716-abbc-18e4c5437e15"
STAY = "http://mimic.mit.edu/fhir/mimic/identifier/encounter-hosp"
STAYS = 12


def stays():
    """Give stays whose end is known, of patients of whom nothing is: no age, so no answer."""
    for n in range(STAYS):
        yield {"resourceType": "Encounter", "id": f"e{n}",
               "subject": {"reference": f"Patient/p{n}"},
               "identifier": [{"system": STAY, "value": str(n)}],
               "serviceProvider": {"reference": HOSPITAL},
               "priority": {"coding": [{"code": "EM"}]},
               "period": {"start": f"2020-03-{n + 1:02}T12:00:00Z"},
               "hospitalization": {"dischargeDisposition": {"coding": [
                   {"code": "DIED" if n == 0 else "HOME"}]}}}  # fmt: skip


def test_a_gate_whose_answers_all_failed_says_so_and_lays_it_on_no_outcome(tmp_path):
    files, store = tmp_path / "files", tmp_path / "store"
    files.mkdir()
    (files / "all.ndjson").write_text("".join(json.dumps(e) + "\n" for e in stays()), "utf-8")
    folder = admit(Path(__file__).resolve().parents[3] / "usecases" / "death_in_hospital")
    run_history(folder, recorded_source(folder), files, store)

    reader = open_reader(store)
    facts = [entry.fact for entry in reader.entries()]
    reader.close()
    displays = {f.body["display"] for f in facts if f.type == "prediction/1"}
    assert displays == {"failed"}
    assert sum(f.type == "outcome/1" for f in facts) == STAYS
    said = [v["because"] for f in facts for v in f.body.get("verdicts", ())]
    assert any(
        f"{STAYS} of {STAYS} cases have a known outcome and no score" in each for each in said
    )
    assert not any("not known" in each for each in said)
