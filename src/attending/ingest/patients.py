"""Which Patient resources may be one person's, by rules that are the same every time.

A source that says so itself (`Patient.link`: replaced by, replaces) is believed. Two records
that bear the same identifier, of a system that the health system declares to be unique to a
person, are one person's, unless birth date or sex says otherwise; then a person looks. Two
records of the same name and birth date are never merged by that: a person looks.

Nothing here is a guess with a weight: a rule holds or does not, and names itself.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Said = tuple[tuple[str, ...], tuple[str, ...]]  # names of the fields that agree, and that differ
MOST_SAID = 8  # dates of birth and sexes under one identifier; beyond, it is nobody's own
BY_SOURCE, BY_IDENTIFIER, BY_NAME = "said_by_the_source", "same_identifier", "same_name_and_birth"


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules read of one Patient resource.

    Attributes
    ----------
    site, id
        Where it is from, and its number there.
    identifiers
        Pairs of system and value.
    names
        Family and given name, folded to plain letters.
    born, sex
        As recorded; empty where they are not.
    goes_with
        Numbers of records at the same site that this one was merged into.
    took_in
        Numbers of records at the same site that were merged into this one.

    """

    site: str
    id: str
    identifiers: frozenset[tuple[str, str]] = frozenset()
    names: frozenset[tuple[str, str]] = frozenset()
    born: str = ""
    sex: str = ""
    goes_with: tuple[str, ...] = ()
    took_in: tuple[str, ...] = ()


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """Two records that a rule holds for one person's, or doubts.

    Attributes
    ----------
    record, into
        Site and number of the record, and of the one it would go with.
    rule
        Its name.
    sure
        Whether the rule merges; otherwise a person looks.
    agree, differ
        Names of fields that say the same, and of those that do not.

    """

    record: tuple[str, str]
    into: tuple[str, str]
    rule: str
    sure: bool
    agree: tuple[str, ...] = ()
    differ: tuple[str, ...] = ()


def known(resource: Mapping[str, object], site: str) -> Known | None:
    """Read what the rules ask of a resource; None where it is no Patient with a number."""
    if resource.get("resourceType") != "Patient" or not isinstance(resource.get("id"), str):
        return None
    links = [
        (str(each.get("type", "")), _number(each.get("other"))) for each in _each(resource, "link")
    ]
    return Known(
        site=site,
        id=str(resource["id"]),
        identifiers=frozenset(
            (_text(each, "system"), _text(each, "value"))
            for each in _each(resource, "identifier")
            if _text(each, "system") and _text(each, "value")
        ),
        names=frozenset(_names(resource)),
        born=_text(resource, "birthDate"),
        sex=_text(resource, "gender"),
        goes_with=tuple(n for kind, n in links if kind == "replaced-by" and n),
        took_in=tuple(n for kind, n in links if kind == "replaces" and n),
    )


def matches(records: Iterable[Known], *, unique: frozenset[str] = frozenset()) -> list[Match]:
    """Find the pairs that a rule holds for one person's, or doubts; a pair once, surest first.

    Parameters
    ----------
    records
        One for each site and number; a later one takes an earlier one's place.
    unique
        Systems of identifiers that are given to one person alone.

    """
    there = {(each.site, each.id): each for each in records}
    found: dict[frozenset[tuple[str, str]], Match] = {}
    for match in (
        *_by_source(there.values()),
        *_by_identifier(there.values(), unique),
        *_by_name(there.values()),
    ):
        found.setdefault(frozenset((match.record, match.into)), match)
    return sorted(found.values(), key=lambda m: (not m.sure, m.record, m.into))


def _by_source(records: Iterable[Known]) -> Iterator[Match]:
    for each in records:
        own = (each.site, each.id)
        for number in each.goes_with:
            yield Match(record=own, into=(each.site, number), rule=BY_SOURCE, sure=True)
        for number in each.took_in:
            yield Match(record=(each.site, number), into=own, rule=BY_SOURCE, sure=True)


def _by_identifier(records: Iterable[Known], unique: frozenset[str]) -> Iterator[Match]:
    bearing: dict[tuple[str, str], list[Known]] = defaultdict(list)
    for each in records:
        for system, value in each.identifiers:
            if system in unique:
                bearing[system, value].append(each)
    for _, alike in sorted(bearing.items()):
        yield from _alike(sorted(alike, key=_order))


def _alike(group: list[Known]) -> Iterator[Match]:
    """Match records that bear one identifier; merge only what contradicts the same others.

    A record that says neither date nor sex fits two who contradict each other; merged with both it
    would make them one. So it is for somebody to look at, and so is every record where more is said
    under the identifier than a few mistakes explain.
    """
    said = {(each.born, each.sex) for each in group}
    against = {
        one: frozenset(other for other in said if _contradict(one, other))
        for one in (said if len(said) <= MOST_SAID else ())
    }
    first: dict[frozenset[tuple[str, str]], Known] = {}
    for each in group:
        bars = against.get((each.born, each.sex))
        into = group[0] if bars is None else first.setdefault(bars, each)
        sure = bars is not None and into is not each
        into = into if sure else group[0]
        if into is not each:
            agree, differ = _compared(into, each)
            yield _match(each, into, BY_IDENTIFIER, (("identifier", *agree), differ), sure=sure)


def _contradict(one: tuple[str, str], other: tuple[str, str]) -> bool:
    return any(mine and theirs and mine != theirs for mine, theirs in zip(one, other, strict=True))


def _by_name(records: Iterable[Known]) -> Iterator[Match]:
    alike: dict[tuple[tuple[str, str], str], list[Known]] = defaultdict(list)
    for each in records:
        for name in each.names if each.born else ():
            alike[name, each.born].append(each)
    for _, group in sorted(alike.items()):
        first, *others = sorted(group, key=_order)  # not each with each: a placeholder has many
        for other in others:
            yield _match(other, first, BY_NAME, _compared(first, other), sure=False)


def _match(record: Known, into: Known, rule: str, said: Said, *, sure: bool) -> Match:
    return Match(
        record=(record.site, record.id),
        into=(into.site, into.id),
        rule=rule,
        sure=sure,
        agree=said[0],
        differ=said[1],
    )


def _compared(one: Known, other: Known) -> Said:
    """Name the fields on which two records agree and differ; what one does not say is neither."""
    said = {
        "name": (one.names, other.names, bool(one.names & other.names)),
        "birth_date": (one.born, other.born, one.born == other.born),
        "sex": (one.sex, other.sex, one.sex == other.sex),
    }
    both = {name: same for name, (mine, theirs, same) in said.items() if mine and theirs}
    agree = tuple(name for name, same in both.items() if same)
    # A name may change with a marriage; a date of birth does not.
    return agree, tuple(name for name, same in both.items() if not same and name != "name")


def _order(each: Known) -> tuple[str, str]:
    return each.site, each.id


def _names(resource: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for each in _each(resource, "name"):
        given = each.get("given")
        first = given[0] if isinstance(given, list) and given else ""
        if _text(each, "family") and isinstance(first, str) and first:
            yield _plain(_text(each, "family")), _plain(first)


def _plain(text: str) -> str:
    """Fold a name: no accents, no case, letters alone.

    >>> _plain("Müller-Lüdenscheidt") == _plain("MULLER LUDENSCHEIDT")
    True
    """
    bare = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in bare if letter.isalpha())


def _each(resource: Mapping[str, object], name: str) -> list[dict[str, object]]:
    found = resource.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _text(resource: Mapping[str, object], name: str) -> str:
    found = resource.get(name)
    return found if isinstance(found, str) else ""


def _number(other: object) -> str:
    reference = _text(other, "reference") if isinstance(other, dict) else ""
    kind, _, number = reference.rpartition("/")
    return number if kind in ("", "Patient") or kind.endswith("/Patient") else ""
