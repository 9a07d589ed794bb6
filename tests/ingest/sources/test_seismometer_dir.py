"""A Seismometer directory is read as it is, gives the verdicts of its rows, and keeps its word."""

from __future__ import annotations

import csv
import json
import random
from datetime import datetime, timedelta

import pyarrow as pa
import pytest
from click.testing import CliRunner
from pyarrow import parquet

from attending.cli.replay import replay
from attending.errors import Refused
from attending.ingest.drop import reader_of
from attending.ingest.sources.seismometer_dir import seismometer_dir

START = datetime.fromisoformat("2026-01-01")  # the format's times have no zone
DAYS, A_DAY = 10, 16
CONFIG = """
other_info:
  usage_config: usage_config.yml
  template: binary
  info_dir: outputs
  event_definition: dictionary.yml
  prediction_definition: dictionary.yml
  data_dir: data
  event_path: events.parquet
  prediction_path: predictions.parquet
"""
USAGE = """
data_usage:
  entity_id: patient_nbr
  context_id: encounter_id
  primary_output: Score
  primary_target: Death or dialysis
  predict_time: ScoringTime
  features: [lab]
  cohorts:
    - {source: Age, splits: [65, 80]}
  event_table: {type: Type, time: EventTime, value: Value}
  events:
    - {source: [Death, Dialysis], display_name: Death or dialysis, window_hr: 336, usage: target,
       aggregation_method: max}
    - {source: Stopped, window_hr: 24, offset_hr: 1, usage: outcome}
  censor_min_count: 10
"""
DICTIONARY = """
predictions:
  - {name: patient_nbr, dtype: str, definition: whose}
  - {name: encounter_id, dtype: str}
  - {name: Score, dtype: float}
  - {name: ScoringTime, dtype: "datetime64[ns]"}
  - {name: Age, dtype: int}
events:
  - {name: Death, dtype: bool}
  - {name: Dialysis, dtype: bool}
  - {name: Stopped, dtype: bool}
"""
SOURCE = """
kind: Source
name: source
title: a generated trial
cases:
  case: "{encounter_id}:{ScoringTime}"
  site: {column: hospital}
  day: {column: ScoringTime, as: datetime, since: "2026-01-01"}
  arm: {column: arm, map: {1: alerted, 0: usual}, probability: {alerted: 0.5, usual: 0.5}}
  display: {column: arm, map: {1: shown, 0: silent}}
  subgroups: {sex: {column: sex, map: {1: female, 0: male}}, age: {column: Age, cuts: [65, 80]}}
outcomes:
  composite14: {column: Death or dialysis_Value, known_after: 14 d}
  drug_stopped: {column: Stopped_Value, known_after: 1 d}
"""


def made(seed=3):
    """Give predictions, events, and what each prediction's outcomes are, from what was planted."""
    rng, predictions, events, truth = random.Random(seed), [], [], []
    for n in range(DAYS * A_DAY):
        at = START + timedelta(days=n // A_DAY, hours=n % A_DAY)
        keys = {"patient_nbr": f"p{n % 97}", "encounter_id": f"e{n}"}
        predictions.append(
            keys
            | {"Score": rng.random(), "ScoringTime": at, "Age": rng.randrange(20, 95), "lab": None,
               "hospital": str(n % 4 + 1), "arm": str(rng.randrange(2)),
               "sex": str(rng.randrange(2))}
        )  # fmt: skip
        days, hours = rng.choice([-2, 3, 13, 15, None]), rng.choice([0.5, 2, 25, 26, None])
        if days is not None:
            kind = rng.choice(["Death", "Dialysis"])
            when = at + timedelta(days=days)
            events.append(keys | {"Type": kind, "EventTime": when, "Value": 1.0})
        if hours is not None:
            when = at + timedelta(hours=hours)
            events.append(keys | {"Type": "Stopped", "EventTime": when, "Value": 1.0})
        truth.append((days in (3, 13), hours in (2, 25)))
    rng.shuffle(events)
    return predictions, events, truth


def laid(path, predictions, events, **files):
    """Write a directory; ``files`` stand in for those of the same name."""
    (path / "data").mkdir(parents=True, exist_ok=True)
    texts = {"config": CONFIG, "usage_config": USAGE, "dictionary": DICTIONARY} | files
    for name, text in texts.items():
        (path / f"{name}.yml").write_text(text, "utf-8")
    parquet.write_table(pa.Table.from_pylist(predictions), path / "data" / "predictions.parquet")
    parquet.write_table(pa.Table.from_pylist(events), path / "data" / "events.parquet")
    return path


def as_csv(path, predictions, truth):
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow([*predictions[0], "Death or dialysis_Value", "Stopped_Value"])
        for row, (died, stopped) in zip(predictions, truth, strict=True):
            cells = row | {"ScoringTime": row["ScoringTime"].isoformat()}
            out.writerow([*cells.values(), int(died), int(stopped)])
    return path


def test_a_replay_gives_the_verdicts_of_the_csv_file_with_the_same_rows(tmp_path, root):
    predictions, events, truth = made()
    folder = laid(tmp_path / "seismometer", predictions, events)
    flat = as_csv(tmp_path / "rows.csv", predictions, truth)
    source = tmp_path / "source.yaml"
    source.write_text(SOURCE, "utf-8")

    def told(file):
        options = ["--exposures", file, "--outcomes", file, "--source", source, "-o", "json"]
        ran = CliRunner().invoke(replay, [str(root / "usecases/aki_alert"), *map(str, options)])
        assert ran.exit_code == 0, ran.output
        return json.loads(ran.stdout)

    read, flat_read = told(folder), told(flat)
    assert any(scope["verdicts"] for scope in read["scopes"])
    assert sum(scope["events"] for scope in read["scopes"]) > 0
    for key in ("scopes", "watched", "moves", "not_replayed", "as_of"):
        assert read[key] == flat_read[key]
    assert "config.yml other_info.template" not in read["source"]["not_used"]
    assert "other_info.template" in read["source"]["not_used"]
    assert "not_used" not in flat_read["source"]


def test_an_event_counts_in_its_window_and_nowhere_else(tmp_path):
    predictions, events, truth = made(seed=11)
    read = seismometer_dir(laid(tmp_path, predictions, events), needed=frozenset())

    found = [(r.cells["Death or dialysis_Value"], r.cells["Stopped_Value"]) for r in read.rows]
    assert [(a not in ("0", ""), b not in ("0", "")) for a, b in found] == truth


@pytest.mark.parametrize(
    ("strategy", "wanted"),
    [("forward", "3"), ("nearest", "2"), ("first", "1"), ("last", "4")],
)
def test_of_several_events_the_strategy_gives_one(tmp_path, strategy, wanted):
    predictions, _, _ = made()
    at = predictions[0]["ScoringTime"]
    keys = {"patient_nbr": "p0", "encounter_id": "e0", "Type": "Stopped"}
    hours = {1.0: -9, 2.0: -1, 3.0: 4, 4.0: 20}
    events = [
        keys | {"EventTime": at + timedelta(hours=h), "Value": v}
        for v, h in reversed(hours.items())
    ]
    usage = USAGE.replace("window_hr: 24, offset_hr: 1", f"merge_strategy: {strategy}")
    typed = DICTIONARY.replace("{name: Stopped, dtype: bool}", "{name: Stopped, dtype: int}")
    folder = laid(tmp_path, predictions[:1], events, usage_config=usage, dictionary=typed)
    [row] = seismometer_dir(folder, needed=frozenset({"Stopped_Value"})).rows
    assert float(row.cells["Stopped_Value"]) == float(wanted)


@pytest.mark.parametrize(
    ("theirs", "others", "wanted"),
    [
        ([None], [4], ""),  # whether it was in the window, nobody knows
        ([None, -30], [4], ""),
        ([None, 4], [4], "1"),
        ([None], [None], "1"),  # no event of this kind has a time: such a file has no windows
        ([], [None, 4], "0"),
    ],
)
def test_an_event_without_a_time_is_in_no_window(tmp_path, theirs, others, wanted):
    predictions, _, _ = made()

    def happened(row, hours):
        at = None if hours is None else row["ScoringTime"] + timedelta(hours=hours)
        keys = {key: row[key] for key in ("patient_nbr", "encounter_id")}
        return keys | {"Type": "Stopped", "EventTime": at, "Value": 1.0}

    events = [happened(predictions[0], hours) for hours in theirs]
    events += [happened(predictions[1], hours) for hours in others]
    folder = laid(tmp_path, predictions[:2], events)
    first, _ = seismometer_dir(folder, needed=frozenset({"Stopped_Value"})).rows
    assert first.cells["Stopped_Value"].removesuffix(".0") == wanted


@pytest.mark.parametrize(("ending", "divided"), [("csv", ","), ("tsv", "\t")])
def test_tables_of_text_say_what_parquet_says(tmp_path, ending, divided):
    """What is nothing and what is true is spelled there as pandas spells it."""
    predictions, events, _ = made()
    predictions[0]["sex"], events[0]["Value"] = None, None
    parquet_one = seismometer_dir(laid(tmp_path / "a", predictions, events), needed=frozenset())
    config = CONFIG.replace(".parquet", f".{ending}")
    folder = laid(tmp_path / "b", predictions, events, config=config)
    for name, rows in (("predictions", predictions), ("events", events)):
        with (folder / "data" / f"{name}.{ending}").open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file, delimiter=divided)
            out.writerow(rows[0])
            spelled = {None: "NaN", True: "True", False: "False"}
            for row in rows:
                cells = [
                    spelled[v] if v is None or isinstance(v, bool) else v for v in row.values()
                ]
                out.writerow(c.isoformat() if isinstance(c, datetime) else c for c in cells)
    text_one = seismometer_dir(folder, needed=frozenset())

    def numbered(read):
        return [
            {name: cell.removesuffix(".0") for name, cell in row.cells.items()} for row in read.rows
        ]

    assert numbered(text_one) == numbered(parquet_one)
    assert text_one.broken == parquet_one.broken


@pytest.mark.parametrize("short", ["p0,e0,Death", "p0,e0,Death,2026-01-02,1,more", 'p0,e0,"Death'])
def test_an_event_that_cannot_be_read_is_never_taken_for_none(tmp_path, short):
    predictions, events, _ = made()
    config = CONFIG.replace("events.parquet", "events.csv")
    folder = laid(tmp_path, predictions, events, config=config)
    header = "patient_nbr,encounter_id,Type,EventTime,Value"
    (folder / "data/events.csv").write_text(f"{header}\n{short}\n", "utf-8")
    with pytest.raises(Refused, match=r"events\.csv:2"):
        seismometer_dir(folder, needed=frozenset())


def test_what_breaks_the_dictionary_is_set_aside_and_never_taken_for_a_no(tmp_path):
    predictions, events, _ = made()
    predictions[0]["Age"], predictions[1]["Age"] = 40.5, 41.0
    at = predictions[1]["ScoringTime"]
    keys = {"patient_nbr": "p1", "encounter_id": "e1"}
    events = [e for e in events if e["encounter_id"] != "e1"]
    events.append(keys | {"Type": "Death", "EventTime": at + timedelta(days=1), "Value": 7.0})
    events.append(keys | {"Type": "Stopped", "EventTime": at + timedelta(hours=3), "Value": None})
    read = seismometer_dir(laid(tmp_path, predictions, events), needed=frozenset())

    reasons = sorted(because for _, because, _ in read.broken)
    assert reasons == [
        "column 'Age' is declared int, and is not",
        "event 'Death' is declared bool, and is not",
    ]
    [row] = [r for r in read.rows if r.cells["encounter_id"] == "e1"]
    assert (row.cells["Death or dialysis_Value"], row.cells["Stopped_Value"]) == ("", "")


def test_what_it_has_and_nobody_reads_is_told_and_filters_are_kept(tmp_path):
    predictions, events, _ = made()
    events.append(events[0] | {"Type": "Fall"})
    usage = (
        USAGE + "  load_time_filters:\n    - {source: hospital, action: exclude, values: ['4']}\n"
    )
    folder = laid(tmp_path, predictions, events, usage_config=usage)
    read = seismometer_dir(folder, needed=frozenset({"arm"}))

    assert {r.cells["hospital"] for r in read.rows} == {"1", "2", "3"}
    assert {"event Fall", "column sex", "cohorts.splits", "events.aggregation_method"} <= {
        *read.not_used
    }
    assert f"{DAYS * A_DAY // 4} rows, by load_time_filters" in read.not_used
    assert "column arm" not in read.not_used


@pytest.mark.parametrize(
    ("file", "was", "becomes", "says"),
    [
        ("usage_config", "primary_output: Score", "primary_output: Scor", "'Scor'"),
        ("usage_config", "primary_target: Death", "primary_target: Doom", "'Doom or dialysis'"),
        ("usage_config", "predict_time:", "predicttime:", "did you mean 'predict_time'"),
        ("usage_config", "source: Stopped", "source: Stoped", "did you mean 'Stopped'"),
        ("usage_config", "usage: outcome", "usage: result", "'result'"),
        ("usage_config", "usage: target", "merge_strategy: count", "'count'"),
        ("usage_config", "source: Stopped,", "source: Stopped, display_name: Death or dialysis,",
         "two events are called"),
        ("usage_config", "window_hr: 24", "window_hr: soon", "event 'Stopped'"),
        ("usage_config", "censor_min_count: 10", "censor_min_count: 5", "at least 10"),
        ("config", "data_dir: data", "data_dir: ../elsewhere", "outside the directory"),
        ("config", "prediction_path: p", "prediction_path: q", "qredictions.parquet"),
        ("dictionary", "{name: Age, dtype: int}", "{name: Aged, dtype: int}", "'Aged'"),
        ("dictionary", "{name: Age, dtype: int}", "{name: Score, dtype: int}", "two types"),
        ("config", "template: binary", "template: &a [1]\n  info: *a", "an alias"),
    ],
)  # fmt: skip
def test_what_is_unknown_or_contradicts_is_refused_by_name(tmp_path, file, was, becomes, says):
    predictions, events, _ = made()
    texts = {"config": CONFIG, "usage_config": USAGE, "dictionary": DICTIONARY}
    assert was in texts[file]
    folder = laid(tmp_path, predictions, events, **{file: texts[file].replace(was, becomes)})
    with pytest.raises(Refused) as refused:
        reader_of(folder)(folder, needed=frozenset())
    assert says in str(refused.value)


def test_times_with_and_without_a_zone_are_not_compared(tmp_path):
    predictions, events, _ = made()
    schema = pa.schema([(name, pa.string()) for name in ("patient_nbr", "encounter_id", "Type")])
    schema = schema.append(pa.field("EventTime", pa.timestamp("us", "UTC")))
    schema = schema.append(pa.field("Value", pa.float64()))
    folder = laid(tmp_path, predictions, events)
    table = pa.Table.from_pylist(events, schema=schema)
    parquet.write_table(table, folder / "data" / "events.parquet")
    with pytest.raises(Refused, match="one has a zone"):
        seismometer_dir(folder, needed=frozenset())


def test_a_folder_that_is_none_is_refused(tmp_path):
    with pytest.raises(Refused, match=r"config\.yml"):
        reader_of(tmp_path)(tmp_path, needed=frozenset())


@pytest.mark.parametrize("spell", [float, int, str, lambda n: f"{n}.0"])
def test_whom_an_event_is_about_is_found_however_its_number_is_spelled(tmp_path, spell):
    """pandas makes numbers with a gap floats: every outcome would silently be 0."""
    predictions, events, truth = made()
    for each in predictions:
        each["encounter_id"] = int(each["encounter_id"][1:])
    for each in events:
        each["encounter_id"] = spell(int(each["encounter_id"][1:]))

    read = seismometer_dir(laid(tmp_path, predictions, events), needed=frozenset())

    found = [row.cells["Stopped_Value"] in ("1", "1.0") for row in read.rows]
    assert found == [stopped for _, stopped in truth]


def test_events_that_are_about_nobody_are_refused_or_counted_and_never_a_no(tmp_path):
    predictions, events, _ = made()
    lost = [each | {"encounter_id": each["encounter_id"].replace("e", "E")} for each in events]
    with pytest.raises(Refused, match=r"not one of \d+ events is about a prediction"):
        seismometer_dir(laid(tmp_path, predictions, lost), needed=frozenset())

    read = seismometer_dir(laid(tmp_path, predictions, events[:9] + lost[9:12]), needed=frozenset())

    assert "3 events, about no prediction here" in read.not_used


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        ("source: Stopped,", "source: stopped, display_name: Stopped,", "did you mean 'Stopped'"),
        (
            "censor_min_count: 10",
            "load_time_filters: [{source: hospitall, action: exclude, values: ['4']}]",
            "did you mean 'hospital'",
        ),
    ],
)  # fmt: skip
def test_an_event_or_a_filter_that_is_misspelled_is_refused(tmp_path, was, becomes, says):
    predictions, events, _ = made()
    usage = USAGE.replace(was, becomes)
    dictionary = DICTIONARY.replace("name: Stopped", "name: stopped") if "Stopped" in was else ""
    folder = laid(
        tmp_path, predictions, events, usage_config=usage, dictionary=dictionary or DICTIONARY
    )
    with pytest.raises(Refused, match=says):
        seismometer_dir(folder, needed=frozenset())


def test_a_filter_finds_its_number_however_it_is_spelled(tmp_path):
    predictions, events, _ = made()
    for n, each in enumerate(predictions):
        each["flag"], each["was_seen"] = float(n % 2), n % 4 < 2
    usage = USAGE + (
        "  load_time_filters:\n    - {source: flag, action: include, values: [1]}\n"
        "    - {source: was_seen, action: exclude, values: [true]}\n"
    )
    read = seismometer_dir(
        laid(tmp_path, predictions, events, usage_config=usage), needed=frozenset()
    )
    assert {int(row.cells["encounter_id"][1:]) % 4 for row in read.rows} == {3}
