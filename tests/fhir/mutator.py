"""Real resources, bent: what a reader of clinical data meets sooner or later.

Seeded, so that a failure can be met again: `Mutator(folder, seed).bundle(i)` is the same bundle
on every machine that has the files. Resources are of three public sources and come as
`decode_exact` reads them.
"""

from __future__ import annotations

import gzip
import json
from copy import deepcopy
from decimal import Decimal
from functools import cache
from itertools import islice
from random import Random
from typing import TYPE_CHECKING

import msgspec

from attending.fhir.decode import decode_exact

if TYPE_CHECKING:
    from pathlib import Path

_as_text = msgspec.json.Encoder(decimal_format="number").encode
EACH = 40  # resources of each file: enough to see every element that the file uses
MOST = 6  # changes to one resource
SUFFIXES = (
    "Quantity", "CodeableConcept", "String", "Boolean", "Integer", "DateTime", "Period", "Range",
    "Reference", "Date", "Instant", "Code", "Coding", "Decimal", "Time",
)  # fmt: skip
RETYPED = (  # a kind is chosen first, so that no kind is rare for having few values
    ("text", "", "2020-02", "12:30:00", "true", "1", "é😀'\"\\\n\x00"),
    (0, 1, -7, 2**63, 2**64, -(2**63) - 1),
    tuple(map(Decimal, ("1.0", "1.00", "1E+2", "0.00001", "2.50", "-0.0"))),
    (True, False),
    (None,),
    ({}, {"value": 3}, {"code": "a", "value": Decimal("1.00")}),
    ([], [None], ["a", "b"], [{"value": Decimal("2.50")}], [[]], [{}, None, {}], [None, "a"]),
)
POINTED = (
    "Patient/{}",
    "Group/{}",
    "Practitioner/{}",
    "http://a.org/fhir/Patient/{}/_history/2",
    "urn:uuid:{}",
    "#{}",
    "Patient",
    "http://a.org/fhir/Patient/a b",
    "Patient/{}/_history/1",
    "",
)


@cache
def resources(folder: Path) -> tuple[dict, ...]:
    """Give some real resources of every file that there is."""
    found = []
    for path in sorted(folder.glob("synthea-r4/*.gz")) + sorted(folder.glob("mimic-*/*.gz")):
        with gzip.open(path) as lines:
            found += [decode_exact(line) for line in islice(lines, EACH)]
    for path in sorted(folder.glob("us-core/*.json")):
        body = decode_exact(path.read_bytes())
        if isinstance(body.get("resourceType"), str):
            found.append(body)
    return tuple(found)


class Mutator:
    """Bends real resources, always in the same way for the same seed."""

    def __init__(self, folder: Path, seed: int = 0) -> None:
        self.folder, self.seed = folder, seed
        self.real = resources(folder)

    def resource(self, i: int, kind: str = "") -> dict:
        """Give the bent resource of a number, of any type or of one."""
        dice = Random(f"{self.seed} {i} {kind}")
        among = [each for each in self.real if each["resourceType"] == kind] if kind else self.real
        return bent(deepcopy(dice.choice(among)), dice)

    def bundle(self, i: int) -> dict:
        """Give the bundle of a number: one to four bent resources."""
        dice = Random(f"{self.seed} {i}")
        entries = [
            {
                "fullUrl": f"urn:uuid:{i}-{k}",
                "resource": bent(deepcopy(dice.choice(self.real)), dice),
            }
            for k in range(dice.randint(1, 4))
        ]
        return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def bent(resource: dict, dice: Random) -> dict:
    """Bend a resource in up to six places; its type stays."""
    for _ in range(dice.randint(0, MOST)):
        holder, key = _somewhere(resource, dice)
        if key is not None:
            dice.choice(WAYS)(holder, key, dice)
    return resource


def _somewhere(resource: dict, dice: Random):
    """Choose an element, none the more likely for lying deep among many."""
    holder: dict = resource
    while True:
        keys = [key for key in holder if key != "resourceType"]
        if not keys:
            return holder, None
        key = dice.choice(keys)
        inner = holder[key]
        below = [inner] if isinstance(inner, dict) else inner if isinstance(inner, list) else []
        below = [each for each in below if isinstance(each, dict)]
        if not below or dice.random() < 0.3:
            return holder, key
        holder = dice.choice(below)


def _drop(holder, key, dice):
    inner = holder[key]
    if isinstance(inner, list) and inner and dice.random() < 0.5:
        del inner[dice.randrange(len(inner))]
    else:
        del holder[key]


def _repeat(holder, key, dice):
    inner = holder[key]
    if isinstance(inner, list):
        at, more = dice.choice((0, len(inner))), inner[: dice.randint(1, 2)]
        inner[at:at] = [_like(each, dice) for each in more]
    else:
        holder[key] = [inner, _like(inner, dice)]


def _like(value, dice):
    """Copy a value, with other texts in it and more of them, or the same."""
    return _other(value) if dice.random() < 0.5 else deepcopy(value)


def _other(value):
    if isinstance(value, dict):
        return {key: _other(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_other(each) for each in value + value[:1]]
    return f"{value} too" if isinstance(value, str) else value


def _retype(holder, key, dice):
    inner = holder[key]
    value = deepcopy(dice.choice(dice.choice(RETYPED)))
    if isinstance(inner, list) and inner and dice.random() < 0.5:
        inner[dice.randrange(len(inner))] = value
    else:
        holder[key] = value


def _nest(holder, key, dice):
    holder[key] = dice.choice(
        ([holder[key]], {key: holder[key]}, [[holder[key]]], {"value": holder[key]})
    )


def _swap(holder, key, dice):
    """Give an element of many types another of them, or make one of what was none."""
    for suffix in SUFFIXES:
        if key.endswith(suffix) and key != suffix:
            holder[key.removesuffix(suffix) + dice.choice(SUFFIXES)] = holder.pop(key)
            return
    if dice.random() < 0.2:
        holder[key + dice.choice(SUFFIXES)] = holder.pop(key)


def _move(holder, key, dice):
    """Say a value under a neighbor's name, as a wrongly mapped feed does."""
    other = dice.choice([each for each in holder if each != "resourceType"])
    holder[key], holder[other] = holder[other], holder[key]


def _rename(holder, key, dice):
    """Say an element under a name that differs in case, which is another name."""
    holder[key.swapcase() if dice.random() < 0.3 else key[:1].upper() + key[1:]] = holder.pop(key)


def _null(holder, key, dice):
    """Say null: instead of a value, or among others."""
    inner = holder[key]
    if isinstance(inner, list):
        inner.insert(dice.randint(0, len(inner)), None)
    else:
        holder[key] = None


def _point(holder, key, dice):
    """Let a reference lead somewhere else; one element in four, let it be a reference."""
    inner = holder[key]
    if isinstance(inner, dict) and ("reference" in inner or dice.random() < 0.25):
        inner["reference"] = dice.choice(POINTED).format(dice.randint(1, 9))
        if dice.random() < 0.3:
            inner["type"] = dice.choice(("Patient", "Group"))


WAYS = (_drop, _repeat, _retype, _nest, _swap, _swap, _move, _rename, _null, _point)


def written(tree: object, dice: Random) -> str:
    """Write JSON as some sender does: numbers as 1.00, 1.0 or 1e0, space or none, text escaped."""
    if dice.random() < 0.4:
        return _as_text(tree).decode()
    return _Writer(dice).write(tree)


class _Writer:
    """Writes one tree; spaces are those of one sender, numbers are spelled each as it comes."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self._colon, self._comma = dice.choice(((":", ","), (": ", ", "), (" : ", "\n , ")))
        self._escaped, self._respelled = dice.random() < 0.3, dice.choice((0.0, 0.1, 0.5))

    def write(self, value: object) -> str:
        if isinstance(value, dict):
            inner = (
                f"{self.write(key)}{self._colon}{self.write(each)}" for key, each in value.items()
            )
            return "{" + self._comma.join(inner) + "}"
        if isinstance(value, list):
            return "[" + self._comma.join(map(self.write, value)) + "]"
        if isinstance(value, str):
            return json.dumps(value, ensure_ascii=self._escaped)
        plain = _as_text(value).decode()
        number = isinstance(value, int | Decimal) and not isinstance(value, bool)
        return self._number(plain) if number and self._dice.random() < self._respelled else plain

    def _number(self, plain: str) -> str:
        if "e" in plain.lower():
            return plain
        if "." in plain:
            return plain + self._dice.choice(("0", "00", "e0", "00000000000000000001", "E-0"))
        ends = (
            (".0", ".00", "e0", "E+0", ".0e0") if int(plain) == 0 else (".0", ".00", "e0", "0e-1")
        )
        return plain + self._dice.choice(ends)
