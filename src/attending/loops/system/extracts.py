"""Extracts are de-identified by their plan, put on record, and only then handed over."""

from __future__ import annotations

import csv
import io
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UnsetType

from attending import shapes
from attending.decide.permissions import Need
from attending.decide.permissions import refusal as may_not
from attending.digest import digest
from attending.errors import GateNotMet, NoSuchName, Refused
from attending.facts.data.deidentified import Deidentified
from attending.facts.fact import By, Fact
from attending.fhir.cleared import contract
from attending.ingest.deidentify import deidentify
from attending.ledger.randomness import random_bytes
from attending.loops.system.people import known
from attending.spec.residency import beyond, is_in
from attending.spec.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from attending.fhir.cleared import Cleared
    from attending.ingest.source import Rows
    from attending.ledger.read import Reader
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
        The plan does not cover the file, a cell would tell too much, or data of a site may not be
        where the extract goes.

    """
    need = Need("deidentify", "extract")
    barred = may_not(known(books.reader), voice.person, need, date=books.at[:10])
    if barred is not None:
        raise GateNotMet(barred)
    _stays(books.reader, plan)
    made = deidentify(
        found,
        plan,
        key=random_bytes(KEY_BYTES),
        code=lambda: random_bytes(CODE_BYTES).hex(),
        on=date.fromisoformat(books.at[:10]),
    )
    named = digest(msgspec.to_builtins(plan))
    allowed = contract(plan.name, named, made.columns)
    raw = _written(
        made.columns,
        (allowed.clear(dict(zip(made.columns, row, strict=True))) for row in made.rows),
    )
    stated = plan.statement
    record = Deidentified(
        name=plan.name,
        purpose=plan.purpose,
        method=plan.method,
        plan=named,
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
        sites=() if isinstance(plan.sites, UnsetType) else plan.sites,
        data_in=() if isinstance(plan.data_in, UnsetType) else plan.data_in,
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


def _stays(reader: Reader, plan: Deidentification) -> None:
    """Refuse an extract of a site whose data may not be where it goes; not known is no yes."""
    sites = _sites(reader)
    bound = sorted(n for n, each in sites.items() if each.data_stays_in is not msgspec.UNSET)
    if not bound:
        return
    if isinstance(plan.sites, UnsetType):
        because = f"data of {', '.join(bound)} may not be anywhere; say whose data these are"
        raise Refused(because, where="sites", accepted=["sites: [...]"])
    for name in plan.sites:
        if name not in sites:
            raise NoSuchName(name, "the sites on record", sites, where="sites")
        why = beyond(sites[name], plan.data_in)
        if why:
            raise Refused(why, where="data_in", accepted=["data_in: [...]"])


def _sites(reader: Reader) -> dict[str, Site]:
    """Give the sites on record; where use cases differ, the one that says where data stay."""
    found: dict[str, Site] = {}
    last = {}
    for entry in reader.entries(kinds=("declared",)):
        if entry.fact.type == "specs/1" and "documents" in entry.fact.body:
            last[entry.fact.use_case] = entry.fact.body
    for body in last.values():
        told: Any = body["documents"]
        for name, site in shapes.convert(told.get("sites", {}), dict[str, Site]).items():
            known = found.get(name)
            if known is None or known.data_stays_in is msgspec.UNSET:
                found[name] = site
            elif site.data_stays_in is not msgspec.UNSET:
                both = tuple(p for p in site.data_stays_in if is_in(p, known.data_stays_in))
                both += tuple(p for p in known.data_stays_in if is_in(p, site.data_stays_in))
                stays = tuple(dict.fromkeys(both)) or ("(nowhere)",)
                found[name] = msgspec.structs.replace(site, data_stays_in=stays)
    return found


def _written(columns: Sequence[str], rows: Iterable[Cleared]) -> bytes:
    """Write what was cleared, and nothing else, as CSV."""
    text = io.StringIO(newline="")
    told = ([row[name] for name in columns] for row in rows)
    csv.writer(text, lineterminator="\n").writerows([columns, *told])
    return text.getvalue().encode()
