from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from attending.fhir.view import view
from attending.ingest.feed import Hints
from attending.ingest.feeds.fhir_ndjson import fhir_ndjson
from attending.lake.clinical.received import Batch
from attending.lake.clinical.store import ClinicalLake

DAY_ONE = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def lake(tmp_path):
    with ClinicalLake.open(tmp_path) as opened:
        yield opened


class Sent:
    """A source that sends files of lines, a day apart."""

    def __init__(self, lake):
        self.lake = lake
        self.at = DAY_ONE

    def __call__(self, *bodies, site="east", known=""):
        lines = [b if isinstance(b, bytes) else json.dumps(b).encode() for b in bodies]
        raw = self.lake.raw.keep(b"\n".join(lines))
        batch = Batch("ehr", site, raw, self.at)
        self.at += timedelta(days=1)
        return self.lake.load(batch, fhir_ndjson(self.lake.raw.pieces(raw), Hints(known=known)))


@pytest.fixture
def send(lake):
    return Sent(lake)


@pytest.fixture
def observation():
    def made(name, value, at=None):
        body = {"resourceType": "Observation", "id": name, "status": "final", "valueInteger": value}
        return body | ({"meta": {"lastUpdated": at}} if at else {})

    return made


@pytest.fixture
def held(lake):
    """Give what holds: the value each observation has."""

    def by_id(**asked):
        rows = lake.rows(lake.current(**asked))
        return {row["id"]: json.loads(row["body"])["valueInteger"] for row in rows}

    return by_id


@pytest.fixture
def values_view():
    """Give a view with one row for each observation that has a value."""
    columns = [
        {"name": "value", "path": "valueInteger", "type": "integer"},
        {"name": "status", "path": "status", "type": "code"},
    ]
    return view(
        {
            "name": "observed_values",
            "resource": "Observation",
            "status": "active",
            "select": [{"column": columns}],
            "where": [{"path": "valueInteger.exists()"}],
        }
    )


@pytest.fixture
def send_to():
    """Give what makes a source of any lake."""
    return Sent
