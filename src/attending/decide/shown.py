"""Conditions as far as incidents go by them: of which form, when set, and when met."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from attending import shapes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.facts.entry import Entry


@dataclass(frozen=True)
class Condition:
    """A condition: its form, the decision that set it, and the facts that set and met it."""

    form: str
    decision: str
    set_at: int
    met_at: int | None = None


def after(
    known: Mapping[tuple[str, str], Condition], entry: Entry
) -> Mapping[tuple[str, str], Condition]:
    """Take a committee's decision, or a day's judgment, in; by use case and id.

    A condition is met as the daily fact says it of the very decision that set it, and no
    loop says it of a decision that the votes do not bear.
    """
    body, use_case = entry.fact.body, entry.fact.use_case or ""
    found = dict(known)
    for each in shapes.convert(body.get("conditions", []), list[dict[str, object]]):
        key = (use_case, str(each["id"]))
        if entry.fact.type == "decision/1":
            (form,) = shapes.convert(each["form"], dict[str, object])
            found.setdefault(key, Condition(form, str(body["digest"]), entry.index))
            continue
        before = found.get(key)
        is_met = before is not None and before.met_at is None and each["state"] == "met"
        if before is not None and is_met and before.decision == each["decision"]:
            found[key] = replace(before, met_at=entry.index)
    return found
