"""The feedback export that HTI-1 asks for: what was done with each intervention, and by whom.

One row for each thing somebody said about a card: the intervention, the action taken, the
feedback where any was given, the user, the date and the location. ``-o csv`` writes it for a
spreadsheet or another program. Users are pseudonyms, and only whoever holds the gateway's key can
tell who they are; where the caller named no user, that is said.

A published reason stands as its code with its code system; a person's own words are sealed, and
are told by their digest alone. Cards that nobody answered are no feedback: question 10 counts
them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attending import shapes
from attending.report.evidence import standing
from attending.report.question import Answer, Question, Row, against

if TYPE_CHECKING:
    from attending.facts.entry import Entry
    from attending.report.question import Asked, Cell

COLUMNS = ("intervention", "action", "feedback", "user", "date", "location")
NOT_NAMED = "not named"


def answer(asked: Asked) -> Answer:
    """Give everything that was said about cards."""
    entries = list(asked.entries("prediction/1", "response/1"))
    given = {
        (e.fact.use_case, str(e.fact.body["prediction"])): e
        for e in standing(entries, "prediction/1")
    }
    rows: list[Row] = []
    wrong: list[Row] = []
    for entry in standing(entries, "response/1"):
        if asked.is_about(entry.fact.site):
            about = given.get((entry.fact.use_case, str(entry.fact.body["prediction"])))
            rows.append(_row(entry, about))
            if about is None:
                because = "about an answer that is not on record"
                wrong.append(against(rows[-1].key, because, entry.index))
    people = {row.cells["user"] for row in rows} - {NOT_NAMED}
    because = (
        f"{len(rows):,} responses of {len(people):,} users, who stand here under pseudonyms."
        if rows
        else f"{asked.searched}: nobody said anything about a card."
    )
    return Answer(because, COLUMNS, tuple(rows), tuple(wrong), counts={"users": len(people)})


def _row(said: Entry, about: Entry | None) -> Row:
    body = said.fact.body
    shown: dict[str, Any] = {} if about is None else about.fact.body
    unit = str(shown.get("unit") or "")
    release = "" if about is None else about.fact.release or ""
    cells: dict[str, Cell] = {
        "intervention": " ".join(part for part in (said.fact.use_case or "", release) if part),
        "action": str(body["response"]),
        "feedback": _feedback(body) or None,
        "user": str(shown.get("user") or NOT_NAMED),
        "date": said.fact.at,
        "location": "/".join(part for part in (said.fact.site or "", unit) if part),
    }
    cites = (said.index,) if about is None else tuple(sorted((about.index, said.index)))
    return Row(f"{body['prediction']}/{said.index}", cells, cites)


def _feedback(body: dict[str, Any]) -> str:
    reason = shapes.convert(body.get("reason", {}), dict[str, Any])
    coded = "|".join(str(reason[name]) for name in ("system", "code") if reason.get(name))
    words = f"own words, sealed as {body['comment']}" if body.get("comment") else ""
    return "; ".join(part for part in (coded, words) if part)


q11_feedback_export = Question(number=11, answer=answer)
