"""An evidence binder: what was asked, the facts it rests on, their proofs, and how to check it.

What belongs in it is chosen by the very function that the shipped verifier chooses with, so
that whoever holds the ledger can choose again. The same facts and the same scope give the same
bytes. It proves that nothing in it was altered or added; that nothing was left out takes the
ledger, and it says so itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from attending.digest import canonical, digest
from attending.errors import ProofFailed, Refused
from attending.ledger.offline_binder import chosen
from attending.report.binder_page import page
from attending.report.evidence import check_names, evidence
from attending.report.question import Asked, told
from attending.report.questions import answerable, answered, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from attending.facts.evidence import Scope
    from attending.ledger.checkpoint import Checkpoint
    from attending.ledger.offline_verifier import Verification
    from attending.ledger.read import Reader
    from attending.ledger.store import Row


@dataclass(frozen=True)
class Wanted:
    """What a binder is to hold.

    Attributes
    ----------
    scope
        Which facts; its size is filled in.
    questions
        By number; none is every one that can be answered, or none of them for one patient,
        since answers tell of everybody.
    as_of
        A moment, a date or a number of facts; empty is everything there is now.

    """

    scope: Scope
    questions: tuple[int, ...] = ()
    as_of: str = ""


@dataclass(frozen=True)
class Gathered:
    """What goes into a binder.

    Attributes
    ----------
    wanted
        As it was asked, with its size.
    answers
        `audit/1` by question.
    rows
        The facts as they are kept, in order.

    """

    wanted: Wanted
    answers: Mapping[int, dict[str, Any]]
    rows: tuple[Row, ...]

    def named(self) -> set[str]:
        """Give every text in the facts that may be the name of a payload."""
        found: set[str] = set()
        for row in self.rows:
            body = json.loads(row.raw)["body"] if row.raw is not None else {}
            found |= {text for text in _texts(body) if len(text) == 2 * 32}
        return found


def gather(
    reader: Reader, wanted: Wanted, *, verified: Callable[[int], Verification] | None
) -> Gathered:
    """Answer the questions, and choose the facts.

    Parameters
    ----------
    reader
        The ledger.
    wanted
        What the binder is to hold.
    verified
        Verifies the ledger, and tells of its first so many facts.

    Raises
    ------
    Refused
        A name that nothing bears, no fact to hold, or a span that ends before it begins.
    ProofFailed
        The ledger does not verify.

    """
    scope, size = wanted.scope, evidence(reader, wanted.as_of).size
    if scope.since and scope.until and scope.since > scope.until:
        raise Refused(f"{scope.until} is before {scope.since}", where="--until")
    check_names(evidence(reader, str(size)), scope.use_case, scope.site)
    scope = msgspec.structs.replace(scope, size=size)
    default = () if scope.patient else tuple(sorted(answerable()))
    numbers = tuple(sorted(set(wanted.questions))) or default
    wanted = Wanted(scope, numbers, wanted.as_of)
    answers = {number: _answer(reader, wanted, number, verified) for number in numbers}
    cited = {index for each in answers.values() for index in each["cites"]}
    kept = [row for row in reader.rows() if row.idx < size]
    about = [(r.idx, r.use_case, r.site, r.raw, r.erased_by) for r in kept]
    indexes = chosen(about, msgspec.to_builtins(scope), cited)
    if scope.patient and not indexes - cited:
        raise Refused("nothing here was answered for that patient", where=scope.patient[:12])
    rows = tuple(reader.row(index) for index in sorted(indexes))
    if not rows:
        raise Refused("no fact fits, so that there is nothing to put in a binder")
    return Gathered(wanted, answers, rows)


def contents(
    gathered: Gathered, reader: Reader, checkpoint: Checkpoint, payloads: Mapping[str, bytes]
) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Give a binder's files by path, and what its manifest says of them.

    Parameters
    ----------
    gathered
        What was asked and chosen.
    reader, checkpoint
        The ledger, and the signed root that proofs lead to.
    payloads
        Opened, by name; empty unless somebody said why they are needed.

    """
    rows, wanted = gathered.rows, gathered.wanted
    if rows[-1].idx >= checkpoint.size:
        raise ProofFailed(f"fact {rows[-1].idx} is not signed yet", index=rows[-1].idx)
    files = {
        "checkpoint.note": checkpoint.note.encode(),
        "facts.ndjson": _lines(_fact(row) for row in rows),
        "proofs.ndjson": _lines(_proof(reader, row, checkpoint) for row in rows),
    }
    files |= {f"answers/q{n:02}.json": canonical(each) for n, each in gathered.answers.items()}
    files |= {f"payloads/{name}": raw for name, raw in payloads.items()}
    query = {"scope": msgspec.to_builtins(wanted.scope), "question": [*wanted.questions]}
    about = {
        **query,
        "as_of": wanted.scope.size,  # however it was asked: the same facts give the same bytes
        "query_digest": digest(query),
        "counts": {
            "facts": len(rows),
            "erased": sum(row.raw is None for row in rows),
            "answers": len(gathered.answers),
            "payloads": len(payloads),
        },
        "ledger": {
            "origin": checkpoint.origin,
            "size": checkpoint.size,
            "root": checkpoint.root,
        },
        "rulebooks": [],
    }
    files["index.html"] = page(about, gathered.answers, rows)
    return files, about


def _answer(
    reader: Reader,
    wanted: Wanted,
    number: int,
    verified: Callable[[int], Verification] | None,
) -> dict[str, Any]:
    scope, title = wanted.scope, listed(number).title
    there = evidence(reader, str(scope.size))
    runs = None if verified is None else lambda: verified(scope.size)
    asked = Asked(there, scope.use_case, scope.site, runs)
    answer = answered(number, asked)
    if not answer.stands:
        raise ProofFailed(answer.because)
    return told(number, title, asked, answer, at="", as_of=str(scope.size))


def _fact(row: Row) -> dict[str, object]:
    return {
        "index": row.idx,
        "salt": None if row.salt is None else row.salt.hex(),
        "bytes": None if row.raw is None else row.raw.decode(),
    }


def _proof(reader: Reader, row: Row, checkpoint: Checkpoint) -> dict[str, object]:
    proof = reader.inclusion(row.idx, checkpoint.size)
    path = [step.hex() for step in proof.path]
    return {"index": row.idx, "leaf": row.leaf.hex(), "path": path}


def _lines(said: Any) -> bytes:  # noqa: ANN401  any dicts, one after the other
    return b"".join(json.dumps(each, ensure_ascii=False).encode() + b"\n" for each in said)


def _texts(value: object) -> list[str]:
    """Give every text in a body."""
    if isinstance(value, dict):
        return [text for each in value.values() for text in _texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return [value] if isinstance(value, str) else []
