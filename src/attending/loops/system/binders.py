"""Build an evidence binder, check it as its reader will, and put on record that it was built."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from attending import shapes
from attending.errors import ProofFailed, Refused
from attending.facts.evidence import Built, Scope
from attending.facts.fact import By, Fact
from attending.ledger import layout
from attending.ledger.checkpoint import checkpoint_over
from attending.ledger.key_file import key_in
from attending.ledger.payload import Sealer
from attending.ledger.seal_binder import seal_binder
from attending.ledger.verify import verify_binder, verify_until
from attending.loops.sealing import reason
from attending.loops.system.disclosed import check_declared
from attending.report.binder import Wanted, contents, gather

if TYPE_CHECKING:
    from pathlib import Path

    from attending.facts.fact import Via
    from attending.ledger.read import Reader
    from attending.loops.books import Books
    from attending.report.binder import Gathered

SUFFIX = ".binder.zip"


class Made(NamedTuple):
    """A binder that was built: its bytes, what is on record of it, and whether that is new."""

    raw: bytes
    built: Built
    statuses: dict[int, str]
    is_new: bool


def wanted(scope: dict[str, str], *, questions: tuple[int, ...] = (), as_of: str = "") -> Wanted:
    """Read what a binder is to hold from what people typed.

    Raises
    ------
    Refused
        A date is none, or a bound is unknown.

    """
    for name in ("since", "until"):
        try:
            _date(scope.get(name, ""))
        except ValueError:
            raise Refused(
                f"{scope[name]!r} is no date", where=f"--{name}", accepted=["2026-10-13"]
            ) from None
    return Wanted(shapes.convert(scope, Scope), questions, as_of)


def build(books: Books, store: Path, asked: Wanted, by: By, *, payloads_because: str = "") -> Made:
    """Build a binder.

    Parameters
    ----------
    books, store
        The ledger, and its folder.
    asked
        What it is to hold.
    by
        Who asks.
    payloads_because
        Why what was sealed is to be in it, opened; empty leaves it out.

    Raises
    ------
    Refused
        There is nothing to put in it, a name is not known, or a reason is none.
    ProofFailed
        The ledger does not hold, or the binder would not.

    """
    if books.pen.beyond:
        books.pen.checkpoint()  # a binder's facts are under a signed root, all of them
    gathered = gather(books.reader, asked, verified=partial(verify_until, store))
    kept, name = ([], "")
    opened: dict[str, bytes] = {}
    if payloads_because:
        raw, name = reason(payloads_because, of="opening what was sealed")
        kept, opened = [raw], _opened(books.reader, store, gathered)
    key = layout.public_key(store).read_text("utf-8")
    size = gathered.wanted.scope.size
    checkpoint = checkpoint_over(layout.checkpoints(store), size, key)
    files, about = contents(gathered, books.reader, checkpoint, opened)
    sealed = seal_binder(store, files, about)
    checked = verify_binder(sealed.raw, [layout.public_key(store)])
    if checked["because"]:
        raise ProofFailed(f"the binder would not hold: {checked['because']}")
    built = Built(
        digest=sealed.digest,
        manifest=sealed.manifest,
        scope=gathered.wanted.scope,
        question=gathered.wanted.questions,
        as_of=asked.as_of,
        counts=about["counts"],
        ledger_size=checkpoint.size,
        root=checkpoint.root,
        why=name,
    )
    statuses = {n: str(each["status"]) for n, each in gathered.answers.items()}
    return Made(sealed.raw, built, statuses, is_new=_on_record(books, built, by, kept))


def built_fact(built: Built, *, at: str, by: By) -> Fact:
    """Give the fact that a binder was built."""
    body = msgspec.to_builtins(built)
    return Fact(kind="acted", key=f"evidence/{built.digest}/binder", at=at, by=by, body=body)


def person(name: str, via: Via = "cli") -> By:
    """Give who does something, refused where nobody is named."""
    if not name.strip():
        raise Refused("somebody does this, and goes on record; say who")
    return By(person=name.strip(), via=via)


def _on_record(books: Books, built: Built, by: By, kept: list[bytes]) -> bool:
    """Write that it was built, unless that is on record; a reason given anew is news."""
    fact = built_fact(built, at=books.at, by=by)
    if not kept and books.reader.latest(fact.key) is not None:
        return False
    books.write([fact], kept)
    return True


def _opened(reader: Reader, store: Path, gathered: Gathered) -> dict[str, bytes]:
    """Open every payload that the facts name; one that does not open fails it all."""
    sealer = Sealer(key_in(layout.payload_key(store)))
    there = {name: reader.sealed(name) for name in sorted(gathered.named())}
    opened = {name: sealer.open(kept) for name, kept in there.items() if kept is not None}
    check_declared(reader, opened)
    return opened


def _date(text: str) -> None:
    if text and date.fromisoformat(text).isoformat() != text:
        raise ValueError(text)
