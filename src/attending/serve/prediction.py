"""A prediction and its display: one answer, and exactly one word for what was shown.

========================  =============================================================
``shown``                 advice reached the person
``no_advice``             the engine answered, and there was nothing to advise
``silent``                the engine answered; at this site nothing is shown yet
``suppressed(reason)``    held back on purpose: ``off``, ``suspended``, ``retired``,
                          ``not_in_share``, ``cap`` (the pilot's week is full)
``failed(reason)``        it should have answered and could not: ``stale_policy``,
                          ``no_record``, ``no_release``, ``missing_input``,
                          ``bad_input``, ``bad_score``, ``engine``, ``gateway``
``late``                  it did not answer inside the deadline
========================  =============================================================

An engine that crashed is `failed`, never `no_advice`: an empty answer of a broken tool
must not look like a healthy one with nothing to say.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from attending.facts.fact import By, Fact

Word = Literal["shown", "no_advice", "silent", "suppressed", "failed", "late"]

SUPPRESSED = ("off", "suspended", "retired", "not_in_share", "cap")
FAILED = (
    "stale_policy",
    "no_record",
    "no_release",
    "missing_input",
    "bad_input",
    "bad_score",
    "engine",
    "gateway",
)
DOWN = (
    ("suppressed", "suspended"),
    ("failed", "stale_policy"),
    ("failed", "no_release"),
    ("failed", "engine"),
    ("failed", "bad_score"),
)


class Display(msgspec.Struct, frozen=True):
    """What was shown of a prediction; the reason only where the word needs one."""

    word: Word
    reason: str = ""

    def __post_init__(self) -> None:
        allowed = {"suppressed": SUPPRESSED, "failed": FAILED}.get(self.word, ("",))
        if self.reason not in allowed:
            msg = f"{self.word} has no reason {self.reason!r}"
            raise ValueError(msg)

    @property
    def down(self) -> bool:
        """Tell whether the people it would have been shown to should be told."""
        return (self.word, self.reason) in DOWN

    def __str__(self) -> str:
        return f"{self.word}({self.reason})" if self.reason else self.word


SHOWN = Display("shown")
NO_ADVICE = Display("no_advice")
SILENT = Display("silent")
LATE = Display("late")
NO_RECORD = Display("failed", "no_record")
SUSPENDED = Display("suppressed", "suspended")


class Prediction(msgspec.Struct, frozen=True, kw_only=True):
    """One answer, as the ledger keeps it: pseudonyms, a score, a display; no inputs.

    Attributes
    ----------
    prediction
        Its id; also the id of its card.
    unit, unit_on_record
        As the caller said it, for the snapshot to be asked; and as it is written down.
    instance
        Keyed digest of the caller's own id of the call, to join what it asked at once.
    patient, user, encounter
        Keyed pseudonyms; empty where the caller named none.
    score, threshold
        None where no engine was asked, or no threshold is declared.
    inputs
        Digest under which the payload store keeps what the engine was given.
    missing, filled
        Declared fields not found, with why; and those of them that were filled.
    n_dropped
        Values of the request that went nowhere.
    notice
        Whether the person was told that the AI is down.
    views
        By view whose rows it was made of: the view's digest, and keyed names of the rows.
    seq
        The snapshot that decided.
    credential
        The thumbprint of the key that vouched for the caller; empty where nobody was asked.
    role
        What the person at the bedside does, in the use case's own words; empty where it
        declares none.

    """

    prediction: str
    use_case: str
    site: str
    unit: str
    release: str | None
    display: Display
    instance: str
    patient: str
    user: str
    encounter: str
    channel: str
    seq: int
    model: str = ""
    score: float | None = None
    threshold: float | None = None
    inputs: str = ""
    missing: dict[str, str] = {}
    filled: tuple[str, ...] = ()
    n_dropped: int = 0
    notice: bool = False
    unit_on_record: str = ""
    credential: str = ""
    role: str = ""
    views: dict[str, dict[str, object]] = {}


def served(made: Prediction, *, gateway: str, at: str) -> Fact:
    """Give the `served` fact of a prediction."""
    body: dict[str, object] = {
        "type": "prediction/1",
        "prediction": made.prediction,
        "display": made.display.word,
        "channel": made.channel,
        "unit": made.unit_on_record,
        "instance": made.instance,
        "patient": made.patient,
        "user": made.user,
        "encounter": made.encounter,
        "snapshot": made.seq,
        "score": made.score,
        "threshold": made.threshold,
        "model": made.model,
        "inputs": made.inputs,
        "missing": made.missing,
        "filled": list(made.filled),
        "n_dropped": made.n_dropped,
    }
    if made.display.reason:
        body["reason"] = made.display.reason
    if made.notice:
        body["notice"] = True
    body |= {n: v for n, v in (("credential", made.credential), ("role", made.role)) if v}
    if made.views:
        body["views"] = made.views
    return Fact(
        kind="served",
        key=f"{gateway}/{made.prediction}/served",
        at=at,
        by=By(person=gateway, via="gateway"),
        site=made.site,
        use_case=made.use_case,
        release=made.release,
        body=body,
    )
