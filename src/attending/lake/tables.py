"""The lake: facts made wide, as tables that a metric gathers from.

A projection in an in-process DuckDB, rebuilt from the ledger whenever it is opened; the
ledger alone is the truth. Metrics speak Ibis and never see this file; the SQL of each
expression is compiled once, then asked again for the days that changed.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import duckdb
import ibis
import pyarrow as pa

from attending.facts.days import Days
from attending.lake.at_rest import encrypt_spilled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from attending.facts.entry import Entry

SERVED = pa.schema(
    [
        ("index", pa.int64()),
        ("prediction", pa.string()),
        ("use_case", pa.string()),
        ("release", pa.string()),
        ("site", pa.string()),
        ("arm", pa.string()),
        ("display", pa.string()),
        ("day", pa.int64()),
        ("set_aside", pa.string()),
        ("score", pa.float64()),
        ("patient", pa.string()),
        ("encounter", pa.string()),
    ],
)
GROUPS = pa.schema(
    [("use_case", pa.string()), ("prediction", pa.string()), ("subgroup", pa.string())],
)
OBSERVED = pa.schema(
    [
        ("index", pa.int64()),
        ("prediction", pa.string()),
        ("use_case", pa.string()),
        ("outcome", pa.string()),
        ("y", pa.bool_()),
        ("partly", pa.bool_()),
        ("day", pa.int64()),
    ],
)
OUTCOMES = pa.schema(
    [("use_case", pa.string()), ("outcome", pa.string()), ("maturity", pa.int64())],
)

# A case stands in group "all" and in each of its subgroups; a case set aside is measured
# no further. A correction has already replaced the row it corrects (`_forget`), so a day's
# cells cost that day's rows.
CASES = """
CREATE VIEW cases AS
SELECT s.use_case, s.release, s.site, g.subgroup, s.arm, s.display, s.score, d.outcome,
       s.day AS case_day, s.day + d.maturity AS evidence_day,
       o.y IS NOT NULL AS known,
       CAST(coalesce(o.y, false) AS BIGINT) AS y,
       coalesce(o.partly, false) AS partly
FROM served s
JOIN groups g ON g.use_case = s.use_case AND g.prediction = s.prediction
JOIN outcomes d ON d.use_case = s.use_case
LEFT JOIN observed o ON o.use_case = s.use_case AND o.prediction = s.prediction
                    AND o.outcome = d.outcome
WHERE s.set_aside IS NULL
"""

# Of a prediction at a place where the tool was off, nobody could have seen anything: it is
# no case of the tool, and one that waits for its outcome would count as missing.
NOT_A_CASE = frozenset({"off", "suspended", "retired"})


class Asked(NamedTuple):
    """One prediction, as an outcome is joined to it."""

    prediction: str
    site: str
    day: int
    release: str | None
    set_aside: bool


class Lake:
    """The wide tables, in this process.

    Parameters
    ----------
    maturities
        For each use case, its outcomes and the days after which each is known.

    """

    def __init__(self, maturities: dict[str, dict[str, int]]) -> None:
        self._con = duckdb.connect(":memory:")
        encrypt_spilled(self._con)  # pseudonyms, and no store says how they lie
        self._ibis = ibis.duckdb.from_connection(self._con)
        for name, schema in (("served", SERVED), ("groups", GROUPS), ("observed", OBSERVED)):
            self._create(name, schema.empty_table())
        rows = [
            {"use_case": u, "outcome": o, "maturity": m}
            for u, outcomes in maturities.items()
            for o, m in outcomes.items()
        ]
        self._create("outcomes", pa.Table.from_pylist(rows, schema=OUTCOMES))
        self._con.execute(CASES)
        self._sql: dict[str, str] = {}
        self._day_of: dict[tuple[str, str], int] = {}
        self._days: dict[str, Days] = {}
        self._maturities = maturities
        self._version = 0
        self._answers: dict[tuple[str, str, str, int], list[dict[str, Any]]] = {}

    def _create(self, name: str, table: pa.Table) -> None:
        self._con.register("incoming", table)
        self._con.execute(f'CREATE TABLE "{name}" AS SELECT * FROM incoming')  # noqa: S608  own names
        self._con.unregister("incoming")

    def _add(self, name: str, rows: list[dict[str, object]], schema: pa.Schema) -> None:
        if rows:
            self._con.register("incoming", pa.Table.from_pylist(rows, schema=schema))
            self._con.execute(f'INSERT INTO "{name}" SELECT * FROM incoming')  # noqa: S608  own names
            self._con.unregister("incoming")

    def widen(self, entries: Iterable[Entry]) -> set[tuple[str, str, int]]:
        """Take facts in; give (use case, outcome, evidence day) that may have changed."""
        served: list[dict[str, object]] = []
        groups: list[dict[str, object]] = []
        observed: list[dict[str, object]] = []
        changed: set[tuple[str, str, int]] = set()
        for entry in _last_of_each(entries):
            if entry.fact.supersedes is not None:
                self._forget(entry)
            fact, body = entry.fact, entry.fact.body
            use_case = fact.use_case or ""
            if fact.type == "prediction/1":
                earlier = self._day_of.get((use_case, str(body["prediction"])))
                day = self._case_day(entry)
                self._day_of[use_case, str(body["prediction"])] = day
                served.append(_served(entry, day))
                groups += _groups(entry)
                changed |= {
                    (use_case, o, d + m)
                    for o, m in self._maturities.get(use_case, {}).items()
                    for d in {day, day if earlier is None else earlier}
                }
            elif fact.type == "outcome/1":
                observed.append(_observed(entry))
                known_day = self._day_of.get((use_case, str(body["prediction"])))
                maturity = self._maturities.get(use_case, {}).get(str(body["outcome"]))
                if known_day is not None and maturity is not None:
                    changed.add((use_case, str(body["outcome"]), known_day + maturity))
            elif fact.type == "receipt/1" and use_case not in self._days:
                self._days[use_case] = Days().after(fact)
        self._version += 1
        self._add("served", served, SERVED)
        self._add("groups", groups, GROUPS)
        self._add("observed", observed, OBSERVED)
        return changed

    def _case_day(self, entry: Entry) -> int:
        """Give the day of a case: as recorded, else the day it was answered on."""
        day = entry.fact.body.get("day")
        if day is not None:
            return int(str(day))
        days = self._days.get(entry.fact.use_case or "", Days())
        return days.of(datetime.fromisoformat(entry.fact.at))

    def asked(self, use_case: str, column: str, names: Iterable[str]) -> dict[str, list[Asked]]:
        """Give the predictions that bear certain names, by name, in the order they came.

        Parameters
        ----------
        use_case
            Whose predictions.
        column
            ``prediction``, ``patient`` or ``encounter``.
        names
            Pseudonyms, or ids of predictions.

        """
        wanted = sorted({*names} - {""})
        found: dict[str, list[Asked]] = {}
        if not wanted:
            return found
        if column not in ("prediction", "patient", "encounter"):
            raise ValueError(column)
        rows = self._con.execute(
            f'SELECT "{column}", prediction, site, day, release, set_aside IS NOT NULL'  # noqa: S608  one of three names
            f' FROM served WHERE use_case = ? AND "{column}" IN (SELECT unnest(?))'
            ' ORDER BY "index"',
            [use_case, wanted],
        )
        for name, prediction, site, day, release, aside in rows.fetchall():
            each = Asked(prediction, site, day, release, set_aside=aside)
            found.setdefault(name, []).append(each)
        return found

    def _forget(self, entry: Entry) -> None:
        """Take out the rows that a correction replaces."""
        key = [entry.fact.use_case, entry.fact.body.get("prediction")]
        if entry.fact.type == "prediction/1":
            self._con.execute("DELETE FROM served WHERE use_case = ? AND prediction = ?", key)
            self._con.execute("DELETE FROM groups WHERE use_case = ? AND prediction = ?", key)
        elif entry.fact.type == "outcome/1":
            self._con.execute(
                "DELETE FROM observed WHERE use_case = ? AND prediction = ? AND outcome = ?",
                [*key, entry.fact.body["outcome"]],
            )

    def cases(self, outcome: str) -> Any:
        """Give the cases joined to one outcome (the `Tables` protocol)."""
        table = self._ibis.table("cases")
        return table.filter(table.outcome == outcome)

    def ask(
        self,
        name: str,
        gather: Callable[[], Any],
        *,
        use_case: str,
        days: Sequence[int],
    ) -> list[dict[str, Any]]:
        """Run a metric's expression for some evidence days, in a stated order.

        Parameters
        ----------
        name
            What the compiled SQL is remembered under.
        gather
            Makes an Ibis table with columns ``use_case, site, subgroup, arm, evidence_day``
            and additive sums.
        use_case
            Whose cases.
        days
            The evidence days wanted.

        """
        if name not in self._sql:
            self._sql[name] = str(ibis.to_sql(gather(), dialect="duckdb"))
        wanted = ", ".join(str(int(day)) for day in days)
        asked = (self._sql[name], use_case, wanted, self._version)
        if asked in self._answers:  # two metrics of one outcome often ask the same sums
            return self._answers[asked]
        found = self._con.execute(
            f"SELECT * FROM ({self._sql[name]}) WHERE use_case = ? AND evidence_day IN ({wanted})"  # noqa: S608  integers and own SQL only
            " ORDER BY evidence_day, site, subgroup, arm",
            [use_case],
        )
        columns = [c[0] for c in found.description or []]
        rows = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
        self._answers = {asked: rows} | {a: r for a, r in self._answers.items() if a[3] == asked[3]}
        return rows


def _last_of_each(entries: Iterable[Entry]) -> list[Entry]:
    """Keep, of facts on one happening, the last: it corrects the others."""
    return list({entry.fact.key: entry for entry in entries}.values())


def _served(entry: Entry, day: int) -> dict[str, object]:
    body = entry.fact.body
    reason = str(body.get("reason", ""))
    no_case = reason if body["display"] == "suppressed" and reason in NOT_A_CASE else None
    return {
        "index": entry.index,
        "prediction": body["prediction"],
        "use_case": entry.fact.use_case,
        "release": entry.fact.release,
        "site": entry.fact.site,
        "arm": body.get("arm", ""),
        "display": body["display"],
        "day": day,
        "set_aside": body.get("set_aside") or no_case,
        "score": body.get("score"),
        "patient": body.get("patient"),
        "encounter": body.get("encounter"),
    }


def _groups(entry: Entry) -> list[dict[str, object]]:
    groups = entry.fact.body.get("subgroups", {})
    found = sorted(groups.items()) if isinstance(groups, dict) else []
    return [
        {
            "use_case": entry.fact.use_case,
            "prediction": entry.fact.body["prediction"],
            "subgroup": subgroup,
        }
        for subgroup in ["all", *(f"{attribute}={value}" for attribute, value in found)]
    ]


def _observed(entry: Entry) -> dict[str, object]:
    body = entry.fact.body
    return {
        "index": entry.index,
        "prediction": body["prediction"],
        "use_case": entry.fact.use_case,
        "outcome": body["outcome"],
        "y": body["y"],
        "partly": bool(body.get("partly", False)),
        "day": body["day"],
    }
