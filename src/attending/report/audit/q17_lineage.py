"""From which source messages did one input come?

Without ``--prediction``, a row for each answer and view: the digest of the view that was used
and how many rows of it the features were made of. With it, a row for each feature and each
version of a resource that it rests on: where its bytes lie in which raw file, by digest. The
features are made again from those bytes on the way; what does not come out as it was recorded
is an exception, with its place. No value and nobody's name is told.

Answers whose inputs did not come through views are counted, and have no row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attending.report.evidence import standing
from attending.report.question import Answer, Question, Row, against

if TYPE_CHECKING:
    from attending.facts.entry import Entry
    from attending.report.data.traced import Traced
    from attending.report.question import Asked

COLUMNS = (
    "prediction", "use_case", "release", "site", "feature", "view", "view_digest", "n_rows",
    "resource", "raw", "offset", "length",
)  # fmt: skip
ONE = "the name of one answer (--prediction): raw files are read for one at a time"
OPENED = "the store's own lake and payloads, as `attending audit q 17` opens them"


def answer(asked: Asked) -> Answer:
    """Name the rows that answers were made of; of one answer, the raw bytes."""
    given = [e for e in standing(asked.entries("prediction/1"), "prediction/1") if _is(asked, e)]
    made = [e for e in given if e.fact.body.get("views")]
    counts = {"answers": len(given), "made_of_views": len(made)}
    if asked.prediction and made:
        return _one(made[-1], asked, counts)
    rows = tuple(row for entry in made for row in _views(entry))
    because = f"{len(made):,} of {len(given):,} answers were made of rows of views."
    if not made:
        because = f"{asked.searched}: no answer was made of rows of views."
        if asked.prediction:
            because = f"{asked.searched}: no answer is on record under {asked.prediction}."
        if asked.prediction and given:
            because = "This answer was not made of rows of views."
        return Answer(because, COLUMNS, counts=counts)
    return Answer(because, COLUMNS, rows, status="partial", needs=(ONE,), counts=counts)


def _is(asked: Asked, entry: Entry) -> bool:
    one = asked.prediction in ("", entry.fact.body.get("prediction"))
    return one and asked.is_about(entry.fact.site)


def _one(entry: Entry, asked: Asked, counts: dict[str, int]) -> Answer:
    """Trace one answer to its bytes, where somebody who may has handed in how."""
    rows = tuple(_views(entry))
    if asked.traced is None:
        because = "It was made of rows of views; their bytes were not looked for."
        return Answer(because, COLUMNS, rows, status="partial", needs=(OPENED,), counts=counts)
    found = asked.traced(entry)
    if found.wanting:
        because = f"Its bytes cannot be reached: {found.wanting}."
        needs = (found.wanting,)
        return Answer(because, COLUMNS, rows, status="partial", needs=needs, counts=counts)
    cites = tuple(sorted({entry.index, *(() if found.specs is None else (found.specs,))}))
    wrong = () if not found.wrong else (against(_name(entry), found.wrong, *cites),)
    told = tuple(_reached(entry, found, cites))
    n_raw = len({each.raw for each in found.reached})
    because = f"Its features were made again from {n_raw} raw files, and are as recorded."
    if wrong:
        because = "Its features could not be made again as they were recorded."
    return Answer(because, COLUMNS, told or rows, wrong, counts=counts | {"raw_files": n_raw})


def _views(entry: Entry) -> list[Row]:
    views: dict[str, Any] = dict(sorted(_body(entry)["views"].items()))
    return [
        Row(
            f"{_name(entry)}/{name}",
            _about(entry)
            | {"view": name, "view_digest": each["view"], "n_rows": len(each["rows"])},
            (entry.index,),
        )
        for name, each in views.items()
    ]


def _reached(entry: Entry, found: Traced, cites: tuple[int, ...]) -> list[Row]:
    views = _body(entry)["views"]
    return [
        Row(
            f"{_name(entry)}/{each.feature}/{each.raw[:16]}@{each.offset}",
            _about(entry)
            | {
                "feature": each.feature,
                "view": each.view,
                "view_digest": views[each.view]["view"],
                "resource": each.resource,
                "raw": each.raw,
                "offset": each.offset,
                "length": each.length,
            },
            cites,
        )
        for each in found.reached
    ]


def _about(entry: Entry) -> dict[str, Any]:
    fact = entry.fact
    return {
        "prediction": _name(entry),
        "use_case": fact.use_case,
        "release": fact.release,
        "site": fact.site,
    }


def _body(entry: Entry) -> dict[str, Any]:
    return entry.fact.body


def _name(entry: Entry) -> str:
    return str(entry.fact.body["prediction"])


q17_lineage = Question(number=17, answer=answer)
