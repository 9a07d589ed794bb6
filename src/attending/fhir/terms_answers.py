"""`$translate` and `$validate-code`, answered from our own maps: Parameters in, Parameters out.

Source: FHIR R4, ConceptMap $translate and ValueSet $validate-code. A translation tells every
target that is good on the day, with how it stands to the source; whoever asks must see whether
there is one, and whether it is near enough. Asked the other way round (`reverse`), it is refused:
that a target is wider than its source says nothing of the way back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec

from attending import shapes
from attending.errors import NoSuchName, Refused
from attending.fhir.terms import NO_TRANSLATION, day_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from attending.fhir.terms import Terms

Tree = dict[str, Any]

TRANSLATE = frozenset({
    "url", "conceptMapVersion", "code", "system", "version", "coding", "codeableConcept",
    "source", "target", "targetsystem", "reverse", "date",
})  # fmt: skip
VALIDATE = frozenset({
    "url", "valueSetVersion", "code", "system", "systemVersion", "display", "coding",
    "codeableConcept", "date", "displayLanguage",
})  # fmt: skip


class Coding(NamedTuple):
    """A code, whose it is, and what it is called."""

    system: str
    code: str
    display: str = ""


class _Said(msgspec.Struct):
    system: str = ""
    code: str = ""
    display: str = ""


class _Concept(msgspec.Struct):
    coding: tuple[_Said, ...] = ()


class _Part(msgspec.Struct, rename="camel"):
    name: str
    value_uri: str | None = None
    value_canonical: str | None = None
    value_string: str | None = None
    value_code: str | None = None
    value_date: str | None = None
    value_date_time: str | None = None
    value_boolean: bool | None = None
    value_coding: _Said | None = None
    value_codeable_concept: _Concept | None = None


class _Parameters(msgspec.Struct, rename="camel"):
    resource_type: Literal["Parameters"]
    parameter: tuple[_Part, ...] = ()


Value = str | bool | _Said | _Concept


class Question(NamedTuple):
    """What was asked, whichever way it was spelled."""

    map: str
    version: str
    codings: tuple[Coding, ...]
    day: str
    target: str = ""


def translate(parameters: Tree, terms: Terms, as_of: str) -> Tree:
    """Answer `$translate`.

    Parameters
    ----------
    parameters
        Parameters with `url` and a code, as `code` and `system`, `coding` or `codeableConcept`.
    terms
        The maps.
    as_of
        The day whose rows hold, where the question names none.

    Returns
    -------
    Tree
        Parameters: `result`, and a `match` for each target; a `message` where there is none.

    Raises
    ------
    NoSuchName
        There is no such map here, or not in that version.
    Refused
        The question is not whole, or asks for what is not answered.

    """
    given = _given(parameters, TRANSLATE)
    if given.get("reverse") in (True, "true"):
        raise Refused("`reverse` is not answered", accepted=["the map of the other direction"])
    asked = _question(given, as_of, "conceptMapVersion")
    matches = [match for each in asked.codings for match in _matches(asked, each, terms)]
    result = any(_equivalence(match) not in NO_TRANSLATION for match in matches)
    parts: list[Tree] = [{"name": "result", "valueBoolean": result}]
    if not matches:
        _check_version(asked, terms)
    if not result:
        parts.append({"name": "message", "valueString": "the map gives this code no target"})
    return {"resourceType": "Parameters", "parameter": [*parts, *matches]}


def validate_code(parameters: Tree, terms: Terms, as_of: str) -> Tree:
    """Answer `$validate-code`: is one of these codes in the set on the day?

    A name given beside the code is not looked at, since a set may know none; what the code is
    called is told. Parameters and errors are as for `translate`.
    """
    asked = _question(_given(parameters, VALIDATE), as_of, "valueSetVersion")
    for each in asked.codings:
        rows = terms.rows_of(asked.map, each.system, each.code)
        if any(row.covers(asked.day) and asked.version in ("", row.version) for row in rows):
            name = terms.names.get((each.system, each.code), "")
            called = [{"name": "display", "valueString": name}] if name else []
            parts = [{"name": "result", "valueBoolean": True}, *called]
            return {"resourceType": "Parameters", "parameter": parts}
    _check_version(asked, terms)
    parts = [
        {"name": "result", "valueBoolean": False},
        {"name": "message", "valueString": f"not in {asked.map} on {asked.day}"},
    ]
    return {"resourceType": "Parameters", "parameter": parts}


def _given(parameters: Tree, known: frozenset[str]) -> dict[str, Value]:
    try:
        asked = shapes.convert(parameters, _Parameters)
    except msgspec.ValidationError as error:
        raise Refused(f"the question is no Parameters resource: {error}") from None
    given: dict[str, Value] = {}
    for each in asked.parameter:
        if each.name not in known:
            raise Refused(f"{each.name!r} is not answered here", accepted=sorted(known))
        values = [value for value in msgspec.structs.astuple(each)[1:] if value is not None]
        if each.name in given or len(values) != 1:
            raise Refused(f"{each.name!r} has one value")
        given[each.name] = values[0]
    return given


def _question(given: Mapping[str, Value], as_of: str, version: str) -> Question:
    codings = tuple(_codings(given))
    if not codings:
        raise Refused("which code?", accepted=["code and system", "coding", "codeableConcept"])
    return Question(
        map=_text(given, "url"),
        version=_text(given, version, default=""),
        codings=codings,
        day=day_of(_text(given, "date", default=as_of)),
        target=_text(given, "targetsystem", default=""),
    )


def _check_version(asked: Question, terms: Terms) -> None:
    """Refuse a version that is not here: whoever asks would take a *no* for that version's word."""
    versions = {row.version for row in terms.rows(asked.map)}
    if asked.version and asked.version not in versions:
        raise NoSuchName(asked.version, f"the versions of {asked.map} here", versions)


def _text(given: Mapping[str, Value], name: str, default: str | None = None) -> str:
    value = given.get(name, default)
    if not isinstance(value, str):
        raise Refused(f"`{name}` is text, and it is missing")
    return value


def _codings(given: Mapping[str, Value]) -> Iterator[Coding]:
    if "code" in given:
        yield _coding(_Said(_text(given, "system"), _text(given, "code")))
    one, several = given.get("coding"), given.get("codeableConcept")
    if isinstance(one, _Said):
        yield _coding(one)
    if isinstance(several, _Concept):
        yield from map(_coding, several.coding)


def _coding(said: _Said) -> Coding:
    if not said.system or not said.code:
        raise Refused("a code is asked for with its system: the same letters mean other things")
    return Coding(said.system, said.code, said.display)


def _matches(asked: Question, coding: Coding, terms: Terms) -> Iterator[Tree]:
    for row in terms.rows_of(asked.map, coding.system, coding.code):
        is_asked = asked.version in ("", row.version) and asked.target in ("", row.target_system)
        if not row.target_code or not row.covers(asked.day) or not is_asked:
            continue
        display = terms.names.get((row.target_system, row.target_code))
        concept = {"system": row.target_system, "code": row.target_code}
        concept |= {"display": display} if display else {}
        yield {
            "name": "match",
            "part": [
                {"name": "equivalence", "valueCode": row.equivalence},
                {"name": "concept", "valueCoding": concept},
                {"name": "source", "valueUri": f"{row.map}|{row.version}"},
            ],
        }


def _equivalence(match: Tree) -> str:
    return str(match["part"][0]["valueCode"])
