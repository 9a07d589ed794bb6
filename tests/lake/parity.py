"""The two readings of a view beside each other: what one query gives, and what one by one does.

Both are given the same JSON text. A resource that the query sets aside is none of its answers;
one that it answers must have the same rows, byte for byte, and a reason is no row.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from ruamel.yaml import YAML

from attending.fhir.decode import decode_exact
from attending.fhir.view import NoRow, view
from attending.lake.fast_view import FastView

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

RACE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race"
_as_text = msgspec.json.Encoder(decimal_format="number").encode


def columns(**paths):
    found = []
    for name, path in paths.items():
        kind = {"n": "decimal", "i": "integer", "b": "boolean"}.get(
            name.partition("_")[0], "string"
        )
        found.append({"name": name, "path": path, "type": kind})
    return found


VIEWS = [
    {
        "resource": "Observation",
        "where": [{"path": "status.exists() and status != 'entered-in-error'"}],
        "select": [
            {
                "column": columns(
                    key="getResourceKey()",
                    patient="subject.getReferenceKey(Patient)",
                    encounter="encounter.getReferenceKey()",
                    code="code.coding.where(system = 'http://loinc.org').code.first()",
                    at="effective.ofType(dateTime)",
                    n_value="value.ofType(Quantity).value",
                    coded="value.ofType(CodeableConcept).coding[0].code",
                    b_some="category.coding.exists(code = 'laboratory') or component.empty()",
                )
            },
        ],
    },
    {
        "resource": "Observation",
        "select": [
            {"column": columns(key="getResourceKey()", status="status")},
            {
                "forEachOrNull": "component",
                "column": columns(
                    part="code.coding.code.first()", n_part="value.ofType(Quantity).value"
                ),
            },
            {
                "unionAll": [
                    {"forEach": "category", "column": columns(kind="coding.code.first()")},
                    {"forEach": "code.coding", "column": columns(kind="code")},
                ]
            },
        ],
    },
    {
        "resource": "Patient",
        "select": [
            {
                "column": [
                    *columns(
                        key="getResourceKey()",
                        sex="gender",
                        race=f"extension('{RACE}')"
                        ".extension('ombCategory').value.ofType(Coding).code.first()",
                        b_dead="deceased.ofType(dateTime).exists()"
                        " or deceased.ofType(boolean) = true",
                        b_unwed="(maritalStatus.coding.code = 'M').not()",
                        i_twin="multipleBirth.ofType(integer)",
                        city="address.where(use != 'old')[0].city",
                    ),
                    {"name": "given", "path": "name.given", "type": "string", "collection": True},
                ]
            },
        ],
    },
    {
        "resource": "Encounter",
        "select": [
            {
                "column": [
                    *columns(key="getResourceKey()", kind="class.code", begin="period.start"),
                    {"name": "types", "path": "type.coding.code", "collection": True},
                ],
                "select": [
                    {
                        "forEach": "participant",
                        "column": columns(who="individual.getReferenceKey()"),
                        "select": [
                            {"forEachOrNull": "type", "column": columns(role="coding.code")}
                        ],
                    }
                ],
            }
        ],
    },
    {
        "resource": "Claim",
        "select": [
            {
                "column": columns(
                    key="getResourceKey()",
                    who="provider.getReferenceKey()",
                    n_total="total.value",
                )
            },
            {
                "forEach": "item",
                "column": columns(
                    i_at="sequence",
                    n_factor="factor",
                    n_net="net.value",
                    what="productOrService.coding.where(system != 'x').first().code",
                    b_seen="encounter.exists()",
                ),
            },
        ],
    },
    {
        "resource": "Procedure",
        "where": [{"path": "(status = 'not-done').not()"}],
        "select": [
            {
                "column": [
                    *columns(
                        patient="subject.getReferenceKey(Patient)",
                        begin="performed.ofType(Period).start",
                        at="performed.ofType(dateTime)",
                        code="code.coding[1].code",
                        b_stay="encounter.empty()",
                    ),
                    {"name": "codes", "path": "code.coding.code", "collection": True},
                    {"name": "parts", "path": "location.display", "collection": True},
                ]
            }
        ],
    },
]  # fmt: skip


class Compared(NamedTuple):
    """What became of resources: how many the query answered, and those answered otherwise."""

    answered: int
    aside: int
    otherwise: list[str]


def compared(tried: dict, texts: Sequence[str]) -> Compared:
    """Read resources of one type, or of many, both ways."""
    one_by_one = view(tried)
    found = FastView(one_by_one.definition).answer(texts)
    by_number: dict[int, list[bytes]] = {}
    for n, row in found.rows:
        by_number.setdefault(n, []).append(_as_text(row))
    aside, otherwise, mine = set(found.aside), [], 0
    for n, text in enumerate(texts):
        body = decode_exact(text.encode())
        mine += body.get("resourceType") == one_by_one.resource
        if n in aside:
            continue
        try:
            expected: object = [_as_text(row) for row in one_by_one.rows(body)]
        except NoRow as refused:
            expected = refused.reason
        if by_number.get(n, []) != expected:
            said = f"{by_number.get(n, [])} and not {expected}"
            otherwise.append(f"{json.dumps(tried)} of {text}: {said}")
    return Compared(mine - len(aside), len(aside), otherwise)


def own_views(root: Path) -> Iterator[dict]:
    """Give the views of the use cases that are delivered."""
    for path in sorted(root.glob("usecases/*/views.yaml")):
        for document in YAML(typ="safe").load_all(path):
            yield {name: each for name, each in document.items() if name != "kind"}


def suite_views(data: Path) -> Iterator[tuple[dict, list[dict]]]:
    """Give the views of the public suite that are views, each with its resources."""
    for path in sorted((data / "sql-on-fhir-v2" / "tests").glob("*.json")):
        suite = decode_exact(path.read_bytes())
        for test in suite["tests"]:
            if not test.get("expectError"):
                yield test["view"], suite["resources"]
