"""Find what is on record of one answer, and make it again from the bytes it came from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import structs

from attending import shapes
from attending.errors import NoSuchName, ProofFailed, Refused
from attending.fhir.feature import moment_of
from attending.ingest.history import compiled
from attending.ingest.terms.files import read_terms
from attending.ingest.terms.pinned import kept_maps, kept_through
from attending.lake.clinical.store import ClinicalLake
from attending.lake.lineage import Recorded, trace
from attending.lake.raw import RawFiles
from attending.loops.declare import declared_in
from attending.report.data.impact import Maps
from attending.report.data.traced import Reached, Traced
from attending.report.data.watched import DataFolder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from attending.admit import Folder
    from attending.facts.entry import Entry
    from attending.ingest.terms.files import Beside
    from attending.lake.lineage import Lineage
    from attending.ledger.read import Reader
    from attending.spec.data.checks import Checks
    from attending.spec.data.view import View

DATA = "the data folder"  # whose its maps are said to be
NEAR = 12  # ids offered where one is unknown


class Tracer:
    """Traces answers of one store; what is wanting or wrong, it tells and does not raise."""

    def __init__(self, reader: Reader, store: Path, opened: Callable[[str], bytes | None]) -> None:
        self._reader, self._store, self._opened = reader, store, opened

    def __call__(self, entry: Entry) -> Traced:
        """Trace one answer."""
        if not (self._store / "lake").is_dir():
            return Traced(wanting="the store's lake")
        try:
            with ClinicalLake.open(self._store) as lake:
                name = str(entry.fact.body["prediction"])
                found = lineage_of(self._reader, lake, self._opened, name)[0]
        except ProofFailed as failed:
            return Traced(wrong=str(failed))
        except Refused as refused:
            return Traced(wanting=refused.what)
        stored = {each.key: each for each in found.resources}
        return Traced(
            tuple(
                Reached(
                    each.name,
                    each.view,
                    f"{key.partition('/')[0]}@{key.partition('@')[2]}",
                    stored[key].raw,
                    stored[key].offset,
                    stored[key].length,
                    stored[key].line,
                )
                for each in found.features
                for key in sorted({row.split("#")[0] for row in each.rows})
            )
        )


def maps_of(store: Path, folders: Iterable[Folder], beside: Iterable[Path] = ()) -> Maps:
    """Give what the maps say that use cases declare, from the files that are kept in a store.

    Parameters
    ----------
    store
        Whose lake keeps them.
    folders
        Specs as they were declared.
    beside
        Folders in which else a map's file may lie, under the digest that was declared.

    """
    raw = RawFiles(store / "lake" / "raw") if (store / "lake").is_dir() else None
    places = tuple(beside)
    found = {each.use_case.name: kept_maps(each.terms, raw=raw, folders=places) for each in folders}
    unread = [f"{file}, {name}" for name, each in found.items() for file in each.unread]
    return Maps(rows={name: each.rows for name, each in found.items()}, unread=tuple(unread))


def data_of(
    views: Iterable[View], documents: Iterable[Beside], checks: Iterable[Checks]
) -> tuple[DataFolder, tuple[str, ...]]:
    """Give a folder of data with what its maps say, and which of them could not be read."""
    terms, rows, unread = {}, [], []
    for each in documents:
        terms[each.terms.name] = each.terms
        try:
            maps = read_terms(
                [replace(each, terms=structs.replace(each.terms, columns=(), units=()))]
            )
        except Refused:
            unread.append(f"what {each.terms.name} declares, {DATA}")
            continue
        rows += [row for name in maps.maps for row in maps.rows(name)]
    named = {each.name: each for each in views}
    found = DataFolder(views=named, terms=terms, checks=tuple(checks), rows=tuple(rows))
    return found, tuple(unread)


def answer(reader: Reader, prediction: str) -> Entry:
    """Give the fact of an answer.

    Raises
    ------
    NoSuchName
        No such answer is on record.

    """
    known: list[str] = []
    found = None
    for entry in reader.entries(kinds=("served",)):
        name = entry.fact.body.get("prediction")
        found = entry if name == prediction else found
        if len(known) < NEAR and entry.fact.body.get("views"):
            known.append(str(name))
    if found is None:
        raise NoSuchName(prediction, "the answers on record made of views", known)
    return found


def specs_of(reader: Reader, entry: Entry) -> Folder:
    """Give the specs in force when an answer was given: the last declared before it.

    Raises
    ------
    Refused
        None were.

    """
    last = None
    for each in reader.entries(kinds=("declared",)):
        is_own = each.fact.use_case == entry.fact.use_case and each.fact.type == "specs/1"
        if is_own and each.index < entry.index:
            last = each
    if last is None:
        raise Refused("the specs under which it was answered are not on record")
    return declared_in(last.fact.body)


def recorded(entry: Entry, opened: Callable[[str], bytes | None]) -> Recorded:
    """Give what is on record of an answer.

    Parameters
    ----------
    entry
        Its fact.
    opened
        Opens a payload by its digest; None where it was erased or there is no key.

    Raises
    ------
    Refused
        It was not made of views, or what it was given cannot be opened.

    """
    fact = entry.fact
    views: Any = fact.body.get("views")
    if not views:
        raise Refused("this answer was not made of views", accepted=["a use case with features"])
    raw = opened(str(fact.body["inputs"]))
    if raw is None:
        raise Refused("what the model was given cannot be opened: no key here, or it was erased")
    kept = msgspec.json.decode(raw)
    at = moment_of(kept.get("at"))
    if at is None:
        raise Refused("what the model was given does not say which moment it was asked about")
    return Recorded(
        prediction=str(fact.body["prediction"]),
        use_case=fact.use_case or "",
        site=fact.site or "",
        views={name: each["view"] for name, each in views.items()},
        missing=shapes.convert(fact.body["missing"], dict[str, str]),
        fields=kept["fields"],
        rows={name: tuple(keys) for name, keys in kept["rows"].items()},
        at=at,
        by_call="origin" not in fact.body,
    )


def lineage_of(
    reader: Reader,
    lake: ClinicalLake,
    opened: Callable[[str], bytes | None],
    prediction: str,
) -> tuple[Lineage, Folder, Entry]:
    """Make an answer's features again; give them with the specs and the fact.

    Raises
    ------
    ProofFailed
        Something is not as it was recorded; `where` is the node.

    """
    entry = answer(reader, prediction)
    specs = specs_of(reader, entry)
    told = recorded(entry, opened)
    views = compiled({name: specs.views[name] for name in told.views if name in specs.views})
    through = kept_through(lake.raw, specs.terms, views)
    features, free = specs.use_case.features_by_name(), specs.use_case.reads_free_text
    found = trace(lake, told, features, views, through=through, free_text=free)
    return found, specs, entry
