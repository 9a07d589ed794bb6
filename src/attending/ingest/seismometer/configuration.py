"""What a Seismometer directory declares: its configuration, checked before any row is read.

``config.yml`` names the other files, the usage configuration says what the columns are, and the
dictionary is the contract: which columns and events there are, and of which type. A key that the
format does not have is refused by name, and so is what contradicts itself. Keys that it has and
that mean nothing here are told by name.

Reference: Seismometer 0.5, `seismometer.configuration.model` (github.com/epic-open-source)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import AliasEvent

from attending import shapes
from attending.errors import NoSuchName, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

MOST_BYTES = 1 << 20
CONFIG = "config.yml"
STRATEGIES = ("first", "forward", "last", "nearest")
USAGES = ("target", "intervention", "outcome")
FEWEST = 10  # the least that censor_min_count may be

OTHER_INFO = "other_info"
DATA_USAGE = "data_usage"


class Keys(NamedTuple):
    """The keys of one part of the configuration: those that are read, and those that are not."""

    read: frozenset[str]
    told: frozenset[str] = frozenset()


def _keys(read: str, told: str = "") -> Keys:
    return Keys(frozenset(read.split()), frozenset(told.split()))


TOP = _keys(OTHER_INFO, "export_config")
OTHER = _keys(
    "usage_config event_definition prediction_definition data_dir event_path prediction_path",
    "template info_dir automation_config metadata_path",
)
USAGE_TOP = _keys(DATA_USAGE, "otel_metric_override")
USAGE = _keys(
    "entity_id context_id primary_output primary_target predict_time event_table cohorts events"
    " load_time_filters",
    "censor_min_count comparison_time outputs features cohort_hierarchies metrics",
)
TABLE = _keys("type time value")
TABLE_NAMES = {"type": "Type", "time": "EventTime", "value": "Value"}
EVENT = _keys(
    "source display_name window_hr offset_hr impute_val usage merge_strategy",
    "aggregation_method combine_strategy type group_keys",
)
COHORT = _keys("source display_name", "splits")
FILTER = _keys("source action values")
ITEM = _keys("name dtype", "display_name definition")


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One event: which types it is, and which of them belongs to a prediction."""

    source: tuple[str, ...]
    display_name: str
    window_hr: float | None = None
    offset_hr: float = 0.0
    impute_val: float | str | None = None
    merge_strategy: str = "forward"


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that are read, or are not, by the values of one column."""

    source: str
    action: str
    values: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A directory's declarations.

    Attributes
    ----------
    predictions, events
        The two files.
    keys, time, table
        Columns that name whom a prediction and an event are about, when it was made, and of the
        events what they are called, when they were, and their values.
    columns, types
        The dictionary's columns and events, each with its type; empty where it has none.
    wanted
        Columns that the configuration uses, which the predictions must have.
    outcomes, filters
        The configured events, and which rows are read.
    target
        The primary target: the name of an event, or a column of the predictions.
    not_used
        What the directory has and nobody here reads, by name.
    files
        Every file of the configuration, for the digest.

    """

    predictions: Path
    events: Path
    keys: tuple[str, ...]
    time: str
    target: str
    table: Mapping[str, str]
    outcomes: tuple[Event, ...]
    filters: tuple[Filter, ...]
    columns: Mapping[str, str]
    types: Mapping[str, str]
    wanted: tuple[str, ...]
    not_used: tuple[str, ...]
    files: tuple[Path, ...]


def declared(folder: Path) -> Declared:
    """Read a directory's configuration.

    Raises
    ------
    Refused
        A file is wanting or no YAML, lies outside, or contradicts itself.
    NoSuchName
        A key, an event or a column has a name that nothing bears.

    """
    not_used: list[str] = []
    config = _load(folder / CONFIG)
    _known(config, TOP, CONFIG, not_used)
    other = _part(config, OTHER_INFO, CONFIG)
    _known(other, OTHER, f"{CONFIG} {OTHER_INFO}", not_used)
    usage_file = _inside(folder, other.get("usage_config"), f"{OTHER_INFO}.usage_config")
    usage = _usage(usage_file, not_used)
    where = f"{usage_file.name} {DATA_USAGE}"
    columns, of_columns = _dictionary(folder, other, "prediction_definition", "predictions")
    types, of_types = _dictionary(folder, other, "event_definition", "events")
    events = _events(usage, where, not_used)
    _in_dictionary(events, types, where)
    keys = [str(key) for key in (usage.get("entity_id", "Id"), usage.get("context_id")) if key]
    time, score = str(usage.get("predict_time", "Time")), str(usage.get("primary_output", "Score"))
    cohorts = [_cohort(each, where, not_used) for each in _list(usage, "cohorts", where)]
    data = _inside(folder, other.get("data_dir"), f"{OTHER_INFO}.data_dir")
    return Declared(
        predictions=_inside(data, other.get("prediction_path", "scores.parquet"), "predictions"),
        events=_inside(data, other.get("event_path", "events.parquet"), "events"),
        keys=tuple(keys),
        time=time,
        target=str(usage.get("primary_target", "Target")),
        table=TABLE_NAMES | usage.get("event_table", {}),
        outcomes=events,
        filters=tuple(_filter(f, where) for f in _list(usage, "load_time_filters", where)),
        columns=columns,
        types=types,
        wanted=(*keys, time, score, *cohorts, *columns),
        not_used=tuple(dict.fromkeys(not_used)),
        files=(folder / CONFIG, usage_file, *dict.fromkeys((*of_columns, *of_types))),
    )


def _usage(file: Path, not_used: list[str]) -> dict[str, Any]:
    """Read the usage configuration, and check what only it can contradict."""
    loaded = _load(file)
    _known(loaded, USAGE_TOP, file.name, not_used)
    usage = _part(loaded, DATA_USAGE, file.name)
    where = f"{file.name} {DATA_USAGE}"
    _known(usage, USAGE, where, not_used)
    floor = usage.get("censor_min_count", FEWEST)
    if not isinstance(floor, int) or floor < FEWEST:
        raise Refused(f"censor_min_count is at least {FEWEST}", where=where)
    if "event_table" in usage:
        _known(_part(usage, "event_table", where), TABLE, f"{where} event_table", not_used)
    return usage


def _load(path: Path) -> dict[str, Any]:
    """Read a YAML mapping; anchors, which could unfold without end, are refused."""
    try:
        raw = path.read_bytes()[: MOST_BYTES + 1]
        if len(raw) > MOST_BYTES:
            raise Refused(f"larger than {MOST_BYTES:,} bytes", where=str(path))
        text = raw.decode("utf-8-sig")
        if any(isinstance(e, AliasEvent) for e in YAML(typ="safe", pure=True).parse(text)):
            raise Refused("an alias; write what it stands for", where=str(path))
        found = YAML(typ="safe", pure=True).load(text)
    except OSError as error:
        raise Refused(f"cannot be read: {error.strerror}", where=str(path)) from error
    except (YAMLError, ValueError, RecursionError) as error:
        because = str(error).splitlines()[0]
        raise Refused(f"this is not YAML: {because}", where=str(path)) from error
    if not isinstance(found, dict) or not all(isinstance(key, str) for key in found):
        raise Refused("a mapping of names is wanted", where=str(path))
    return found


def _known(part: Mapping[str, object], keys: Keys, where: str, not_used: list[str]) -> None:
    for key in part:
        if key not in keys.read | keys.told:
            raise NoSuchName(key, "what Seismometer configures", keys.read | keys.told, where=where)
        if key in keys.told:
            not_used.append(f"{where.rpartition(' ')[2]}.{key}")


def _part(of: Mapping[str, Any], key: str, where: str) -> dict[str, Any]:
    found = of.get(key)
    if not isinstance(found, dict) or not all(isinstance(name, str) for name in found):
        raise Refused(f"`{key}:` with what it holds is wanted", where=where)
    return found


def _list(of: Mapping[str, Any], key: str, where: str) -> list[dict[str, Any]]:
    found = of.get(key) or []
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise Refused(f"`{key}:` is a list of mappings", where=where)
    return found


def _inside(folder: Path, name: object, what: str) -> Path:
    if not isinstance(name, str) or not name:
        raise Refused(f"{what} is not said", where=str(folder))
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise Refused(f"{what} lies outside the directory: {name!r}", where=str(folder))
    return path


def _dictionary(
    folder: Path, other: Mapping[str, Any], key: str, part: str
) -> tuple[dict[str, str], tuple[Path, ...]]:
    """Read one dictionary: what there is, by name, and its type; none where none is named."""
    if not other.get(key):
        return {}, ()
    path = _inside(folder, other[key], f"{OTHER_INFO}.{key}")
    types: dict[str, str] = {}
    for item in _list(_load(path), part, path.name):
        _known(item, ITEM, f"{path.name} {part}", [])
        name = str(item.get("name", ""))
        if not name or types.get(name, item.get("dtype") or "") != (item.get("dtype") or ""):
            raise Refused(f"{name!r} has no name, or two types", where=f"{path.name} {part}")
        types[name] = str(item.get("dtype") or "")
    return types, (path,)


def _events(usage: Mapping[str, Any], where: str, not_used: list[str]) -> tuple[Event, ...]:
    found: dict[str, Event] = {}
    for each in _list(usage, "events", where):
        _known(each, EVENT, f"{where} events", not_used)
        given = each.get("source")
        sources = (given,) if isinstance(given, str) else tuple(given or ())
        name = each.get("display_name") or (sources[0] if len(sources) == 1 else "")
        if not name or not sources:
            raise Refused("an event needs a source, and several a display_name", where=where)
        if name in found:
            raise Refused(f"two events are called {name!r}", where=where)
        if each.get("usage") not in (None, *USAGES):
            raise NoSuchName(str(each["usage"]), "the usages of an event", USAGES, where=where)
        plain = {k: v for k, v in each.items() if k in EVENT.read and k != "usage"}
        try:
            event = shapes.convert(
                {**plain, "source": sources, "display_name": name}, Event, strict=True
            )
        except msgspec.ValidationError as error:
            raise Refused(f"event {name!r}: {error}", where=where) from error
        if event.merge_strategy not in STRATEGIES:
            place = "the strategies that give one value"
            raise NoSuchName(event.merge_strategy, place, STRATEGIES, where=f"{where} {name}")
        if (event.window_hr or 0) < 0:
            raise Refused(f"event {name!r}: a window is not negative", where=where)
        found[name] = event
    return tuple(found.values())


def _in_dictionary(events: Iterable[Event], types: Mapping[str, str], where: str) -> None:
    for event in events:
        for source in event.source:
            if types and source not in types:
                raise NoSuchName(source, "the dictionary's events", types, where=where)


def _cohort(told: Mapping[str, Any], where: str, not_used: list[str]) -> str:
    _known(told, COHORT, f"{where} cohorts", not_used)
    if not told.get("source"):
        raise Refused("a cohort needs a source", where=where)
    return str(told["source"])


def _filter(told: Mapping[str, Any], where: str) -> Filter:
    """Read a filter by values; any other leaves out rows by a rule that is not here."""
    action, values = told.get("action", "keep_top"), told.get("values")
    if action not in ("include", "exclude") or not values or told.get("range"):
        raise Refused(
            f"load_time_filters of {told.get('source')!r}: only values can be kept or left out",
            where=where,
            accepted=["action: include, values: [...]", "action: exclude, values: [...]"],
        )
    _known(told, FILTER, f"{where} load_time_filters", [])
    spelled = (str(value).lower() if isinstance(value, bool) else str(value) for value in values)
    return Filter(source=str(told["source"]), action=action, values=tuple(spelled))
