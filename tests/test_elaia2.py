"""The recorded alert at four hospitals, replayed whole: what can honestly be said of it."""

from __future__ import annotations

import csv
import json
import random
import subprocess
import sys
from datetime import date, timedelta
from math import sqrt
from typing import TYPE_CHECKING, Any

import pytest

from attending.ledger.open_reader import open_reader
from attending.ledger.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.timeout(600)  # six whole replays, two at a time

DEATHS_ETC = ("death14", "dialysis14", "aki_progression14")
WINDOW = 14

Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def rows(data: Path) -> Rows:
    path = data / "elaia2" / "elaia2.csv"
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def start(folder: Path, file: Path, store: Path, *more: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "from attending.cli import main; main()", "replay"]
    command += [str(folder), "--exposures", str(file), "--outcomes", str(file), "-o", "json"]
    command += ["--store", str(store), *map(str, more)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )


def finish(running: subprocess.Popen[str]) -> dict[str, Any]:
    out, err = running.communicate(timeout=500)

    assert running.returncode == 0, err
    return json.loads(out)


def write(path: Path, columns: list[str], rows: list[list[str]]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
    return path


def write_like(path: Path, rows: Rows, change: Callable[[dict[str, str]], None]) -> Path:
    changed = [dict(row) for row in rows]
    for row in changed:
        change(row)
    return write(path, list(rows[0]), [list(row.values()) for row in changed])


@pytest.fixture(scope="module")
def told(
    data: Path, root: Path, rows: Rows, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, Any]]:
    """Replay the file twice, three twins of it, and it once more under a decision."""
    place = tmp_path_factory.mktemp("elaia2")
    folder, file = root / "usecases" / "aki_alert", data / "elaia2" / "elaia2.csv"
    renamed, source = renamed_twin(place, rows)
    jobs: dict[str, tuple[Any, ...]] = {
        "first": (file,),
        "second": (file,),
        "renamed": (renamed, "--source", source),
        "swapped": (write_like(place / "swapped.csv", rows, swap),),
        "harmed": (write_like(place / "harmed.csv", rows, harm(random.Random(7))),),
        "governed": (file, "--decision", root / "tests" / "elaia2_decision.yaml"),
    }
    found: dict[str, dict[str, Any]] = {}
    names = list(jobs)
    for pair in (names[0:2], names[2:4], names[4:]):
        running = {
            name: start(folder, jobs[name][0], place / name, *jobs[name][1:]) for name in pair
        }
        found |= {name: finish(job) for name, job in running.items()}
    return found


@pytest.fixture(scope="module")
def kept(told: dict[str, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder that holds the stores of the replays."""
    assert told
    return next(tmp_path_factory.getbasetemp().glob("elaia2*"))


def swap(row: dict[str, str]) -> None:
    row["alert"] = "0" if row["alert"] == "1" else "1"


def harm(dice: random.Random) -> Callable[[dict[str, str]], None]:
    """Double the risk of those alerted at hospital 1."""

    def planted(row: dict[str, str]) -> None:
        exposed = row["hospital"] == "1" and row["alert"] == "1"
        had = any(row[part] == "1" for part in DEATHS_ETC)
        risk = 297 / 1197  # of those alerted there, as recorded
        if exposed and not had and dice.random() < risk / (1 - risk):
            row["aki_progression14"] = "1"

    return planted


def renamed_twin(place: Path, rows: Rows) -> tuple[Path, Path]:
    """Rename and shuffle columns and rows; text arms, dated days, named hospitals."""
    names = {"1": "Alder", "2": "Birch", "3": "Elm", "4": "Hazel"}
    told = [
        {
            "clinic": names[row["hospital"]],
            "grp": "intervention" if row["alert"] == "1" else "control",
            "when": f"{_date(float(row['studytime']))}",
            "pid": f"p{row['id']}",
            "gender": row["sex"],
            "years": row["age"],
            **{f"x_{k}": row[k] for k in (*DEATHS_ETC, *STOPPED)},
        }
        for row in rows
    ]
    random.Random(3).shuffle(told)
    columns = list(told[0])
    random.Random(5).shuffle(columns)
    file = write(place / "renamed.csv", columns, [[row[c] for c in columns] for row in told])
    source = place / "twin.yaml"
    source.write_text(TWIN, encoding="utf-8")
    return file, source


STOPPED = ("acearb_stopped24", "nsaid_stopped24", "ppi_stopped24")

TWIN = """\
kind: Source
name: source
title: ELAIA-2, a randomized trial of an alert for acute kidney injury
credit: "ELAIA-2 trial data, Dryad, CC0 1.0"
missing: ["", NaN]
cases:
  case: pid
  site: {column: clinic, map: {Alder: 1, Birch: 2, Elm: 3, Hazel: 4}}
  day: {column: when, as: date, since: 2021-03-01}
  arm:
    column: grp
    map: {intervention: alerted, control: usual}
    probability: {alerted: 0.5, usual: 0.5}
  display: {column: grp, map: {intervention: shown, control: silent}}
  subgroups:
    sex: {column: gender, map: {1: female, 0: male}}
    age: {column: years, cuts: [65, 80]}
outcomes:
  composite14: {any: [x_death14, x_dialysis14, x_aki_progression14], known_after: 14 d}
  drug_stopped:
    any: [x_acearb_stopped24, x_nsaid_stopped24, x_ppi_stopped24]
    known_after: 1 d
"""


def _date(days: float) -> str:
    return (date(2021, 3, 1) + timedelta(days=int(days))).isoformat()


def by_scope(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {scope["scope"]: scope for scope in report["scopes"]}


def moved(report: dict[str, Any]) -> list[tuple[int, str, str]]:
    return [(m["day"], m["move"], m["scope"]) for m in report["moves"] if m["move"] != "advance"]


def test_nothing_is_shown_to_help_or_to_harm(told: dict[str, Any]) -> None:
    found = {s["finding"] for s in told["first"]["scopes"]}

    assert not found & {"shown to help", "shown to harm"}


def test_hospitals_1_and_3_and_all_four_are_shown_to_be_no_worse(told: dict[str, Any]) -> None:
    scopes = by_scope(told["first"])

    for scope, day in (("1", 248), ("3", 291), ("all", 265)):
        assert (scopes[scope]["finding"], scopes[scope]["settled_on"]) == (
            "no worse than 1.25",
            day,
        )


def test_hospital_2_is_held_by_a_caution_and_hospital_4_cannot_be_told(
    told: dict[str, Any],
) -> None:
    scopes = by_scope(told["first"])

    assert scopes["2"]["finding"] == "worse than promised (caution)"
    assert scopes["2"]["settled_on"] == 238
    assert scopes["4"]["finding"] == "cannot tell yet"
    assert all(need["cases"] > 0 for need in scopes["4"]["needed"])
    assert moved(told["first"]) == [(238, "hold", "2")]


def test_the_last_day_equals_the_published_table(told: dict[str, Any], rows: Rows) -> None:
    report = told["first"]
    scopes = by_scope(report)
    parts = scopes["all"]["estimate"]["parts"]

    assert report["as_of"] == 448
    assert (parts["exposed_events"], parts["exposed_cases"]) == (585, 2532)
    assert (parts["comparison_events"], parts["comparison_cases"]) == (639, 2528)
    for hospital in "1234":
        part = scopes[hospital]["estimate"]["parts"]
        for arm, name in (("1", "exposed"), ("0", "comparison")):
            of = [r for r in rows if r["hospital"] == hospital and r["alert"] == arm]
            had = [r for r in of if any(r[p] == "1" for p in DEATHS_ETC)]
            assert (part[f"{name}_events"], part[f"{name}_cases"]) == (len(had), len(of))


def test_drugs_are_stopped_more_often_where_the_alert_was_shown(told: dict[str, Any]) -> None:
    everywhere = next(w for w in told["first"]["watched"] if w["scope"] == "all")

    assert everywhere["estimate"]["parts"] == {
        "exposed_events": 1546,
        "exposed_cases": 2532,
        "comparison_events": 1414,
        "comparison_cases": 2528,
    }


def test_replaying_twice_gives_the_same_root(told: dict[str, Any]) -> None:
    assert told["first"] == told["second"]


def test_no_interval_contradicts_its_verdict(told: dict[str, Any]) -> None:
    for report in told.values():
        for scope in report["scopes"]:
            low, high = scope["estimate"]["low"], scope["estimate"]["high"]
            words = {v["rule"]: v["word"] for v in scope["verdicts"]}
            if words["no_worse_than"] == "met":
                assert high <= 1.25
            if words["short_of_goal"] == "not_met":
                assert low >= 0.90
            assert low <= scope["estimate"]["value"]
            assert high is None or scope["estimate"]["value"] <= high


def test_a_twin_under_other_names_gives_the_same_verdicts_and_sentences(
    told: dict[str, Any],
) -> None:
    assert told["renamed"]["scopes"] == told["first"]["scopes"]
    assert told["renamed"]["watched"] == told["first"]["watched"]
    assert told["renamed"]["moves"] == told["first"]["moves"]


def test_with_arms_swapped_the_verdicts_move_as_they_should(told: dict[str, Any]) -> None:
    scopes, first = by_scope(told["swapped"]), by_scope(told["first"])

    for name, scope in scopes.items():
        was = first[name]["estimate"]["value"]
        assert scope["estimate"]["value"] == pytest.approx(1 / was)
    assert scopes["2"]["finding"] == "no worse than 1.25"  # 0.79 with the arms swapped
    assert scopes["1"]["finding"] != "no worse than 1.25"  # 1.14: the benefit is now a cost
    assert "shown to help" not in {s["finding"] for s in scopes.values()}


def test_a_doubled_risk_at_one_hospital_is_found_there_and_its_output_suspended(
    told: dict[str, Any],
) -> None:
    report = told["harmed"]
    scopes = by_scope(report)

    assert scopes["1"]["finding"] == "shown to harm"
    assert next(m[1:] for m in moved(report) if m[1] == "suspend") == ("suspend", "1")
    assert report["not_replayed"]["would_not_have_been_shown"] > 0
    for name in ("2", "4"):
        assert scopes[name]["finding"] == by_scope(told["first"])[name]["finding"]


def test_the_ledger_of_a_replay_verifies(told: dict[str, Any], kept: Path) -> None:
    found = verify(kept / "first")

    assert found.because == ""
    assert (found.size, found.root) == (
        told["first"]["ledger"]["size"],
        told["first"]["ledger"]["root"],
    )


def test_under_a_decision_the_recorded_trial_gives_the_same_answer(
    told: dict[str, Any], kept: Path
) -> None:
    plain, governed = told["first"], told["governed"]
    for part in ("scopes", "watched", "moves", "source", "budget", "as_of", "not_replayed"):
        assert governed[part] == plain[part], part

    reader = open_reader(kept / "governed")
    days = [e.fact.body for e in reader.entries(kinds=("decided",)) if e.fact.type == "decided/1"]
    reader.close()
    last = {each["id"]: each for body in days for each in body.get("conditions", [])}
    assert last["safe_at_1"]["state"] == "open", "never broken"
    assert last["no_worse_in_a_year"]["state"] == "met"


def test_a_fixed_n_look_every_day_would_have_said_otherwise(
    rows: Rows, capsys: pytest.CaptureFixture[str]
) -> None:
    """Count the days on which a 5 % test of two shares would have called it."""
    harmful = days_called(rows, {"2"}, worse=True)
    helpful = days_called(rows, {"1", "2", "3", "4"}, worse=False)

    with capsys.disabled():
        sys.stdout.write(
            f"\nfixed-n 5 % looks: hospital 2 harmful on {harmful[0]} of {harmful[1]} days,"
            f" all hospitals beneficial on {helpful[0]} of {helpful[1]} days\n"
        )
    assert harmful[0] > 0
    assert helpful[0] > 0


def days_called(rows: Rows, hospitals: set[str], *, worse: bool) -> tuple[int, int]:
    told = [r for r in rows if r["hospital"] in hospitals]
    by_day: dict[int, list[tuple[int, int]]] = {}
    for row in told:
        day = int(float(row["studytime"])) + WINDOW
        had = int(any(row[p] == "1" for p in DEATHS_ETC))
        by_day.setdefault(day, []).append((int(row["alert"]), had))
    n, k, called = [0, 0], [0, 0], 0
    first, last = min(by_day), max(by_day)
    for day in range(first, last + 1):
        for arm, had in by_day.get(day, []):
            n[arm] += 1
            k[arm] += had
        if min(n) == 0:
            continue
        pooled = sum(k) / sum(n)
        se = sqrt(pooled * (1 - pooled) * (1 / n[0] + 1 / n[1]))
        z = (k[1] / n[1] - k[0] / n[0]) / se if se else 0.0
        called += z > 1.959964 if worse else z < -1.959964
    return called, last - first + 1
