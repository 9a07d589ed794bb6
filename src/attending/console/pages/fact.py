"""What does this fact say, and is it what was written? One leaf of the ledger, with proof.

It reads the fact as it is kept, its salt and leaf hash, and an inclusion proof up to the
tree's head, which is checked again while the page is made.

It does not tell whether what was said is true: only that it is what was said.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from attending.clock import stamp
from attending.console.access import reads
from attending.console.fact_kinds import PATIENTS, kind_of
from attending.console.fact_words import in_words
from attending.console.governance.sites import titles
from attending.console.page import Looked, Page
from attending.decide.permissions import Need, Place
from attending.errors import NoSuchName
from attending.ledger.offline_verifier import root_from_inclusion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.console.page import Asked, Shown
    from attending.ledger.store import Row


def show(asked: Asked) -> Shown:
    """Give the fact and its proof."""
    reader, row = asked.parts.reader, _row(asked)
    size = reader.size()
    proof = reader.inclusion(row.idx, size)
    entry = reader.entry(row.idx) if row.raw is not None else None
    known_as = titles(asked)
    body = json.loads(row.raw) if row.raw is not None else None
    return {
        "row": row,
        "site": known_as.get(row.site or "", row.site),
        "fact": entry.fact if entry is not None else None,
        "in_words": in_words(entry.fact, known_as) if entry is not None else "",
        "text": json.dumps(body, indent=2, ensure_ascii=False) if body is not None else "",
        "proof": proof,
        "holds": root_from_inclusion(proof.leaf, proof.index, proof.size, proof.path).hex()
        == reader.root(),
        "path": [step.hex() for step in proof.path],
        "root": reader.root(),
        "checked": stamp(asked.parts.clock.now()),
    }


def about(asked: Asked) -> Looked | None:
    """Give the key of a fact that is about a patient; None where it is about none."""
    row = _row(asked)
    return Looked((row.key,)) if kind_of(row) == PATIENTS else None


def _row(asked: Asked) -> Row:
    reader, told = asked.parts.reader, asked.path["index"]
    size = reader.size()
    if not told.isascii() or not told.isdigit() or int(told) >= size:
        raise NoSuchName(told, f"a ledger of {size} facts", ())
    return reader.row(int(told))


def _needs(asked: Asked) -> Need:
    try:
        return reads(kind_of(_row(asked)))
    except NoSuchName:
        return reads("portfolio")


def _place(asked: Asked, _form: Mapping[str, str]) -> Place:
    try:
        row = _row(asked)
    except NoSuchName:
        return Place(narrowed=True)
    return Place(row.use_case, None if row.site is None else (row.site,))


fact = Page(
    path="/facts/{index}",
    question="What does this fact say?",
    show=show,
    under="/audit",
    has_past=False,
    needs=_needs,
    place=_place,
    about=about,
)
