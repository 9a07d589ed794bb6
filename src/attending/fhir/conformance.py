"""The public suite of SQL on FHIR v2, and the report its authors collect.

Source: SQL on FHIR v2, the formats of its tests and of its test report.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from attending.errors import Refused
from attending.fhir.decode import decode_exact
from attending.fhir.view import view

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_encode = msgspec.json.Encoder(order="sorted", decimal_format="number").encode


class Outcome(NamedTuple):
    """One test of the suite: what it is called, and why it failed, or ""."""

    title: str
    because: str

    @property
    def passed(self) -> bool:
        """Tell whether the rows were those expected, or the refusal was."""
        return not self.because


def outcomes(raw: bytes) -> list[Outcome]:
    """Run every test of one file of the suite.

    Raises
    ------
    Refused
        For what is no file of the suite.

    """
    suite: dict[str, Any] = decode_exact(raw)
    try:
        resources, tests = suite["resources"], suite["tests"]
        return [Outcome(str(test["title"]), _because(test, resources)) for test in tests]
    except (KeyError, TypeError, AttributeError) as error:
        raise Refused("not a file of tests of SQL on FHIR") from error


def report(files: Mapping[str, Iterable[Outcome]]) -> dict[str, Any]:
    """Give the report in the published form: by file, each test and whether it passed."""
    return {
        name: {
            "tests": [
                {
                    "name": each.title,
                    "result": {"passed": True}
                    if each.passed
                    else {"passed": False, "error": each.because},
                }
                for each in found
            ]
        }
        for name, found in files.items()
    }


def _because(test: dict[str, Any], resources: list[dict[str, object]]) -> str:
    try:
        tried = view(test["view"])
        rows = [row for resource in resources for row in tried.rows(resource)]
    except Refused as refused:
        return "" if test.get("expectError") else f"refused: {refused}"
    if test.get("expectError"):
        return "it was accepted, and an error was expected"
    if "expectColumns" in test:
        columns = [each.name for each in tried.columns]
        if columns != test["expectColumns"]:
            return f"columns {columns}, expected {test['expectColumns']}"
    if "expectCount" in test:
        expected = test["expectCount"]
        return "" if len(rows) == expected else f"{len(rows)} rows, expected {expected}"
    wanted = Counter(map(_spelled, test["expect"]))
    return "" if Counter(map(_spelled, rows)) == wanted else f"{len(rows)} rows, not those expected"


def _spelled(row: Mapping[str, object]) -> bytes:
    """Spell a row so that equal rows are equal bytes: 0.95 and 0.950 are one decimal."""
    return _encode({name: _plain(value) for name, value in row.items()})


def _plain(value: object) -> object:
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return Decimal(value).normalize()
    return value
