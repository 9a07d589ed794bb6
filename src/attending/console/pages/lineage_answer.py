"""What was this answer made of? From table and field to feature, answer, card and outcome.

It reads the fact of one answer, the specs that were in force then, and, when it is asked to, the
raw bytes: the features are made again from them and compared with what the model was given.

It does not show what the model was given, nor whose it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.console.access import reads
from attending.console.governance.lineage import (
    about_answer,
    bytes_listing,
    made_of,
    rests_listing,
    specs_before,
    told_of,
    upstreams_of,
)
from attending.console.page import Looked, Page
from attending.decide.permissions import Place
from attending.errors import NoSuchName

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.console.page import Asked, Shown
    from attending.facts.entry import Entry

PREDICTION = "prediction/1"


def show(asked: Asked) -> Shown:
    """Give the way, and the bytes where they were asked for."""
    entry = _answer(asked)
    course = asked.course(entry.fact.use_case or "")
    folder, specs = specs_before(course, entry.index)
    desk, is_of_views = asked.parts.lineage, bool(entry.fact.body.get("views"))
    wanted = desk is not None and is_of_views and asked.query.get("again") == "1"
    traced = desk.trace(entry) if desk is not None and wanted else None
    tag, words = told_of(traced) if traced is not None else (None, "")
    return {
        "entry": entry,
        "title": course.title,
        "site": course.title_of(entry.fact.site or ""),
        "about": about_answer(asked, entry, folder, specs),
        "made": made_of(entry, folder, upstreams_of(asked)) if folder and is_of_views else None,
        "rests": rests_listing(folder) if folder and is_of_views else None,
        "can_trace": desk is not None and is_of_views,
        "tag": tag,
        "words": words,
        "bytes": bytes_listing(traced) if traced is not None and traced.reached else None,
    }


def about(asked: Asked) -> Looked | None:
    """Give the key of the answer: it is about a patient."""
    return Looked((_answer(asked).fact.key,))


def _answer(asked: Asked) -> Entry:
    reader, told = asked.parts.reader, asked.path["index"]
    size = reader.size()
    if not told.isascii() or not told.isdigit() or int(told) >= size:
        raise NoSuchName(told, f"a ledger of {size} facts", ())
    row = reader.row(int(told))
    entry = reader.entry(row.idx) if row.raw is not None else None
    if entry is None or entry.fact.type != PREDICTION:
        raise NoSuchName(told, "the facts of answers", ())
    return entry


def _place(asked: Asked, _form: Mapping[str, str]) -> Place:
    try:
        fact = _answer(asked).fact
    except NoSuchName:
        return Place(narrowed=True)
    return Place(fact.use_case, None if fact.site is None else (fact.site,))


lineage_answer = Page(
    path="/facts/{index}/lineage",
    question="What was this answer made of?",
    show=show,
    under="/audit",
    has_past=False,
    needs=reads("prediction"),
    place=_place,
    about=about,
)
