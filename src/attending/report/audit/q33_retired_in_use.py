"""Are retired models, releases or credentials still in use?

A row for each release that was replaced at a place, put in mode retired or off, or declined by
the committee, with every call that came for it afterwards and how many it still answered. An
answer that a release out of use gave is an exception by the answer's own name, once the
gateways' lease on what they knew has run out; a refusal to answer is none. Of a declined release
only what was shown counts, for listening silently asks no approval. So is an answer of a model
whose digest no specs of its release ever declared.

A row too for each key of a caller that was retired, or that nobody put on record, with every call
and every response that came on its word since; each of those is an exception by its own name,
once the gateways' lease has run out. A call that was refused is none, and leaves no fact. Where
gateways answered callers that they did not ask who they were, the answer is partial: any key,
and none, might have called.

It does not tell of keys by which people sign in, nor of any that a vendor holds.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from attending import shapes
from attending.digest import digest
from attending.facts.snapshot import LEASE_SECONDS
from attending.report.evidence import happened, standing
from attending.report.question import Answer, Question, Row, against
from attending.report.retirement import (
    CREDENTIAL,
    EVERYWHERE,
    keys,
    nobody_vouched,
    retired,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attending.facts.entry import Entry
    from attending.report.question import Asked, Cell
    from attending.report.retirement import Key, Retired

COLUMNS = (
    "what", "use_case", "site", "unit", "release", "client", "credential", "because", "since",
    "until", "n_calls", "n_answered", "last_call",
)  # fmt: skip
NEEDS = ("callers that gateways ask who they are",)
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
    known = keys(e for e in entries if e.fact.type == CREDENTIAL or asked.is_about(e.fact.site))
    found = [each for each in known.values() if each.retired or each.registered is None]
    misused = [row for each in found for row in _misused(each)]
    unasked = len(nobody_vouched(given))
    searched = (
        f"{asked.searched}, {len(given):,} answers among them: {len(out)} releases were retired"
        f" at a place, and {len(wrong)} answers came of one that was; {len(strange)} of a model"
        f" that no specs of its release declare. Of {len(known)} keys {len(found)} are retired or"
        f" not on record, and {len(misused)} calls came by one; {unasked:,} answers went to callers"
        " that nobody vouched for."
    )
    counts = {"retired": len(out), "answers": len(given), "keys": len(known), "unasked": unasked}
    return Answer(
        searched,
        COLUMNS,
        (*rows, *map(_key_row, found)),
        (*wrong, *strange, *misused),
        status="partial" if unasked else "answered",
        needs=NEEDS if unasked else (),
        counts=counts,
    )


def _key_row(each: Key) -> Row:
    since = each.retired or each.registered or each.calls[0]
    calls = [e for e in each.calls if e.index >= since.index]
    cells: dict[str, Cell] = {
        "what": "credential",
        "client": each.client,
        "credential": each.key,
        "because": "retired" if each.retired else "not on record",
        "since": since.fact.at,
        "n_calls": len(calls),
        "n_answered": sum(e.fact.type == "prediction/1" for e in calls),
        "last_call": calls[-1].fact.at if calls else None,
    }
    there = (each.registered, each.retired, since, *calls)
    return Row(f"key/{each.key}", cells, tuple(sorted({e.index for e in there if e is not None})))


def _misused(each: Key) -> Iterator[Row]:
    """Name what came on the word of a key that vouches for nobody."""
    for entry in each.calls:
        retired = each.retired
        if retired is not None and happened(entry) <= happened(retired) + LEASE:
            continue
        because = f"it came by key {each.key}, which " + (
            f"was retired at {retired.fact.at}" if retired else "nobody put on record"
        )
        cites = {entry.index} | ({retired.index} if retired else set())
        is_answer = entry.fact.type == "prediction/1"
        key = str(entry.fact.body["prediction"]) if is_answer else entry.fact.key
        yield against(key, because, *sorted(cites))


def _is_used(each: Retired, entry: Entry) -> bool:
    """Tell whether it answered, and not just within what a gateway could not know yet."""
    display = entry.fact.body.get("display")
    if happened(entry) <= happened(each.since) + LEASE:
        return False
    return display == "shown" if each.site == EVERYWHERE else display not in NOT_IN_USE


def _row(each: Retired, calls: list[Entry], used: list[Entry]) -> Row:
    cells: dict[str, Cell] = {
        "what": "release",
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
            documents = shapes.convert(entry.fact.body.get("documents", {}), dict[str, Any])
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
