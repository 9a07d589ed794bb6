"""The last matured case is recent.

Reads: any metric's cells. Limits: fresh_days (default 7). Met when a case has matured
within that many days. It is judged afresh each day: what was fresh does not stay so.

It does not tell that there were many cases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from attending.decide.rule import Answer, Asked, Rule, verdict

if TYPE_CHECKING:
    from attending.facts.verdict import Reading, Verdict, Word

FRESH_DAYS = 7  # contract C3's default


def judge(asked: Asked, reading: Reading) -> Verdict:
    """Compare the last evidence day with today."""
    last, limit = asked.cells.to_on, asked.limits.fresh_days or FRESH_DAYS
    word: Word = "unsettled"
    if last is None:
        because = "no case has matured yet"
    else:
        age = asked.as_of - last
        because = f"the last case matured {age} days ago; at most {limit} are allowed"
        if age <= limit:
            word = "met"
    answer = Answer(word=word, because=because, estimate=reading.estimate(asked.cells))
    found = verdict(asked, "gate", "evidence_fresh", answer)
    # Freshness is never settled: a latch here would call old evidence fresh for ever.
    return msgspec.structs.replace(found, settled=None, settled_on=None)


evidence_fresh = Rule(
    listed="gate",
    sentence="rests on cases matured within {fresh_days} days",
    needs=(),
    judge=judge,
)
