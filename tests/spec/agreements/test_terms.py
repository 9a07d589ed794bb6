"""A folder's terms: no column twice, no unit that is none, and no feature that reads what came."""

from __future__ import annotations

import json
import re
import shutil

import pytest

from attending.admit import admit
from attending.loops.declare import declared_in, documents
from attending.spec.mistake import SpecRefused

MAP = {"source_system": "urn:a", "target_system": "urn:b", "rows": [{"source": "1", "target": "2"}]}
URGENCY = {"view": "admissions", "column": "urgency", "map": "codes", "system": "urn:a"}
DEPARTURE = {"view": "departures", "column": "left_for", "map": "codes", "system": "urn:a"}
TAKEN = {"view": "heart_rates", "column": "taken", "map": "codes", "system": "urn:a"}
FILE = {"file": "more.csv", "columns": {}, "always": {}}
PRESSURE = {"view": "blood_pressures", "column": "systolic", "unit_column": "unit", "to": "mm[Hg]"}


@pytest.fixture
def folder(root, tmp_path):
    """Give a real folder with features over views, and write terms into it."""
    made = tmp_path / "death_in_hospital"
    shutil.copytree(root / "usecases" / "death_in_hospital", made)

    def write(**more):
        told = {"kind": "Terms", "name": "codes", "version": "1", "credit": "us", "written": [MAP]}
        (made / "terms.yaml").write_text(json.dumps({**told, **more}), "utf-8")
        return made

    return write


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"units": [PRESSURE]}, "blood_pressures.systolic comes in mm[Hg], by its terms"),
        ({"columns": [{**URGENCY, "column": "urgencies"}]}, "urgencies"),
        ({"columns": [TAKEN]}, "heart_rates.taken goes through a map; name one that is read as it"),
        ({"columns": [URGENCY], "files": [FILE]}, "write `sha256:` of 'more.csv'"),
        ({"columns": [DEPARTURE, DEPARTURE]}, "a column is mapped once"),
        ({"columns": [{**DEPARTURE, "system": ""}]}, "whose codes?"),
        ({"units": [{**PRESSURE, "view": "other", "to": "grams"}]}, "'grams' is no unit"),
        ({"written": []}, "it maps nothing"),
        ({"columns": [{**DEPARTURE, "accept": ["nearly"]}]}, "nearly"),
        ({"columns": [{**DEPARTURE, "allowed_unmapped": 1.5}]}, "allowed_unmapped"),
        ({"kolumns": []}, "there is no key 'kolumns' here"),
    ],
)
def test_terms_that_cannot_be_or_that_a_feature_goes_round_are_refused(folder, more, said):
    with pytest.raises(SpecRefused, match=re.escape(said)):
        admit(folder(**more))


@pytest.mark.parametrize("beside", ["urgency_raw", "urgency_system", "urgency_map"])
def test_no_feature_reads_a_code_by_the_name_of_what_came(folder, beside):
    made = folder(columns=[URGENCY])
    for file in ("usecase.yaml", "views.yaml"):
        text = (made / file).read_text("utf-8")
        text = text.replace("column: urgency,", f"column: {beside},")
        (made / file).write_text(text.replace("name: urgency,", f"name: {beside},"), "utf-8")

    with pytest.raises(SpecRefused, match="what came from the source, and not what it means"):
        admit(made)


@pytest.mark.parametrize("column", [DEPARTURE, URGENCY])
def test_terms_of_columns_are_admitted_and_declared(folder, column):
    admitted = admit(folder(columns=[column]))
    again = declared_in({"documents": documents(admitted), "digests": admitted.digests})

    assert "Terms/codes" in admitted.digests
    assert again.terms == admitted.terms
    assert admitted.terms["codes"].columns[0].column == column["column"]
