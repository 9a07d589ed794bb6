"""FHIR ConceptMaps and ValueSets as rows of terms.

What a map says under a condition (`dependsOn`), and what it would make of a code that it does
not list (`unmapped`), is left out: the first is not known of a code alone, the second is a guess.
A set must list its codes, or have been expanded: a filter is a question for who holds the codes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from attending.errors import NoSuchName, Refused
from attending.fhir.terms import EQUIVALENCES, Equivalence, TermRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

NO_VERSION = "not told"
HOLD_TERMS = ("ConceptMap", "ValueSet")

RELATIONSHIPS: Mapping[str, Equivalence] = {  # FHIR R5 says how the source stands to the target
    "equivalent": "equivalent",
    "source-is-narrower-than-target": "wider",
    "source-is-broader-than-target": "narrower",
    "related-to": "relatedto",
    "not-related-to": "disjoint",
}

Tree = dict[str, Any]
Named = dict[tuple[str, str], str]


def rows_of(resource: Tree, only: tuple[str, ...] = ()) -> tuple[list[TermRow], Named]:
    """Give the rows of a ConceptMap, a ValueSet, or a Bundle of them, and what codes are called.

    Parameters
    ----------
    resource
        As FHIR's JSON.
    only
        Of a Bundle, the urls that are wanted; every map and set in it where none is named.

    Raises
    ------
    Refused
        For another resource, or one that does not say what a row needs.

    """
    try:
        rows, names = _rows_of(resource, only)
    except (AttributeError, KeyError, TypeError):
        rows, names = [], {}
        is_made_so = False
    else:
        is_made_so = all(isinstance(each, str) for row in rows for each in _texts(row))
    if not is_made_so:
        kind = resource.get("resourceType")
        raise Refused(f"this {kind} is not made as FHIR has it: lists, objects and codes as text")
    return rows, names


def statuses_of(resource: Tree, only: tuple[str, ...] = ()) -> dict[str, str]:
    """Give what makers say of their maps and sets, by name: draft, active, retired or unknown.

    FHIR R4 (4.0.1, PublicationStatus): a draft is not yet considered ready for normal use; what is
    retired was superseded and should no longer be used. "" where nothing is said.

    Parameters
    ----------
    resource, only
        As `rows_of` takes them; what that refuses is not asked about here.

    """
    there = _wanted(resource, only) if resource.get("resourceType") == "Bundle" else [resource]
    return {_named(each): str(each.get("status") or "") for each in there}


def _texts(row: TermRow) -> tuple[object, ...]:
    return row.source_system, row.source_code, row.target_system, row.target_code


def _rows_of(resource: Tree, only: tuple[str, ...]) -> tuple[list[TermRow], Named]:
    kind = resource.get("resourceType")
    if kind == "Bundle":
        rows: list[TermRow] = []
        names: Named = {}
        for each in _wanted(resource, only):
            more, named = _rows_of(each, ())
            rows += more
            names |= named
        return rows, names
    if kind == "ConceptMap":
        return rows_of_concept_map(resource), _names_in_map(resource)
    if kind == "ValueSet":
        members = list(_members(resource))
        named = {(system, code): display for system, code, display in members if display}
        return [_member(resource, system, code) for system, code, _ in members], named
    raise Refused(f"{kind!r} holds no terms", accepted=[*HOLD_TERMS, "Bundle"])


def _wanted(bundle: Tree, only: tuple[str, ...]) -> list[Tree]:
    inside = [entry.get("resource", {}) for entry in bundle.get("entry", ())]
    held = {each.get("url"): each for each in inside if each.get("resourceType") in HOLD_TERMS}
    for url in only:
        if url not in held:
            raise NoSuchName(url, "the maps and sets of this bundle", filter(None, held))
    return [held[url] for url in only] if only else list(held.values())


def rows_of_concept_map(resource: Tree) -> list[TermRow]:
    """Give a ConceptMap's rows (R4, or R5's relationships).

    Raises
    ------
    Refused
        It has no url, a group has no source, or an equivalence is none of FHIR's.

    """
    name, version = _named(resource), str(resource.get("version") or NO_VERSION)
    rows: list[TermRow] = []
    for group in resource.get("group", ()):
        if not group.get("source"):
            raise Refused("a group does not say whose codes it maps", where=name)
        elements = group.get("element", ())
        conditional = {each.get("code") for each in elements if _is_conditional(each)}
        for element in elements:
            if "code" not in element or element["code"] in conditional:
                continue
            targets = () if element.get("noMap") else element.get("target", ())
            rows += [
                TermRow(
                    map=name,
                    version=version,
                    source_system=_system(group["source"]),
                    source_code=element["code"],
                    target_system=_system(group.get("target", "")) if each.get("code") else "",
                    target_code=each.get("code", ""),
                    equivalence=_equivalence(each, name),
                )
                for each in targets or ({"equivalence": "unmatched"},)
            ]
    return rows


def _is_conditional(element: Tree) -> bool:
    return any(each.get("dependsOn") for each in element.get("target", ()))


def _system(canonical: str) -> str:
    """Give whose codes are meant: R5 may add the version, ``http://loinc.org|2.78``."""
    return canonical.partition("|")[0]


def rows_of_value_set(resource: Tree) -> list[TermRow]:
    """Give a ValueSet's members, each as a map of itself to itself.

    Raises
    ------
    Refused
        It has no url, or does not list its codes.

    """
    return [_member(resource, system, code) for system, code, _ in _members(resource)]


def _member(resource: Tree, system: str, code: str) -> TermRow:
    return TermRow(
        map=_named(resource),
        version=str(resource.get("version") or NO_VERSION),
        source_system=system,
        source_code=code,
        target_system=system,
        target_code=code,
        equivalence="equal",
    )


def _members(resource: Tree) -> Iterator[tuple[str, str, str]]:
    name = _named(resource)
    expansion = resource.get("expansion")
    if expansion is not None:
        held = list(_expanded(expansion.get("contains", ()), name))
        if not held or _n_nodes(expansion["contains"]) < expansion.get("total", 1):
            raise Refused("the set was expanded in part, or holds nothing", where=name)
        yield from held
        return
    compose = resource.get("compose") or {}
    left_out = {(system, code) for system, code, _ in _listed(compose.get("exclude", ()), name)}
    listed = list(_listed(compose.get("include", ()), name))
    if not listed:
        raise Refused("the set lists no codes", where=name, accepted=["one that was expanded"])
    yield from (each for each in listed if each[:2] not in left_out)


def _n_nodes(contains: Iterable[Tree]) -> int:
    """Count what an expansion lists; headings, which are no codes to choose, are among it."""
    return sum(1 + _n_nodes(each.get("contains", ())) for each in contains)


def _expanded(contains: Iterable[Tree], name: str) -> Iterator[tuple[str, str, str]]:
    for each in contains:
        if "code" in each and not each.get("abstract"):
            if "system" not in each:
                raise Refused("a code does not say whose it is", where=name)
            yield each["system"], each["code"], each.get("display", "")
        yield from _expanded(each.get("contains", ()), name)


def _listed(parts: Iterable[Tree], name: str) -> Iterator[tuple[str, str, str]]:
    for part in parts:
        if part.get("filter") or part.get("valueSet") or not part.get("concept"):
            wanted = ["a set that lists its codes, or one that was expanded"]
            raise Refused("the set is told by a rule and not by its codes", where=name,
                          accepted=wanted)  # fmt: skip
        for each in part["concept"]:
            yield part["system"], each["code"], each.get("display", "")


def _names_in_map(resource: Tree) -> Named:
    names: Named = {}
    for group in resource.get("group", ()):
        for element in group.get("element", ()):
            if element.get("display"):
                names[_system(group["source"]), element["code"]] = element["display"]
            for each in element.get("target", ()):
                if each.get("display") and each.get("code"):
                    names[_system(group.get("target", "")), each["code"]] = each["display"]
    return names


def _named(resource: Tree) -> str:
    name = resource.get("url") or resource.get("name")
    if not isinstance(name, str) or not name:
        raise Refused(f"this {resource.get('resourceType')} has no url to know it by")
    return name


def _equivalence(target: Tree, name: str) -> Equivalence:
    said = target.get("equivalence")
    if said is None:
        said = RELATIONSHIPS.get(target.get("relationship", ""), "")
    if said not in EQUIVALENCES:
        raise Refused(f"a target stands to its source as {said!r}", where=name,
                      accepted=EQUIVALENCES)  # fmt: skip
    return cast("Equivalence", said)
