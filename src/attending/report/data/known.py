"""What can be asked about: every name that a source, a view, a map or a use case knows.

Of a name that nothing knows, nobody can say that nothing rests on it: it may be misspelled.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Protocol

from msgspec import UnsetType

from attending.errors import NoSuchName
from attending.fhir.mapped import BESIDE, MappedColumn
from attending.lake.edges import Specs, going, paths
from attending.report.data.data_flow import columns_of
from attending.report.data.impact import SPELLED, impact
from attending.report.data.watched import names_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from attending.lake.edges import Data
    from attending.report.data.impact import Maps, Rests
    from attending.report.data.upstream import Upstreams
    from attending.report.data.watched import DataFolder
    from attending.spec.model import Model

NEAR = 5  # names offered where one is unknown
CUTOFF = 0.6  # how much they share with it, as difflib has it


class Folder(Specs, Protocol):
    """What is asked of a use case's specs, and its models."""

    @property
    def models(self) -> Mapping[str, Model]:
        """Give its models, by name."""
        ...


def rests_on(
    asked: str,
    folders: Sequence[Folder],
    *,
    known: Upstreams,
    maps: Maps,
    data: DataFolder | None = None,
) -> tuple[Rests, ...]:
    """Give what of some use cases rests on something; see `impact`.

    A name that only a folder of data knows is no error.

    Raises
    ------
    NoSuchName
        Nothing here knows the name; the nearest are offered.

    """
    found = tuple(
        each
        for folder in folders
        for each in impact(asked, folder, folder.models, known=known, maps=maps)
    )
    if found:
        return found
    there = names(folders, known, maps) | (frozenset() if data is None else _of(data))
    if asked in there or ("|" in asked and {*asked.rpartition("|")[::2]} <= there):
        return ()
    spelled = {each.casefold(): each for each in sorted(there)}
    near = get_close_matches(asked.casefold(), spelled, n=NEAR, cutoff=CUTOFF)
    place = "what sources, views, maps and use cases declare"
    if maps.unread:
        place += f" (not looked through, since it is not here: {'; '.join(maps.unread)})"
    raise NoSuchName(asked, place, [spelled[each] for each in near])


def names(folders: Sequence[Folder], known: Upstreams, maps: Maps) -> frozenset[str]:
    """Give every name that can be asked about, codes and the elements of resources among them."""
    found = {each for folder in folders for each in _declared(folder)} | {*_upstream(known)}
    for row in (row for rows in maps.rows.values() for row in rows):
        found |= {row.map, f"{row.map}@{row.version}"}
        for system, code in (
            (row.source_system, row.source_code),
            (row.target_system, row.target_code),
        ):
            found |= {system, code, f"{system}|{code}"} if code else set()
    return frozenset(found - {""})


def _of(data: DataFolder) -> frozenset[str]:
    return names_in(data) | frozenset(_read(data)) - {""}


def _read(data: Data) -> Iterator[str]:
    yield from _views(data)
    for node, (_, each) in going(data).items():
        yield from (f"{node}_{kind}" for kind in BESIDE)
        yield each.map if isinstance(each, MappedColumn) else ""
    for terms in data.terms.values():
        yield from (terms.name, f"{terms.name}@{terms.version}")
        for file in terms.files:
            yield from (file.file, file.sha256 or "")


def _declared(folder: Folder) -> Iterator[str]:
    yield from _read(folder)
    for name, path in folder.use_case.inputs.items():
        yield name
        yield from _up(path)
    for model in folder.models.values():
        for field in model.fields.values():
            yield from field.codes or ()
    for source in folder.sources.values():
        if not isinstance(source.history, UnsetType):
            told = [code for each in source.outcomes.values() for code in each.true_when or ()]
            yield from (code for code in told if isinstance(code, str))
            continue
        yield source.name
        for column in columns_of(source):
            yield from (column, f"{source.name}.{column}")


def _views(folder: Data) -> Iterator[str]:
    for name, view in folder.views.items():
        yield name
        columns = [*paths(view.select)]
        for column, _ in columns:
            yield from (column, f"{name}.{column}")
        for path in (*(path for _, path in columns), *(each.path for each in view.where)):
            yield from _up(f"{view.resource}.{path}")
            yield from SPELLED.findall(path)


def _up(path: str) -> Iterator[str]:
    """Give a path and each that it goes on from."""
    yield path
    while "." in path:
        path = path.rpartition(".")[0]
        yield path


def _upstream(known: Upstreams) -> Iterator[str]:
    yield from known.named
    for name, each in known.tables.items():
        for column in (*each.table.columns, *each.table.fields):
            yield f"{name}.{column}"
        for made_of in each.table.fields.values():
            yield from made_of
