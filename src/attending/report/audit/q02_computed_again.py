"""Can one answer be computed again: the same inputs, model and threshold, the same output?

The inputs are opened from the payload store by the digest that the answer bears, the model is
the one that the specs in force declared, and the score is computed by the same engine. A row
for each release, model and site says how many came out equal, within one part in 10^9; with
``--prediction`` one row tells of one answer alone. What is not equal is an exception, by the
answer's own name: another score, inputs that are not those that were kept, a model whose digest
is not the one on record. No input is ever told.

What was not kept cannot be computed again: a recorded answer of a replay, erased inputs, a
payload store without its key. The answer is then partial, and says what is missing and of how
many. Where no model was asked, there is nothing to compute.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from attending.report.again import differs
from attending.report.evidence import standing
from attending.report.question import Answer, Question, Row, against

if TYPE_CHECKING:
    from collections.abc import Callable

    from attending.facts.entry import Entry
    from attending.report.again import Again
    from attending.report.question import Asked, Cell

COLUMNS = (
    "use_case", "release", "site", "model", "n", "n_equal", "n_differ", "n_no_score",
    "score", "score_again", "threshold", "display", "inputs",
)  # fmt: skip

Group = tuple[str, str, str, str]


@dataclass
class _Seen:
    groups: dict[Group, list[tuple[Entry, Again]]] = field(default_factory=dict)
    wrong: list[Row] = field(default_factory=list)
    wanting: Counter[str] = field(default_factory=Counter)
    n_unasked: int = 0


def answer(asked: Asked) -> Answer:
    """Compute answers again, and tell which came out otherwise."""
    if asked.again is None:
        opened = "the store's own specs and payloads, as `attending audit q 2` opens them"
        return Answer("Nothing was computed again.", COLUMNS, status="not_yet", needs=(opened,))
    entries = asked.entries("prediction/1")
    given = [e for e in standing(entries, "prediction/1") if _is_about(asked, e)]
    seen = _Seen()
    for entry in given:
        _take(seen, entry, asked.again)
    rows = [_row(group, there, one=bool(asked.prediction)) for group, there in seen.groups.items()]
    needs = tuple(f"{what} ({n:,} answers)" for what, n in sorted(seen.wanting.items()))
    counts = {
        "answers": len(given),
        "computed_again": sum(len(there) for there in seen.groups.values()),
        "not_computed": seen.wanting.total(),
        "no_model_asked": seen.n_unasked,
    }
    return Answer(
        _because(asked, counts, len(seen.wrong)),
        COLUMNS,
        tuple(sorted(rows, key=lambda row: row.key)),
        tuple(seen.wrong),
        status="partial" if needs else "answered",
        needs=needs,
        counts=counts,
    )


def _is_about(asked: Asked, entry: Entry) -> bool:
    one = asked.prediction in ("", entry.fact.body.get("prediction"))
    return one and asked.is_about(entry.fact.site)


def _take(seen: _Seen, entry: Entry, again: Callable[[Entry], Again]) -> None:
    body = entry.fact.body
    if body.get("origin") == "recorded":
        seen.wanting["the inputs of answers that were recorded elsewhere"] += 1
    elif not body.get("inputs"):
        seen.n_unasked += 1
    else:
        found = again(entry)
        if found.wanting:
            seen.wanting[found.wanting] += 1
            return
        fact = entry.fact
        group = (fact.use_case or "", fact.release or "", fact.site or "", str(body["model"]))
        seen.groups.setdefault(group, []).append((entry, found))
        because = differs(found, body)
        if because:
            seen.wrong.append(against(str(body["prediction"]), because, *_cites(entry, found)))


def _cites(entry: Entry, found: Again) -> tuple[int, ...]:
    return tuple(sorted({entry.index, *(() if found.specs is None else (found.specs,))}))


def _row(group: Group, there: list[tuple[Entry, Again]], *, one: bool) -> Row:
    use_case, release, site, model = group
    told = [differs(found, entry.fact.body) for entry, found in there]
    unscored = sum(
        found.score is None or entry.fact.body.get("score") is None for entry, found in there
    )
    cells: dict[str, Cell] = {
        "use_case": use_case,
        "release": release,
        "site": site,
        "model": model,
        "n": len(there),
        "n_equal": told.count(""),
        "n_differ": len(told) - told.count(""),
        "n_no_score": unscored,
    }
    key = "/".join((use_case, release, site, model[:12]))
    if one:
        (entry, found), *_ = there
        body, key = entry.fact.body, str(entry.fact.body["prediction"])
        for name in ("score", "threshold", "display", "inputs"):
            value = body.get(name)
            cells[name] = value if isinstance(value, str | float | int) else None
        cells["score_again"] = found.score
    cites = {i for entry, found in there for i in _cites(entry, found)}
    return Row(key, cells, tuple(sorted(cites)))


def _because(asked: Asked, counts: dict[str, int], wrong: int) -> str:
    if not counts["answers"]:
        which = f" under {asked.prediction}" if asked.prediction else ""
        return f"{asked.searched}: no answer is on record{which}."
    said = f"Of {counts['answers']:,} answers, {counts['computed_again']:,} were computed again"
    return f"{said}; {wrong:,} came out otherwise." if wrong else f"{said}; all came out equal."


q02_computed_again = Question(number=2, answer=answer)
