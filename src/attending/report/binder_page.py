"""The page in a binder that people read: what was asked, what is so, and what is proved."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attending.ledger.store import Row

MOST_ROWS = 100  # of one answer on the page; its JSON has all of them
MOST_CITED = 6
SHORT = 12  # characters of a digest
DIGEST = re.compile(r"[0-9a-f]{64}")

STATUS = {
    "answered": "answered",
    "partial": "answered in part",
    "not_yet": "cannot be answered yet",
    "not_applicable": "does not apply",
}


def page(
    about: Mapping[str, Any], answers: Mapping[int, Mapping[str, Any]], rows: Sequence[Row]
) -> bytes:
    """Give the page: one file that fetches nothing, and prints as it reads.

    Parameters
    ----------
    about
        What the manifest says.
    answers
        `audit/1` by question.
    rows
        The facts in the binder.

    """
    made = Environment(
        autoescape=True,
        loader=PackageLoader("attending.report", ""),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    bodies = [json.loads(row.raw) for row in rows if row.raw is not None]
    types = Counter(str(fact["body"].get("type", "")) for fact in bodies)
    days = sorted(str(fact["at"])[:10] for fact in bodies if fact["at"])
    filled = made.get_template("binder.html").render(
        about=about,
        answers=[_told(number, each) for number, each in sorted(answers.items())],
        types=sorted(types.items(), key=lambda item: (-item[1], item[0])),
        days=(days[0], days[-1]) if days else None,
    )
    return filled.encode()


def _told(number: int, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Give one answer as the page shows it, columns that are empty throughout left out."""
    columns, rows = answer["columns"][:-1], answer["rows"]
    filled = [i for i in range(1, len(columns)) if any(row[i] not in (None, "") for row in rows)]
    return {
        "number": number,
        "title": answer["question"]["title"],
        "status": STATUS[answer["status"]],
        "because": answer["because"],
        "needs": answer["needs"],
        "columns": [columns[i].replace("_", " ") for i in filled],
        "rows": [([_cell(row[i]) for i in filled], _cited(row[-1])) for row in rows[:MOST_ROWS]],
        "more": max(len(rows) - MOST_ROWS, 0),
        "exceptions": [
            (each["key"], each["because"], _cited(each["cites"])) for each in answer["exceptions"]
        ],
        "digest": answer["digest"],
        "size": answer["ledger"]["size"],
    }


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and DIGEST.fullmatch(value):
        return f"{value[:SHORT]}…"  # a column must fit on paper; the JSON has all of it
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _cited(cites: Sequence[int]) -> str:
    shown = ", ".join(f"{index:,}" for index in cites[:MOST_CITED])
    more = len(cites) - MOST_CITED
    return shown + (f" and {more:,} more" if more > 0 else "")
