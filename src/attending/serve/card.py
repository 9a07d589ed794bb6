"""The card a clinician reads, and the notice that an AI is down.

Every card ends in a foot of its own: how accurate the tool was found to be at this
hospital, its known limits, what was missing this time, and whom to call. A template may
quote declared fields and what the engine gave in ``{braces}``; quoted text is cut and
stripped of markup, because part of it came from a record.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

import msgspec

from attending.errors import NoSuchName
from attending.serve.engine import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.spec.use_case import UseCase

LONGEST_SUMMARY = 139  # CDS Hooks 2.0.1: less than 140 characters
LONGEST_QUOTE = 60
NEARLY_ALL, NEARLY_NOTHING = 0.995, 0.005  # where two digits would say 1.00 or 0.00
NOT_MEASURED = "not yet measured here"
_PLACE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_MARKUP = re.compile(r"[<>\[\]()*_`#|\\!~\x00-\x1f\x7f\u2028-\u202e\u2066-\u2069]+")

# http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes; the words are ours
OVERRIDE_SYSTEM = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"
OVERRIDE_REASONS = {
    "cds-not-applicable": "Does not apply here",
    "patient-ineligible": "Patient is not eligible",
    "action-completed": "Already done",
    "cds-suboptimal-context": "Wrong moment",
    "limited-time": "No time now",
    "wrong-time-workflow": "Wrong point in the work",
    "inappropriate-recipient": "Not for me",
    "need-more-info": "More information needed",
    "recipient-disagrees-evidence": "I disagree with the evidence",
    "expert-contradicts": "A specialist advised otherwise",
    "recipient-does-not-trust": "I do not trust this",
    "recipient-concerns-outcomes": "I am concerned about the outcome",
    "risk-benefit-ratio": "Risk outweighs benefit",
    "patient-contraindication": "Contraindicated for this patient",
    "does-not-align-preferences": "Not what the patient wants",
    "patient-refuses": "Patient declines",
    "not-convenient-feasible": "Not feasible",
    "service-not-available": "Service is not available",
    "too-costly-uncovered": "Too costly or not covered",
}


class Card(msgspec.Struct, frozen=True):
    """What is shown, whatever the channel.

    A card with a `suggestion` can be accepted by that one button; without one it can only
    be read or overridden.
    """

    uuid: str
    summary: str
    indicator: str
    detail: str
    source: str
    override_reasons: tuple[str, ...] = ()
    suggestion: str = ""

    @property
    def suggestion_id(self) -> str:
        """Give the id of the one suggestion: the same however often it is asked for."""
        return str(uuid5(UUID(self.uuid), "suggestion"))


class Ground(msgspec.Struct, frozen=True):
    """What a card rests on: said in its foot."""

    score: float | None
    threshold: float | None
    found_here: str | None
    missing: dict[str, str]
    filled: tuple[str, ...]
    quotes: dict[str, Value]


def advice(use_case: UseCase, uuid: str, ground: Ground) -> Card:
    """Write the card of a prediction that is to be shown."""
    wanted = use_case.workflow.card
    detail = _filled_in(wanted.detail, ground.quotes)
    return Card(
        uuid=uuid,
        summary=_cut(_filled_in(wanted.summary, ground.quotes), LONGEST_SUMMARY),
        indicator=wanted.indicator,
        detail="\n\n".join(part for part in (detail, _foot(use_case, ground)) if part),
        source=use_case.title,
        override_reasons=wanted.override_reasons,
        suggestion=wanted.suggestion,
    )


def notice(use_case: UseCase, uuid: str, *, suspended: bool) -> Card:
    """Write the one plain sentence that an AI is not there."""
    word = "suspended" if suspended else "not available"
    summary = f"{use_case.title}: {word} now. No advice will appear; work as without it."
    if len(summary) > LONGEST_SUMMARY:
        summary = f"An AI you use is {word} now. No advice will appear; work as without it."
    detail = (
        f"{use_case.title} is {word}. That nothing is shown does not mean that nothing was "
        f"found. You are told once a shift.\n\n**Call:** {use_case.workflow.card.call}"
    )
    return Card(uuid, summary, "warning", detail, use_case.title)


def check_template(use_case: UseCase, quotes: tuple[str, ...], *, where: str) -> None:
    """Refuse a card that quotes an unknown name, or an override reason not in the list.

    Raises
    ------
    NoSuchName
        With the nearest name there is.

    """
    card = use_case.workflow.card
    for text in (card.summary, card.detail):
        for name in _PLACE.findall(text):
            if name not in quotes:
                raise NoSuchName(name, "what a card may quote", quotes, where=where)
    for code in card.override_reasons:
        if code not in OVERRIDE_REASONS:
            raise NoSuchName(code, "the override reasons", OVERRIDE_REASONS, where=where)


def _foot(use_case: UseCase, ground: Ground) -> str:
    card = use_case.workflow.card
    lines = [f"**At this hospital:** {ground.found_here or NOT_MEASURED}"]
    if ground.score is not None:
        advises = "" if ground.threshold is None else f"; advises from {ground.threshold:.3g}"
        lines.append(f"**Score:** {score_words(ground.score)}{advises}")
    lines += [
        f"**Known limits:** {card.limits}",
        f"**Missing:** {_missing(ground)}",
        f"**Call:** {card.call}",
    ]
    return "---\n" + "  \n".join(lines)


def score_words(score: float) -> str:
    """Write a score. One that says nearly all or nearly nothing is never written as certain.

    A rule's own 0 or 1, or a number of points, is written as it is.

    >>> score_words(0.834), score_words(0.9997), score_words(0.0003), score_words(7.0)
    ('0.83', 'above 0.99', 'below 0.01', '7')
    """
    if not 0.0 < score < 1.0:
        return f"{score:.3g}"
    if score > NEARLY_ALL:
        return "above 0.99"
    return f"{score:.2f}" if score >= NEARLY_NOTHING else "below 0.01"


def _missing(ground: Ground) -> str:
    if not ground.missing:
        return "nothing"
    said = [f"{n} (a stand-in was used)" if n in ground.filled else n for n in ground.missing]
    return ", ".join(sorted(said))


def _filled_in(template: str, quotes: Mapping[str, Value]) -> str:
    return _PLACE.sub(lambda found: _quote(quotes.get(found[1], "?")), template)


def _quote(value: Value) -> str:
    if isinstance(value, float):
        return f"{value:.3g}"
    return _cut(_MARKUP.sub(" ", str(value)).strip(), LONGEST_QUOTE)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
