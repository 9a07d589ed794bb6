"""Which answers did a release give for one patient: inputs, output, display, response?

With ``--patient``, the pseudonym that `attending pseudonym` gives, one row for each answer on
record about that patient: release, model, the digest that its inputs are kept under, what was
missing, score, threshold, display, the user, and everything that was said about its card. Without
it one row for each release and site counts answers and patients. An answer that names no patient
is counted, and is an exception: it could not be found when somebody asks.

Records of one person under two identities are not linked here yet, so that the answer is partial:
what was recorded under another number is not in it. Inputs are told by their digest alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.report.evidence import standing
from attending.report.question import Answer, Question, Row, against
from attending.report.responses import reason_of

if TYPE_CHECKING:
    from attending.facts.entry import Entry
    from attending.report.question import Asked, Cell

COLUMNS = (
    "use_case", "release", "site", "unit", "at", "model", "inputs", "missing", "score",
    "threshold", "display", "reason", "user", "responses", "n", "n_patients",
)  # fmt: skip
NEEDS = ("patient identities that are linked and merged",)
COPIED = ("model", "inputs", "score", "threshold", "display", "reason", "user", "unit")


def answer(asked: Asked) -> Answer:
    """Give what was answered about a patient, or count patients."""
    entries = list(asked.entries("prediction/1", "response/1"))
    given = [e for e in standing(entries, "prediction/1") if asked.is_about(e.fact.site)]
    about = [e for e in given if asked.patient in ("", _patient(e))]
    said: dict[tuple[str | None, str], list[Entry]] = {}
    for entry in standing(entries, "response/1"):
        key = (entry.fact.use_case, str(entry.fact.body["prediction"]))
        said.setdefault(key, []).append(entry)
    if asked.patient:
        rows = [_row(e, said.get((e.fact.use_case, _name(e)), [])) for e in about]
        because = f"{len(rows):,} answers are on record about this patient."
    else:
        rows = _counted(about)
        because = f"{len(about):,} answers about {len({*map(_patient, about)} - {''}):,} patients."
    nameless = [e for e in given if not _patient(e)]
    wrong = [against(_name(e), "it names no patient", e.index) for e in nameless]
    if not about:
        which = f" for {asked.patient}" if asked.patient else ""
        because = f"{asked.searched}: no answer is on record{which}."
    counts = {"answers": len(given), "about": len(about), "naming_nobody": len(nameless)}
    partial = bool(rows)
    return Answer(
        because,
        COLUMNS,
        tuple(rows),
        tuple(wrong),
        status="partial" if partial else "answered",
        needs=NEEDS if partial else (),
        counts=counts,
    )


def _patient(entry: Entry) -> str:
    return str(entry.fact.body.get("patient") or "")


def _name(entry: Entry) -> str:
    return str(entry.fact.body["prediction"])


def _row(entry: Entry, said: list[Entry]) -> Row:
    fact, body = entry.fact, entry.fact.body
    cells: dict[str, Cell] = {
        "use_case": fact.use_case,
        "release": fact.release,
        "site": fact.site,
        "at": fact.at,
    }
    for name in COPIED:
        value = body.get(name)
        cells[name] = value if isinstance(value, str | int | float) and value != "" else None
    missing = body.get("missing")
    cells["missing"] = ", ".join(sorted(missing)) or None if isinstance(missing, dict) else None
    cells["responses"] = "; ".join(_said(each) for each in said) or None
    return Row(_name(entry), cells, (entry.index, *(each.index for each in said)))


def _said(entry: Entry) -> str:
    reason = reason_of(entry)
    word = str(entry.fact.body["response"])
    return f"{word} ({reason}) at {entry.fact.at}" if reason else f"{word} at {entry.fact.at}"


def _counted(given: list[Entry]) -> list[Row]:
    groups: dict[tuple[str, ...], list[Entry]] = {}
    for entry in given:
        fact = entry.fact
        groups.setdefault((fact.use_case or "", fact.release or "", fact.site or ""), []).append(
            entry
        )
    return [
        Row(
            "/".join(part or "-" for part in group),
            {
                "use_case": group[0],
                "release": group[1] or None,
                "site": group[2],
                "n": len(there),
                "n_patients": len({*map(_patient, there)} - {""}),
            },
            tuple(entry.index for entry in there),
        )
        for group, there in sorted(groups.items())
    ]


q01_one_patient = Question(number=1, answer=answer)
