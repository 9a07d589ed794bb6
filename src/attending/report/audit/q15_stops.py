"""Which holds, suspensions and ways back were there, with what triggered each and for how long?

One row each: the trigger and the metric's values, who or what, the time from trigger to effect,
when it ended and by whom, and whom it reached: answers withheld while it stood, the patients
they were about, and answers still shown in between. A suspension that took longer than a
second to be read back, one that a gateway has not read back, and an answer shown after it was
read back are exceptions.

Patients are counted by the pseudonym on record; where none is, each answer counts as one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.clock import stamp
from attending.facts.plan import WHOLE_SITE
from attending.report.evidence import happened, standing
from attending.report.question import Answer, Question, Row, against
from attending.report.stops import stops

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attending.facts.entry import Entry
    from attending.report.question import Asked, Cell
    from attending.report.stops import Stop

COLUMNS = (
    "what", "use_case", "scope", "sites", "cause", "who", "because", "triggered_at", "effect_at",
    "seconds", "value", "low", "high", "n_cases", "ended_at", "ended_by", "n_withheld",
    "n_patients", "n_shown_meanwhile",
)  # fmt: skip
SUSPENDS_WITHIN = 1.0  # seconds, from its trigger to the last gateway's read-back


def answer(asked: Asked) -> Answer:
    """Tell of every hold, suspension, lift and resumption."""
    entries = list(asked.entries())
    answers = standing(entries, "prediction/1")
    found = [s for s in stops(entries) if _is_about(asked, s)]
    rows: list[Row] = []
    wrong: list[Row] = []
    for stop in found:
        reached = _reached(stop, answers)
        rows.append(_row(stop, reached))
        wrong += _against(stop, reached)
    because = f"{len(found)} holds, suspensions and ways back."
    if not found:
        because = f"{asked.searched}: nothing was held, suspended, lifted or resumed."
    elif wrong:
        because = f"{len(found)} holds, suspensions and ways back, {len(wrong)} not as they should."
    out = sum(s.verb == "suspend" and s.end is None for s in found)
    counts = {"suspended_now": out, "answers_read": len(answers)}
    return Answer(because, COLUMNS, tuple(rows), tuple(wrong), counts=counts)


def _is_about(asked: Asked, stop: Stop) -> bool:
    sites = {site for site, _ in stop.places}
    return not asked.site or asked.site in sites or stop.scope in (asked.site, "all")


def _reached(stop: Stop, answers: list[Entry]) -> list[Entry]:
    """Give the answers at its places, from its trigger to its end."""
    first, end = stop.first, stop.end
    if stop.verb != "suspend" or first is None:
        return []
    return [
        e
        for e in answers
        if e.index > first.index
        and (end is None or e.index < end.index)
        and e.fact.use_case == stop.use_case
        and any(_is_at(e, place) for place in stop.places)
    ]


def _is_at(entry: Entry, place: tuple[str, str]) -> bool:
    unit = str(entry.fact.body.get("unit", ""))
    return entry.fact.site == place[0] and place[1] in (WHOLE_SITE, unit)


def _display(entry: Entry) -> tuple[object, object]:
    return entry.fact.body.get("display"), entry.fact.body.get("reason")


def _row(stop: Stop, reached: list[Entry]) -> Row:
    withheld = [e for e in reached if _display(e) == ("suppressed", "suspended")]
    shown = [e for e in reached if _display(e) == ("shown", None)]
    about = {e.fact.body.get("patient") or e.fact.body["prediction"] for e in withheld}
    end, is_out = stop.end, stop.verb == "suspend"
    cells: dict[str, Cell] = {
        "what": stop.verb,
        "use_case": stop.use_case,
        "scope": stop.scope,
        "sites": ", ".join(dict.fromkeys(site for site, _ in stop.places)) or None,
        "cause": stop.cause,
        "who": stop.person or "platform",
        "because": stop.because,
        "triggered_at": None if stop.trigger is None else stop.trigger.fact.at,
        "effect_at": None if stop.effect is None else stamp(stop.effect),
        "seconds": _seconds(stop),
        "ended_at": None if end is None else end.fact.at,
        "ended_by": None if end is None else str(end.fact.body["because"]),
        "n_withheld": len(withheld) if is_out else None,
        "n_patients": len(about) if is_out else None,
        "n_shown_meanwhile": len(shown) if is_out else None,
    }
    for name in ("value", "low", "high", "n_cases"):
        cells[name] = stop.values.get(name)
    cites = {*stop.cites, *(e.index for e in (*withheld, *shown))}
    return Row(_key(stop), cells, tuple(sorted(cites)))


def _key(stop: Stop) -> str:
    """Name it by its order, or by the receipt of what a loop did."""
    named = stop.trigger if stop.cause == "person" else stop.receipt
    return f"{stop.verb}/{stop.use_case}/{stop.scope}/{named.index if named else '?'}"


def _seconds(stop: Stop) -> float | None:
    """Give the time from trigger to effect; an expiry was known beforehand."""
    if stop.trigger is None or stop.effect is None or stop.cause == "expiry":
        return None
    return (stop.effect - happened(stop.trigger)).total_seconds()


def _against(stop: Stop, reached: list[Entry]) -> Iterator[Row]:
    key, cites = _key(stop), stop.cites
    if stop.trigger is None:
        yield against(key, "no fact on record called for it", *cites)
    if stop.receipt is None and stop.verb in ("hold", "suspend"):
        yield against(key, "no receipt says that it was carried out", *cites)
    if stop.waiting:
        yield against(key, f"not read back by {', '.join(stop.waiting)}", *cites)
    took = _seconds(stop)
    if stop.verb == "suspend" and took is not None and took > SUSPENDS_WITHIN:
        yield against(key, f"it took {took:g} s to be read back everywhere", *cites)
    confirmed = [stop.receipt, *stop.read_back.values()] if stop.effect is not None else []
    last = max((e.index for e in confirmed if e is not None), default=None)
    for entry in reached:
        if last is not None and entry.index > last and _display(entry)[0] == "shown":
            because = f"shown at {entry.fact.site} after it was suspended and read back"
            yield against(str(entry.fact.body["prediction"]), because, *cites, entry.index)


q15_stops = Question(number=15, answer=answer)
