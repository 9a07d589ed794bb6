"""How was a dataset de-identified: method, rule for each field, what risk is left, who signed?

For every extract that was made one row for each of Safe Harbor's eighteen identifiers: the
columns that held it and the rule each went through; that none held it, where none did. Beside
it stand who made it and when, the digests of what went in and came out, how many rows were
left out because too few are alike, and an expert's statement where that was the method. An
extract whose method is an expert's and that names no statement is an exception.

It does not tell what became of an extract afterwards, nor of one that was made elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending import shapes
from attending.facts.data.deidentified import Deidentified
from attending.report.question import Answer, Question, Row, against

if TYPE_CHECKING:
    from attending.report.question import Asked, Cell

COLUMNS = (
    "name", "method", "identifier", "columns", "purpose", "person", "at", "source", "extract",
    "n_out", "n_suppressed", "smallest", "expert", "signed_on", "statement",
)  # fmt: skip
COPIED = (
    "name", "method", "purpose", "source", "extract", "n_out", "n_suppressed", "smallest",
    "expert", "signed_on", "statement",
)  # fmt: skip


def answer(asked: Asked) -> Answer:
    """Give eighteen rows for each extract."""
    rows, wrong, n = [], [], 0
    for entry in asked.evidence.entries("deidentified/1"):
        n += 1
        made = shapes.convert(
            {k: v for k, v in entry.fact.body.items() if k != "type"}, Deidentified
        )
        beside: dict[str, Cell] = {name: getattr(made, name) for name in COPIED}
        beside |= {"person": entry.fact.by.person, "at": entry.fact.at}
        for identifier, columns in made.table.items():
            told = "; ".join(f"{name}: {rule}" for name, rule in sorted(columns.items()))
            cells = beside | {"identifier": identifier, "columns": told or "none held it"}
            rows.append(Row(f"{made.extract[:16]}/{identifier}", cells, (entry.index,)))
        if made.method == "expert" and not made.statement:
            wrong.append(against(made.extract[:16], "no expert has stated anything", entry.index))
    because = "1 extract was made." if n == 1 else f"{n:,} extracts were made."
    if not n:
        because = f"{asked.searched}: no extract was made."
    return Answer(because, COLUMNS, tuple(rows), tuple(wrong), counts={"extracts": n})


q19_deidentified = Question(number=19, answer=answer)
