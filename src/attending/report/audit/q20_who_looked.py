"""Who looked at a patient's records, with what purpose, and was every break-glass looked into?

Every view of what is about a patient, and every search for one, as the console wrote it down
before it showed anything: who, when, what for, the pseudonymous keys that were shown, and
whether the rules were set aside. Beside a break-glass view stand its sealed reason's digest and
what somebody else found when they looked into it. A view without a purpose is an exception,
and so is a break-glass view without a reason, or not looked into by somebody else. So is a day
on which somebody looked at more patients, or more people looked at one, than is usual
(`report/data/unusual_access`): a reason to look into it, which accuses nobody. It is no exception
once somebody else has looked into it and found it proper.

It does not tell what was read in the EHR, nor in a copy that somebody was given. Auditors' own
views of what is about no patient are counted and not listed.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from attending import shapes
from attending.facts.people import PURPOSES
from attending.report.data.unusual_access import Look, unusual
from attending.report.question import Answer, Question, Row, against

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attending.facts.entry import Entry
    from attending.report.data.unusual_access import Unusual
    from attending.report.question import Asked, Cell

COLUMNS = (
    "patient", "object", "use_case", "site", "person", "at", "purpose", "page", "break_glass",
    "reason", "reviewed_by", "found",
)  # fmt: skip

Shown = dict[str, "Entry"]


def answer(asked: Asked) -> Answer:
    """Give a row for each thing about a patient that somebody was shown."""
    views, reviews, about, settled = [], {}, {}, {}
    for entry in asked.evidence.entries():
        fact = entry.fact
        if fact.type == "viewed/1":
            views.append(entry)
        elif fact.type == "view_reviewed/1":
            reviews[int(str(fact.body["view"]))] = entry
        elif fact.type == "access_reviewed/1":
            settled[tuple(str(fact.body[name]) for name in ("whose", "who", "on"))] = entry
        elif fact.kind in ("served", "observed"):
            about[fact.key] = entry
    seen = [view for view in views if view.fact.body.get("patient", True)]
    rows = [row for view in seen for row in _rows(asked, view, reviews.get(view.index), about)]
    kept = {index for row in rows for index in row.cites}
    seen = [view for view in seen if view.index in kept]
    wrong = [each for view in seen for each in _wrong(view, reviews.get(view.index))]
    for day in unusual(_looks(rows)):
        wrong += _flag(day, settled.get((day.whose, day.who, str(day.on))))
    broke = sum(1 for view in seen if view.fact.body.get("break_glass"))
    because = f"{len(seen)} views of what is about a patient, {broke} with the rules set aside."
    if not rows:
        because = f"{asked.searched}: nobody was shown anything about a patient."
    counts = {"views": len(seen), "break_glass": broke, "on_record": len(views) - len(seen)}
    return Answer(because, COLUMNS, tuple(rows), tuple(wrong), counts=counts)


def _rows(asked: Asked, view: Entry, review: Entry | None, about: Shown) -> Iterator[Row]:
    """Give a view's rows: one for each key it showed, or one where it found none."""
    body = view.fact.body
    keys = shapes.convert(body.get("objects", []), list[str])
    looked: dict[str, Cell] = {
        "person": view.fact.by.person,
        "at": view.fact.at,
        "purpose": str(body.get("purpose", "")),
        "page": str(body.get("page", "")),
        "break_glass": bool(body.get("break_glass")),
        "reason": str(body.get("why", "")) or None,
        "reviewed_by": review.fact.by.person if review is not None else None,
        "found": str(review.fact.body["found"]) if review is not None else None,
    }
    cites = (view.index, *([review.index] if review is not None else []))
    for key in keys or [""]:
        there = about.get(key)
        use_case = there.fact.use_case if there is not None else None
        site = there.fact.site if there is not None else None
        if asked.use_case not in ("", use_case) or not asked.is_about(site):
            continue
        cells: dict[str, Cell] = {"object": key or "searched for, and nothing found"}
        patient = str(there.fact.body.get("patient", "")) if there is not None else ""
        cells |= {"use_case": use_case, "site": site, "patient": patient or None}
        shown = (there.index,) if there is not None else ()
        yield Row(f"{view.index}/{key}", cells | looked, tuple(sorted({*cites, *shown})))


def _looks(rows: list[Row]) -> Iterator[Look]:
    for row in rows:
        cells = row.cells
        if cells["patient"]:
            on = date.fromisoformat(str(cells["at"])[:10])
            index = int(row.key.partition("/")[0])
            yield Look(index, str(cells["person"]), str(cells["patient"]), on)


def _flag(day: Unusual, review: Entry | None) -> Iterator[Row]:
    """Say why a day is worth looking into; nothing once somebody else found it proper."""
    n, usual = f"{day.n:,}", f"{day.usual:.1f} are usual"
    said = f"looked at {n} patients" if day.whose == "person" else f"{n} people looked at them"
    because, cites = f"{said} on one day; {usual}", day.cites
    if review is not None and (day.whose == "patient" or review.fact.by.person != day.who):
        if review.fact.body["found"] == "proper":
            return
        because, cites = f"{because}; it was found improper", (*cites, review.index)
    yield against(f"{day.whose} {day.who} {day.on}", because, *cites)


def _wrong(view: Entry, review: Entry | None) -> Iterator[Row]:
    """Say what is not as it should be with a view."""
    body, key = view.fact.body, f"fact {view.index}"
    if body.get("purpose") not in PURPOSES:
        yield against(key, "it was shown without a purpose", view.index)
    if not body.get("break_glass"):
        return
    if not body.get("why"):
        yield against(key, "the rules were set aside without a reason", view.index)
    if review is None:
        yield against(key, "the rules were set aside, and nobody has looked into it", view.index)
    elif review.fact.by.person == view.fact.by.person:
        yield against(key, "whoever set the rules aside looked into it alone", review.index)
    elif review.fact.body.get("found") == "improper":
        yield against(key, "the rules were set aside improperly", review.index)


q20_who_looked = Question(number=20, answer=answer)
