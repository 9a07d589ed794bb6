"""What came of computing an answer again: the same, another, or why it could not be done."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TOLERANCE = 1e-9  # relative: facts keep twelve significant digits, engines may add in any order


@dataclass(frozen=True)
class Again:
    """One answer, computed again.

    Attributes
    ----------
    score
        What the model says now; None where it was not, or could not be, asked.
    advises
        Whether that is advice, by the threshold on record.
    display
        What had to become of it where there is no score, such as ``failed(missing_input)``.
    wanting
        What is not here that it takes, such as the payload store's key; empty where nothing is.
    wrong
        What does not hold, such as inputs that are not those that were kept.
    specs
        The fact that declares what answered.

    """

    score: float | None = None
    advises: bool = False
    display: str = ""
    wanting: str = ""
    wrong: str = ""
    specs: int | None = None


def differs(again: Again, body: Mapping[str, object]) -> str:
    """Say how an answer on record differs from the one computed again; empty where it does not.

    >>> differs(Again(score=0.5, advises=True), {"score": 0.5, "display": "shown"})
    ''
    >>> differs(Again(score=0.5), {"score": 0.25, "display": "silent"})
    'the score on record is 0.25, and computed again it is 0.5'
    """
    if again.wrong:
        return again.wrong
    recorded, display = body.get("score"), str(body.get("display"))
    told = f"{display}({body['reason']})" if body.get("reason") else display
    if again.score is None:
        failed = again.display == told or display == "late" or told == "failed(engine)"
        return "" if failed else f"it was {told}, and computed again it is {again.display}"
    if not isinstance(recorded, int | float):
        unread = told in ("failed(missing_input)", "failed(bad_input)", "failed(bad_score)")
        return f"it was {told}, and computed again it has a score" if unread else ""
    if not math.isclose(recorded, again.score, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
        return f"the score on record is {recorded:g}, and computed again it is {again.score:g}"
    if display in ("shown", "no_advice") and (display == "shown") != again.advises:
        return f"it was {display}, and by its threshold it should not have been"
    return ""
