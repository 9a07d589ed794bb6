"""Extracts are de-identified by their plan, put on record, and only then handed over."""

from __future__ import annotations

import csv
import io
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from attending.decide.permissions import Need
from attending.decide.permissions import refusal as may_not
from attending.digest import digest
from attending.errors import GateNotMet
from attending.facts.deidentified import Deidentified
from attending.facts.fact import By, Fact
from attending.ingest.deidentify import deidentify
from attending.ledger.randomness import random_bytes
from attending.loops.system.people import known

if TYPE_CHECKING:
    from attending.ingest.source import Rows
    from attending.loops.books import Books
    from attending.loops.system.people import Voice
    from attending.spec.data.deidentification import Deidentification

KEY_BYTES, CODE_BYTES = 32, 8


def extract(
    books: Books, found: Rows, plan: Deidentification, voice: Voice
) -> tuple[bytes, Deidentified]:
    """Make an extract; give its bytes, CSV in UTF-8, and what is on record of it.

    The secret that codes and shifts are made with is drawn here and forgotten: nobody can
    make the same extract again, or find a person from it.

    Raises
    ------
    GateNotMet
        They may not make one.
    Refused
        The plan does not cover the file, or a cell would tell too much.

    """
    need = Need("deidentify", "extract")
    barred = may_not(known(books.reader), voice.person, need, date=books.at[:10])
    if barred is not None:
        raise GateNotMet(barred)
    made = deidentify(
        found,
        plan,
        key=random_bytes(KEY_BYTES),
        code=lambda: random_bytes(CODE_BYTES).hex(),
        on=date.fromisoformat(books.at[:10]),
    )
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([made.columns, *made.rows])
    raw = text.getvalue().encode()
    stated = plan.statement
    record = Deidentified(
        name=plan.name,
        purpose=plan.purpose,
        method=plan.method,
        plan=digest(msgspec.to_builtins(plan)),
        source=found.digest,
        extract=sha256(raw).hexdigest(),
        n_in=made.n_in,
        n_out=len(made.rows),
        n_suppressed=made.n_suppressed,
        smallest=made.smallest,
        table=made.table,
        expert=stated.expert if stated else "",
        signed_on=str(stated.signed_on) if stated else "",
        statement=stated.sha256 if stated else "",
    )
    fact = Fact(
        kind="acted",
        key=f"extract/{record.extract}/acted",
        at=books.at,
        by=By(person=voice.person, via=voice.via),
        body={"type": "deidentified/1", **msgspec.to_builtins(record)},
    )
    books.write([fact])
    return raw, record
