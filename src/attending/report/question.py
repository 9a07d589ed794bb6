"""What an auditor's question is, and what an answer looks like (`audit/1`, contract G11).

A row that cites no fact cannot be made: what no fact says is not said here either.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from attending.digest import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from attending.facts.entry import Entry
    from attending.ledger.offline_verifier import Verification
    from attending.report.again import Again
    from attending.report.data.traced import Traced
    from attending.report.evidence import Evidence

Status = Literal["answered", "partial", "not_yet", "not_applicable"]

Cell = str | int | float | bool | None

# A gateway goes by one snapshot, and a key vouches for a caller, for every use case at once.
OF_ALL = ("read_back/1", "credential/1")


@dataclass(frozen=True)
class Asked:
    """One question as it was put.

    Attributes
    ----------
    evidence
        The facts it may be answered from.
    use_case, site
        What it is about; empty is everything.
    verified
        Runs the verifier over the whole ledger.
    again
        Computes one answer again from the inputs that were kept; who asks hands it in, since
        nothing here may ask a model.
    prediction
        One answer alone, by its id; empty is all of them.
    patient
        One patient alone, by their pseudonym; empty is all of them.
    since
        How many facts there were at an earlier moment, to tell what changed after it.
    traced
        Walks from one answer back to raw bytes; who asks hands it in, as `again`.

    """

    evidence: Evidence
    use_case: str = ""
    site: str = ""
    verified: Callable[[], Verification] | None = None
    again: Callable[[Entry], Again] | None = None
    prediction: str = ""
    patient: str = ""
    since: int | None = None
    traced: Callable[[Entry], Traced] | None = None

    def entries(self, *types: str) -> Iterator[Entry]:
        """Give the facts of these types that are about what was asked, or about every use case."""
        for entry in self.evidence.entries(*types):
            if self.use_case in ("", entry.fact.use_case) or entry.fact.type in OF_ALL:
                yield entry

    def is_about(self, site: str | None) -> bool:
        """Tell whether a site was asked about; what is about no one site always is."""
        return self.site == "" or site is None or site == self.site

    @property
    def searched(self) -> str:
        """Say what was looked through, for an answer that is empty."""
        about = f" about {self.use_case}" if self.use_case else ""
        there = f" at {self.site}" if self.site else ""
        return f"Searched {self.evidence.size:,} facts{about}{there}"


@dataclass(frozen=True)
class Row:
    """One line of an answer, or one thing that is not as it should be.

    Attributes
    ----------
    key
        Its name, the same at every asking.
    cells
        By column; of an exception, ``because`` alone.
    cites
        Ledger indexes of the facts that say so, in order.

    """

    key: str
    cells: Mapping[str, Cell]
    cites: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.cites:
            msg = f"row {self.key} cites no fact"
            raise ValueError(msg)


def against(key: str, because: str, *cites: int) -> Row:
    """Give an exception: what is not as it should be, and the facts that show it."""
    return Row(key, {"because": because}, cites)


@dataclass(frozen=True)
class Answer:
    """What a question's own code gives.

    Attributes
    ----------
    because
        One sentence; where nothing was found, what was searched.
    columns
        In the order they are read.
    rows, exceptions
        What is so, and what should not be.
    status, needs
        Whether it is the whole answer, and what is wanting for that.
    counts
        What was counted besides rows.
    stands
        Whether the ledger holds; only the verifier's own answer is given where it does not.

    """

    because: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...] = ()
    exceptions: tuple[Row, ...] = ()
    status: Status = "answered"
    needs: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    stands: bool = True


@dataclass(frozen=True)
class Question:
    """One of the auditor's questions.

    Attributes
    ----------
    number
        Its number in the catalog.
    answer
        Answers it from facts, and from nothing else.

    """

    number: int
    answer: Callable[[Asked], Answer]


def told(
    number: int, title: str, asked: Asked, answer: Answer, *, at: str, as_of: str
) -> dict[str, Any]:
    """Give `audit/1` as plain JSON; its digest is over everything but `asked`.

    Parameters
    ----------
    number, title
        The question.
    asked, answer
        How it was put, and what came of it.
    at, as_of
        When it was asked, and as of when.

    """
    cites = sorted({i for row in (*answer.rows, *answer.exceptions) for i in row.cites})
    plain: dict[str, Any] = {
        "schema": "audit/1",
        "question": {
            "number": number,
            "title": title,
            "use_case": asked.use_case,
            "site": asked.site,
            **({"prediction": asked.prediction} if asked.prediction else {}),
            **({"patient": asked.patient} if asked.patient else {}),
            **({} if asked.since is None else {"since": asked.since}),
        },
        "as_of": as_of or None,
        "ledger": {
            "size": asked.evidence.size,
            "root": asked.evidence.root if answer.stands else None,
        },
        "status": answer.status,
        "because": answer.because,
        "needs": list(answer.needs),
        "columns": ["key", *answer.columns, "cites"],
        "rows": [
            [row.key, *(row.cells.get(name) for name in answer.columns), list(row.cites)]
            for row in answer.rows
        ],
        "exceptions": [
            {"key": row.key, "because": row.cells["because"], "cites": list(row.cites)}
            for row in answer.exceptions
        ],
        "counts": {
            "rows": len(answer.rows),
            "exceptions": len(answer.exceptions),
            "facts_read": asked.evidence.n_read,
            **answer.counts,
        },
        "cites": cites,
        "rulebooks": [],
    }
    return plain | {"digest": digest(plain), "asked": at}


def all_told(answers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Give `audit_all/1`: each answer's status, counts and digest, under one digest.

    Parameters
    ----------
    answers
        As `told` gives them, all asked alike.

    """
    first = answers[0]
    plain: dict[str, Any] = {
        "schema": "audit_all/1",
        "use_case": first["question"]["use_case"],
        "site": first["question"]["site"],
        "as_of": first["as_of"],
        "ledger": first["ledger"],
        "questions": [
            {
                "number": each["question"]["number"],
                "title": each["question"]["title"],
                **{name: each[name] for name in ("status", "because", "needs", "counts", "digest")},
            }
            for each in answers
        ],
    }
    return plain | {"digest": digest(plain), "asked": first["asked"]}
