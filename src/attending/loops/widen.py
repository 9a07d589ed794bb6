"""Widen: new facts go into the lake and the folds; nothing is decided here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from attending.decide.standing import fold
from attending.facts.cells import Cell
from attending.facts.finding import Finding
from attending.facts.verdict import Verdict

if TYPE_CHECKING:
    from attending.facts.entry import Entry
    from attending.loops.parts import Folded, Parts


def widen(parts: Parts, folded: Folded) -> int:
    """Take in every ledger entry not yet seen; give how many there were."""
    entries = list(parts.reader.entries(folded.next_index))
    if not entries:
        return 0
    for use_case, outcome, day in parts.lake.widen(entries):
        if use_case == parts.use_case:
            folded.changed.add((outcome, day))
    for entry in entries:
        if entry.fact.use_case == parts.use_case:
            _remember(folded, entry)
    folded.standing = fold(
        folded.standing,
        (e.fact for e in entries if e.fact.use_case == parts.use_case),
    )
    folded.next_index = entries[-1].index + 1
    return len(entries)


def _remember(folded: Folded, entry: Entry) -> None:
    body = entry.fact.body
    if entry.fact.type == "measured/1":
        folded.tally.put(msgspec.convert(body["cells"], list[Cell]))
        folded.measured_to = max(folded.measured_to, int(str(body["day"])))
        folded.evidence = (entry.index,)
    elif entry.fact.type == "decided/1":
        for verdict in msgspec.convert(body["verdicts"], list[Verdict]):
            key = (verdict.listed, verdict.rule, verdict.metric, verdict.scope)
            folded.verdicts[key] = verdict
        for finding in msgspec.convert(body["findings"], list[Finding]):
            folded.findings[finding.scope] = finding
        folded.decided_on = max(folded.decided_on, int(str(body["day"])))
        folded.evidence = (*folded.evidence[:1], entry.index)
