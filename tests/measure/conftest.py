"""Cells to ask about, made by hand or from simulated cases."""

from __future__ import annotations

from typing import Any

import duckdb
import ibis
import numpy as np
import pyarrow as pa
import pytest

from attending.facts.cells import Cells, Design, Sums
from attending.measure.sums import BINS, sums_of

SCHEMA = pa.schema(
    [
        ("use_case", pa.string()),
        ("site", pa.string()),
        ("subgroup", pa.string()),
        ("arm", pa.string()),
        ("evidence_day", pa.int64()),
        ("outcome", pa.string()),
        ("known", pa.bool_()),
        ("y", pa.int64()),
        ("partly", pa.bool_()),
        ("score", pa.float64()),
    ]
)
CASE = {
    "use_case": "u",
    "site": "A",
    "subgroup": "all",
    "arm": "",
    "evidence_day": 1,
    "outcome": "bad",
    "known": True,
    "y": 0,
    "partly": False,
    "score": None,
}


class InMemory:
    """The tables a metric gathers from, holding a few rows."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.con = duckdb.connect(":memory:")
        held = pa.Table.from_pylist([CASE | row for row in rows], schema=SCHEMA)
        self.con.register("held", held)
        self.con.execute("CREATE TABLE cases AS SELECT * FROM held")
        self._ibis = ibis.duckdb.from_connection(self.con)

    def cases(self, outcome: str) -> Any:
        table = self._ibis.table("cases")
        return table.filter(table.outcome == outcome)


def gathered(metric: Any, rows: list[dict[str, Any]]) -> dict[tuple[Any, ...], Sums]:
    tables = InMemory(rows)
    found = tables.con.execute(str(ibis.to_sql(metric.gather(tables, "bad"), dialect="duckdb")))
    columns = [c[0] for c in found.description or []]
    named = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
    return {(r["site"], r["arm"], r["evidence_day"]): sums_of(r) for r in named}


def cells(by_arm: dict[str, Sums] | Sums, **more: Any) -> Cells:
    held = {"": by_arm} if isinstance(by_arm, Sums) else by_arm
    given = {"metric": "m/bad", "scope": "A", "from_on": 1, "to_on": 9, "digest": "0" * 64}
    return Cells(**(given | {"by_arm": held} | more))


def two_arms(k1: int, n1: int, k0: int, n0: int, **more: Any) -> Cells:
    def sums(k: int, n: int) -> Sums:
        return Sums(n=n, sn=k, sd=n, snn=k, snd=k, sdd=n)

    arms = {"alerted": sums(k1, n1), "usual": sums(k0, n0)}
    return cells(arms, **({"design": Design("alerted", "usual", 0.5)} | more))


def scored(score: Any, y: Any) -> Sums:
    """Sum scores and outcomes as `by_score` and `observed_and_expected` together do."""
    p, e = np.asarray(score, float), np.asarray(y, float)
    bins = np.minimum((p * BINS).astype(int), BINS - 1)
    pos, neg = (np.bincount(bins[e == v], minlength=BINS).tolist() for v in (1.0, 0.0))
    return Sums(
        n=len(p),
        sn=float(e.sum()),
        sd=float(p.sum()),
        snn=float(e.sum()),
        snd=float((e * p).sum()),
        sdd=float((p * p).sum()),
        pos=tuple(pos),
        neg=tuple(neg),
    )


class Making:
    """What a test makes its cells with."""

    cells = staticmethod(cells)
    two_arms = staticmethod(two_arms)
    scored = staticmethod(scored)
    gathered = staticmethod(gathered)


@pytest.fixture(scope="session")
def making() -> type[Making]:
    """Give the builders."""
    return Making
