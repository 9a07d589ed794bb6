"""Are retired models or releases still in use?

A row for each release that was replaced at a place, put in mode retired or off, or declined by
the committee, with every call that came for it afterwards and how many it still answered. An
answer that a release out of use gave is an exception by the answer's own name, once the
gateways' lease on what they knew has run out; a refusal to answer is none. Of a declined release
only what was shown counts, for listening silently asks no approval. So is an answer of a model
whose digest no specs of its release ever declared.

Credentials of callers and vendors are in no fact, so that the answer is partial.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from attending.digest import digest
from attending.facts.snapshot import LEASE_SECONDS
from attending.report.evidence import happened, standing
from attending.report.question import Answer, Question, Row, against
from attending.report.retirement import EVERYWHERE, retired

if TYPE_CHECKING:
    from attending.facts.entry import Entry
    from attending.report.question import Asked, Cell
    from attending.report.retirement import Retired

COLUMNS = (
    "use_case", "site", "unit", "release", "because", "since", "until", "n_calls", "n_answered",
    "last_call",
)  # fmt: skip
NEEDS = ("credentials on record",)
LEASE = timedelta(seconds=LEASE_SECONDS)
NOT_IN_USE = ("suppressed", "failed")


def answer(asked: Asked) -> Answer:
    """Set every release out of use against the calls that came after it."""
    entries = list(asked.entries())
    given = [e for e in standing(entries, "prediction/1") if asked.is_about(e.fact.site)]
    out = [w for w in retired(entries) if w.site == EVERYWHERE or asked.is_about(w.site)]
    rows = []
    wrong = []
    for each in out:
        calls = [e for e in given if each.covers(e)]
        used = [e for e in calls if _is_used(each, e)]
        rows.append(_row(each, calls, used))
        because = f"{each.release} answered at {{}} after it was {each.because}"
        wrong += [
            against(
                str(e.fact.body["prediction"]),
                because.format(e.fact.site),
                *sorted({each.since.index, e.index}),
            )
            for e in used
        ]
    strange = _strange(entries, given)
    searched = (
        f"{asked.searched}, {len(given):,} answers among them: {len(out)} releases were retired"
        f" at a place, and {len(wrong)} answers came of one that was; {len(strange)} of a model"
        " that no specs of its release declare. Credentials are not on record."
    )
    counts = {"retired": len(out), "answers": len(given)}
    return Answer(
        searched,
        COLUMNS,
        tuple(rows),
        (*wrong, *strange),
        status="partial",
        needs=NEEDS,
        counts=counts,
    )


def _is_used(each: Retired, entry: Entry) -> bool:
    """Tell whether it answered, and not just within what a gateway could not know yet."""
    display = entry.fact.body.get("display")
    if happened(entry) <= happened(each.since) + LEASE:
        return False
    return display == "shown" if each.site == EVERYWHERE else display not in NOT_IN_USE


def _row(each: Retired, calls: list[Entry], used: list[Entry]) -> Row:
    cells: dict[str, Cell] = {
        "use_case": each.use_case,
        "site": each.site or "all",
        "unit": each.unit or None,
        "release": each.release,
        "because": each.because,
        "since": each.since.fact.at,
        "until": None if each.end is None else each.end.fact.at,
        "n_calls": len(calls),
        "n_answered": len(used),
        "last_call": calls[-1].fact.at if calls else None,
    }
    ends = () if each.end is None else (each.end.index,)
    return Row(each.key, cells, tuple(sorted({each.since.index, *ends, *(e.index for e in calls)})))


def _strange(entries: list[Entry], given: list[Entry]) -> list[Row]:
    """Name answers of a model that no specs of their release declare."""
    models: dict[tuple[str, str], dict[str, int]] = {}
    for entry in entries:
        if entry.fact.type == "specs/1":
            documents = msgspec.convert(entry.fact.body.get("documents", {}), dict[str, Any])
            release = str((documents.get("rollout") or {}).get("release", ""))
            known = models.setdefault((entry.fact.use_case or "", release), {})
            for model in documents.get("models", {}).values():
                known[str(model.get("sha256") or digest(model))] = entry.index
    found = []
    for entry in given:
        model = str(entry.fact.body.get("model") or "")
        known = models.get((entry.fact.use_case or "", entry.fact.release or ""), {})
        if model and known and model not in known:
            because = f"model {model[:12]} answered, which no specs of {entry.fact.release} declare"
            cites = sorted({entry.index, *known.values()})
            found.append(against(str(entry.fact.body["prediction"]), because, *cites))
    return found


q33_retired_in_use = Question(number=33, answer=answer)
