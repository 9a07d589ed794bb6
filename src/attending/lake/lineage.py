"""From one answer back to the bytes it was made of: features, rows, resources, raw files.

An answer on record names the rows that its features were made of. Each is found again by its
version, the version by where its bytes lie, and from those bytes alone the features are made
again; anything that does not come out as it was recorded is said with its place.

Nodes are named as everywhere: ``raw:<digest>@<offset>``, ``res:<site>/<type>/<id>@<version>``,
``view:<name>.<column>``, ``feature:<use case>.<name>``, ``pred:<id>``.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

import msgspec

from attending.errors import ProofFailed, Refused
from attending.fhir.bundled import NOWHERE, led, names_at
from attending.fhir.decode import Malformed, decode_exact
from attending.fhir.feature import Missing, look
from attending.fhir.held import Held, held, rows_of
from attending.fhir.mapped_view import Through
from attending.fhir.number import version
from attending.fhir.project import project
from attending.lake.inflate import Broken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from attending.fhir.feature import Feature, Row
    from attending.fhir.mapped_view import Flat
    from attending.fhir.project import Projection
    from attending.fhir.view import View
    from attending.lake.clinical.store import ClinicalLake

NOTHING = Through()


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """What is on record of one answer.

    Attributes
    ----------
    prediction, use_case, site
        Which, of what, where.
    views
        By view, the digest of the definition that was used.
    missing
        Features that had no value, and why.
    fields
        What the engine was given, with what was filled in.
    rows
        By view, the keys of the rows that features were made of.
    at
        The moment asked about.
    by_call
        Whether a call brought what it read, so that the lake need not hold it.

    """

    prediction: str
    use_case: str
    site: str
    views: dict[str, str]
    missing: dict[str, str]
    fields: dict[str, Any]
    rows: dict[str, tuple[str, ...]]
    at: datetime
    by_call: bool = False


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a resource: its key, where its bytes lie, and from when it was known.

    `line` counts from 1, in the file as it reads when it is decompressed; 0 before it is looked up.
    """

    key: str
    site: str
    raw: str
    offset: int
    length: int
    known_at: datetime
    clock: str
    line: int = 0

    @property
    def resource(self) -> str:
        """Give its node."""
        return f"res:{self.site}/{self.key}"

    @property
    def place(self) -> str:
        """Give the node of its bytes."""
        return f"raw:{self.raw}@{self.offset}"


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """One feature, made again: its value or why there is none, and the rows it rests on."""

    name: str
    view: str
    column: str
    reduce: str
    value: Any = None
    missing: str = ""
    filled: Any = None
    rows: tuple[str, ...] = ()


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """The bulk export that brought a raw file: its kept manifest's digest, and when it was cut."""

    raw: str
    manifest: str
    transaction_time: str


class Lineage(msgspec.Struct, frozen=True, kw_only=True):
    """One answer, made again from the bytes it came from."""

    recorded: Recorded
    features: tuple[Made, ...]
    resources: tuple[Stored, ...]
    exports: tuple[Exported, ...] = ()


def trace(
    lake: ClinicalLake,
    recorded: Recorded,
    features: Mapping[str, Feature],
    views: Mapping[str, View],
    *,
    through: Through = NOTHING,
    free_text: bool = False,
) -> Lineage:
    """Make an answer's features again from raw bytes, and compare them with the record.

    Parameters
    ----------
    lake
        Holds the raw files and says where each version lies.
    recorded
        What is on record.
    features, views, through, free_text
        As they were declared when the answer was given.

    Raises
    ------
    ProofFailed
        Something is not as it was recorded; `where` is the node.
    Refused
        A call brought what the answer read, and no feed has brought it here.

    """
    read_as = {name: through.on(each, recorded.at) for name, each in views.items()}
    for name, digest in recorded.views.items():
        if name not in views or read_as[name].digest != digest:
            raise ProofFailed("this view was another when it was used", where=f"view:{name}")
    stored = _stored(lake, recorded)
    trees = _read(lake, stored)
    projection = project((views[name] for name in recorded.views), free_text=free_text)
    rows = _rows(recorded, read_as, trees, projection)
    made = look(features, _as_sent(recorded, features, rows), recorded.at)
    told = []
    for name, feature in features.items():
        value = made.values[name]
        missing = value.reason if isinstance(value, Missing) else ""
        _compare(recorded, name, value, missing)
        told.append(
            Made(
                name=name,
                view=feature.view,
                column=feature.column,
                reduce=feature.reduce,
                value=None if missing else value,
                missing=missing,
                filled=recorded.fields.get(name) if missing else None,
                rows=made.read[name],
            )
        )
    resources = tuple(_with_lines(lake, stored))
    exports = tuple(_exports(lake, {(each.raw, each.site) for each in stored}))
    return Lineage(recorded=recorded, features=tuple(told), resources=resources, exports=exports)


def _compare(recorded: Recorded, name: str, value: object, missing: str) -> None:
    where = f"feature:{recorded.use_case}.{name}"
    if missing != recorded.missing.get(name, ""):
        raise ProofFailed("the rows named give no such reason for a missing value", where=where)
    if not missing and (name not in recorded.fields or recorded.fields[name] != value):
        raise ProofFailed("the rows named give another value than the model was given", where=where)


def _stored(lake: ClinicalLake, recorded: Recorded) -> list[Stored]:
    """Find where each version lies; the first receipt of it, which is what made it known.

    Two sites may send the same version: the answer's own then counts. A history of several
    sites lies under its source's name, so that another's is taken where the own has none.
    """
    keys = {key.split("#")[0] for named in recorded.rows.values() for key in named}
    if not keys:
        return []
    table, site = lake.table("resource"), recorded.site
    ids = sorted({key.partition("/")[2].partition("@")[0] for key in keys})
    asked = table.filter(table["id"].isin(ids) & (table["op"] == "upsert"))
    columns = ("site", "type", "id", "version", "raw", "offset", "length", "known_at", "clock")
    found: dict[str, Stored] = {}
    for row in lake.rows(asked.order_by("received").select(*columns)):
        key = f"{row['type']}/{row['id']}@{row['version']}"
        is_own = row["site"] == site
        if key in keys and (key not in found or (is_own and found[key].site != site)):
            told = {
                name: row[name] for name in Stored.__struct_fields__ if name not in ("key", "line")
            }
            found[key] = Stored(key=key, **told)
    for key in sorted(keys - found.keys()):
        if recorded.by_call:
            because = "what this answer read came with its call, and no feed has brought it here"
            accepted = ["`attending ingest` of an export that holds it"]
            raise Refused(because, where=f"res:*/{key}", accepted=accepted)
        raise ProofFailed("the lake holds no such version of a resource", where=f"res:*/{key}")
    return sorted(found.values(), key=lambda each: (each.raw, each.offset))


def _read(lake: ClinicalLake, stored: Iterable[Stored]) -> dict[str, dict[str, object]]:
    """Read each version from its raw bytes; whoever changed one is found by the place."""
    trees: dict[str, dict[str, object]] = {}
    for raw, group in groupby(stored, key=lambda each: each.raw):
        each_of = list(group)
        if not lake.raw.has(raw):
            raise ProofFailed("this raw file is not kept here", where=f"raw:{raw}")
        spans = [(each.offset, each.length) for each in each_of]
        by = NOWHERE
        for each, data in zip(each_of, lake.raw.slices(raw, spans), strict=True):
            try:
                tree = decode_exact(data)
                if b'"urn:' in data and not each.key.endswith(f"@{version(tree)}"):
                    if not by.begin <= each.offset < by.end:
                        by = names_at(lake.raw.pieces(raw), each.offset)
                    tree = decode_exact(led(data, by.names))
            except (Malformed, Broken):
                raise ProofFailed(
                    "these bytes are no resource any more", where=each.place
                ) from None
            if not each.key.endswith(f"@{version(tree)}"):
                raise ProofFailed("these bytes are not those that were read", where=each.place)
            trees[each.key] = tree
        try:
            lake.raw.check(raw)
        except (ProofFailed, Refused) as error:
            raise ProofFailed(error.what, where=f"raw:{raw}") from None
    return trees


def _with_lines(lake: ClinicalLake, stored: Iterable[Stored]) -> Iterator[Stored]:
    """Look up in which line of its file each version lies, in one pass over each file."""
    for raw, group in groupby(stored, key=lambda each: each.raw):
        pieces, start, n_before, piece = lake.raw.pieces(raw), 0, 0, b""
        for each in group:  # in the order of their offsets
            while each.offset >= start + len(piece):
                n_before, start = n_before + piece.count(b"\n"), start + len(piece)
                piece = next(pieces)
            line = n_before + piece.count(b"\n", 0, each.offset - start) + 1
            yield msgspec.structs.replace(each, line=line)


def _exports(lake: ClinicalLake, sent: set[tuple[str, str]]) -> Iterator[Exported]:
    """Give which exports brought the files that sites sent; a manifest of now is that of then."""
    table = lake.table("batch")
    asked = table.filter(table["raw"].isin(sorted({raw for raw, _ in sent})))
    columns = ("site", "raw", "manifest", "transaction_time")
    found = {
        (row["raw"], row["manifest"]): row["transaction_time"]
        for row in lake.rows(asked.order_by("received").select(*columns))
        if row["manifest"] and (row["raw"], row["site"]) in sent
    }
    for (raw, manifest), cut in sorted(found.items()):
        try:
            lake.raw.check(manifest)
        except (ProofFailed, Refused) as error:
            raise ProofFailed(error.what, where=f"raw:{manifest}") from None
        yield Exported(raw=raw, manifest=manifest, transaction_time=cut)


def _rows(
    recorded: Recorded,
    views: Mapping[str, Flat],
    trees: Mapping[str, dict[str, object]],
    projection: Projection,
) -> dict[str, list[Row]]:
    """Make the rows named, each from its resource's bytes."""
    made: dict[str, list[Row]] = defaultdict(list)
    for name in recorded.views:
        wanted = set(recorded.rows.get(name, ()))
        kind = views[name].resource
        of: list[Held] = []
        for key in sorted({each.split("#")[0] for each in wanted}):
            one = held(trees[key], projection, kind, recorded.at)
            if one is not None:
                of.append(one)
        found = rows_of(views[name], of) or []
        made[name] = [row for row in found if row.key in wanted]
        for key in sorted(wanted - {row.key for row in made[name]}):
            raise ProofFailed("its resource gives no such row", where=f"view:{name}#{key}")
    return made


def _as_sent(
    recorded: Recorded, features: Mapping[str, Feature], rows: Mapping[str, list[Row]]
) -> dict[str, list[Row] | None]:
    """Leave out the views that were not sent, and those of which a resource could not be read."""
    sent: dict[str, list[Row] | None] = {}
    for view, each in rows.items():
        reasons = {recorded.missing.get(name) for name, f in features.items() if f.view == view}
        if reasons == {"not_sent"}:
            continue
        unread = reasons == {"not_a_value"} and not each
        sent[view] = None if unread else each
    return sent
