"""What rests on a column, a code, an element, a map or a table: the way from data to use cases.

Compiled from the specs as they were declared, so that it is there before anything flows. A code
is found where a view's paths spell it in quotes, where a model or an outcome names it, and where
a map of terms leads from it or to it: what a local code means here is asked about with it.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec
from msgspec import UnsetType
from msgspec.structs import replace

from attending.fhir.mapped import MappedColumn
from attending.fhir.terms import NO_TRANSLATION, TermRow
from attending.lake.edges import beside, going, how, paths, through
from attending.report.data.data_flow import columns_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from attending.lake.edges import Data, Going, Specs
    from attending.report.data.upstream import Upstreams
    from attending.spec.data.view import View
    from attending.spec.model import Model
    from attending.spec.source import Source

SPELLED = re.compile(r"'((?:[^'\\]|\\.)*)'")
NAMED = 3  # codes that are named where a map brings in many


class Rests(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One thing that rests on what was asked about.

    Attributes
    ----------
    use_case
        Whose it is.
    what
        ``feature <name>``, ``outcome <name>``, ``input <name>``, or ``cases``: who is asked
        about, where, when, and in which group.
    through
        The column of a view or a source's file by which it does, or the declared path.
    because
        In the spec's own words.

    """

    use_case: str
    what: str
    through: str
    because: str


class Maps(msgspec.Struct, frozen=True, kw_only=True):
    """What the maps say that use cases declare, and which of their files could not be read.

    Attributes
    ----------
    rows
        By use case.
    unread
        Files of maps that are not here: codes in them are not seen.

    """

    rows: dict[str, tuple[TermRow, ...]] = {}
    unread: tuple[str, ...] = ()


def impact(
    asked: str,
    specs: Specs,
    models: Mapping[str, Model],
    *,
    known: Upstreams,
    maps: Maps,
) -> tuple[Rests, ...]:
    """Give what of a use case rests on something.

    Parameters
    ----------
    asked
        A view, its column as ``view.column`` or alone, an element as ``Observation.value``, a
        code alone or as ``system|code``, a map, terms (also as ``name@version``), a file of a map
        or its SHA-256, a warehouse table or its column, a source of files, its column as
        ``source.column`` or alone, or a declared input.
    specs, models
        As they are declared.
    known
        The tables upstream.
    maps
        Of every use case: one may read as a standard code what another maps to it.

    """
    use_case = specs.use_case
    mine = maps.rows.get(use_case.name, ())
    named = {code: _named(code, specs, models) for code in meant(asked, maps)}
    touched = touches(asked, specs, mine, known=known, maps=maps, named=named)
    found = {*_features(specs, touched), *_outcomes(specs, touched), *_cases(specs, touched)}
    found |= {*_of_files(asked, specs)}
    for name, path in use_case.inputs.items():
        if asked in (name, path) or path.startswith(f"{asked}."):
            found.add(
                Rests(use_case=use_case.name, what=f"input {name}", through=path, because=path)
            )
    return tuple(sorted(found))


def touches(
    asked: str,
    data: Data,
    rows: Sequence[TermRow],
    *,
    known: Upstreams,
    maps: Maps,
    named: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> dict[str, str]:
    """Give the columns of views that something touches, as ``view.column``, each with the reason.

    Parameters
    ----------
    asked, known, maps
        As of `impact`.
    data
        Views, and what they go through.
    rows
        What its own maps say.
    named
        Columns of which something else names a code, by code.

    """
    touched = _upstream(asked, data.views, known)
    for code, because in meant(asked, maps).items():
        reasons = _maps(code, data, rows)
        reasons |= {
            each: why for name, view in data.views.items() for each, why in _in(code, name, view)
        }
        reasons = {**named.get(code, {}), **reasons}
        touched = {node: f"{because}{why}" for node, why in reasons.items()} | touched
    for node, (terms, each) in going(data).items():
        for other in (f"{node}_raw", f"{each.view}.{beside(each)}"):
            if node not in touched and (other in touched or other == asked):
                touched[node] = f"{through(terms, each)}: {touched.get(other, other)}"
    return touched


def meant(asked: str, maps: Maps) -> dict[str, str]:
    """Give what was asked about, then the codes that maps make of it, each with the reason."""
    meant = {asked: ""}
    for use_case, rows in sorted(maps.rows.items()):
        for row in rows:
            if _leads(row) and asked in _spellings(row.source_system, row.source_code):
                said = f"{row.map}@{row.version} of {use_case} makes {_target(row)} of it: "
                meant.setdefault(_target(row), said)
    return meant


def _leads(row: TermRow) -> bool:
    return bool(row.target_code) and row.equivalence not in NO_TRANSLATION


def _spellings(system: str, code: str) -> tuple[str, str]:
    return code, f"{system}|{code}"


def _target(row: TermRow) -> str:
    return f"{row.target_system}|{row.target_code}"


def _in(asked: str, name: str, view: View) -> Iterator[tuple[str, str]]:
    """Give the columns of a view that something touches, each with the reason."""
    told = [(each.path, f"where {each.path}") for each in view.where]
    for column, path in paths(view.select):
        node, field = f"{name}.{column}", f"{view.resource}.{path}"
        why = next((said for text, said in told if _spells(text, asked)), "")
        why = next((said for text, said in told if _is_at(view, text, asked)), why)
        if _spells(path, asked):
            why = path
        if asked in (name, node, column) or _is_at(view, path, asked):
            why = field
        if why:
            yield node, why


def _spells(path: str, asked: str) -> bool:
    """Tell whether a path spells a code in quotes, and its system where both were asked about."""
    system, _, code = asked.rpartition("|")
    there = SPELLED.findall(path)
    return code in there and (not system or system in there or "system" not in path)


def _is_at(view: View, path: str, asked: str) -> bool:
    field = f"{view.resource}.{path}"
    return field == asked or field.startswith(f"{asked}.")


def _named(code: str, specs: Specs, models: Mapping[str, Model]) -> dict[str, str]:
    """Give the columns of which a model or an outcome names a code."""
    code = code.rpartition("|")[2]
    used = specs.use_case.model
    fields = models[used.model].fields if used is not None and used.model in models else {}
    found: dict[str, str] = {}
    for name, feature in specs.use_case.features_by_name().items():
        if name in fields and code in (fields[name].codes or {}):
            node = f"{feature.view}.{feature.column}"
            found[node] = f"the model names {code}"
    for source in specs.sources.values():
        if isinstance(source.history, UnsetType):
            continue
        for outcome in source.outcomes.values():
            if outcome.column and code in (outcome.true_when or ()):
                found[f"{source.history.outcomes}.{outcome.column}"] = f"true when {code}"
    return found


def _maps(asked: str, specs: Data, rows: Sequence[TermRow]) -> dict[str, str]:
    """Give the columns that go through a map which was asked about, or which has such a code."""
    found: dict[str, str] = {}
    files = {
        f"{name}@{terms.version}": {each.file for each in terms.files}
        | {each.sha256 for each in terms.files if each.sha256}
        for name, terms in specs.terms.items()
    }
    for node, (terms, each) in going(specs).items():
        names = {terms, terms.partition("@")[0], *files[terms]}
        if isinstance(each, MappedColumn):
            names |= {each.map}
            names |= {f"{row.map}@{row.version}" for row in rows if row.map == each.map}
        why = through(terms, each) if asked in names else _code(asked, each, rows)
        if why:
            found[node] = why
    return found


def _code(asked: str, each: Going, rows: Iterable[TermRow]) -> str:
    """Say what a column's map makes of a code, or of what it makes it; "" for neither."""
    if not isinstance(each, MappedColumn):
        return ""
    mine = [row for row in rows if row.map == each.map and each.system in ("", row.source_system)]
    for row in mine:
        if asked in _spellings(row.source_system, row.source_code):
            said = _target(row) if _fits(row, each) else "nothing"
            return f"{row.map}@{row.version} makes {said} of it"
    of = [row for row in mine if _fits(row, each)]
    of = [row for row in of if asked in _spellings(row.target_system, row.target_code)]
    if not of:
        return ""
    named = ", ".join(f"{row.source_system}|{row.source_code}" for row in of[:NAMED])
    more = f" and {len(of) - NAMED:,} more" if len(of) > NAMED else ""
    return f"{of[0].map}@{of[0].version} makes it of {named}{more}"


def _fits(row: TermRow, each: MappedColumn) -> bool:
    wanted = each.target in ("", row.target_system) and row.equivalence in each.accept
    return wanted and _leads(row)


def _upstream(asked: str, views: Mapping[str, View], known: Upstreams) -> dict[str, str]:
    """Give the columns that are filled from a table, or from one that rests on it."""
    named = known.named
    table = asked if asked in named else asked.rpartition(".")[0]
    if table not in named:
        return {}
    below = {*known.below(table)}
    read = [
        (each.table, filled)
        for told, _ in known.reads.values()
        for each in told.tables
        if each.table in below
        for filled in each.views
    ]
    return {
        f"{name}.{column}": f"filled from {source}"
        for source, filled in read
        for name, view in views.items()
        for column, _ in paths(view.select)
        if filled in (name, f"{name}.{column}")
    }


def _features(specs: Specs, touched: Mapping[str, str]) -> Iterator[Rests]:
    use_case = specs.use_case
    for name, each in use_case.features_by_name().items():
        for column in each.columns:
            node = f"{each.view}.{column}"
            if node in touched:
                because = f"{how(each)}: {touched[node]}"
                what = f"feature {name}"
                yield Rests(use_case=use_case.name, what=what, through=node, because=because)


def _outcomes(specs: Specs, touched: Mapping[str, str]) -> Iterator[Rests]:
    for source in specs.sources.values():
        if isinstance(source.history, UnsetType):
            continue
        for name, told in source.outcomes.items():
            for column in (told.column, *(told.any or ())):
                node = f"{source.history.outcomes}.{column}"
                if node in touched:
                    yield Rests(
                        use_case=specs.use_case.name,
                        what=f"outcome {name}",
                        through=node,
                        because=f"source {source.name}: {touched[node]}",
                    )


def _cases(specs: Specs, touched: Mapping[str, str]) -> Iterator[Rests]:
    for source in specs.sources.values():
        if isinstance(source.history, UnsetType):
            continue
        told = source.history
        columns = (*_of_cases(source), told.patient, told.encounter, told.asked_at)
        nodes = [*(f"{told.cases}.{each}" for each in columns), f"{told.outcomes}.{columns[0]}"]
        for node in nodes:
            if node in touched:
                because = f"source {source.name}: {touched[node]}"
                name = specs.use_case.name
                yield Rests(use_case=name, what="cases", through=node, because=because)


def _of_files(asked: str, specs: Specs) -> Iterator[Rests]:
    """Give what is made of the columns of a source's files."""
    for source in specs.sources.values():
        if not isinstance(source.history, UnsetType):
            continue
        made = [(column, "cases") for column in _of_cases(source)]
        made += [(each.column, f"input {name}") for name, each in source.cases.inputs.items()]
        for name, told in source.outcomes.items():
            columns = (told.column, *(told.any or ()))
            made += [(column, f"outcome {name}") for column in columns if column]
        for column, what in made:
            if asked in (source.name, column, f"{source.name}.{column}"):
                yield Rests(
                    use_case=specs.use_case.name,
                    what=what,
                    through=f"{source.name}.{column}",
                    because=f"source {source.name}: column {column}",
                )


def _of_cases(source: Source) -> tuple[str, ...]:
    """Give the columns that make cases what they are, those of the case's name first."""
    cases = replace(source.cases, inputs={})
    return columns_of(replace(source, outcomes={}, cases=cases))
