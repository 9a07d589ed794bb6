"""Has the log been altered?

The verifier computes every leaf again, the root at every signed size, and checks each signed
checkpoint. The row says what it found over the whole log, whatever day was asked for; where it
does not verify, the first fact that nothing vouches for is the exception.

Its keys are those beside the ledger. An auditor who got the public key elsewhere runs
`attending verify --key`, or the one-file verifier, on a copy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.report.question import Answer, Question, Row, against

if TYPE_CHECKING:
    from attending.report.question import Asked, Cell

COLUMNS = (
    "facts", "signed_checkpoints", "facts_signed", "facts_not_signed_yet", "facts_erased", "root",
    "verifies",
)  # fmt: skip


def answer(asked: Asked) -> Answer:
    """Run the verifier, and say what it found."""
    if asked.verified is None:
        needs = ("a ledger whose checkpoints are here",)
        return Answer("Nothing was verified.", COLUMNS, status="not_yet", needs=needs)
    found = asked.verified()
    counts = {"facts_read": found.size}
    if found.because:
        bad = 0 if found.first_bad is None else found.first_bad
        because = f"The log does not verify: {found.because}."
        wrong = against(f"fact {bad}", found.because, bad)
        return Answer(because, COLUMNS, exceptions=(wrong,), counts=counts, stands=False)
    signed = found.size - found.beyond
    cells: dict[str, Cell] = {
        "facts": found.size,
        "signed_checkpoints": found.checkpoints,
        "facts_signed": signed,
        "facts_not_signed_yet": found.beyond,
        "facts_erased": found.erased,
        "root": found.root,
        "verifies": True,
    }
    row = Row("log", cells, (found.size - 1,)) if found.size else None
    because = f"{signed:,} facts unaltered and in order, under {found.checkpoints} checkpoints."
    rows = () if row is None else (row,)
    return Answer(because, COLUMNS, rows, counts=counts)


q21_log_altered = Question(number=21, answer=answer)
