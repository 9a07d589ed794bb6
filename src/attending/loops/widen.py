"""Widen: new facts go into the lake and the folds; nothing is decided here."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice, takewhile
from typing import TYPE_CHECKING

from attending import shapes
from attending.decide.heard import heard
from attending.decide.standing import Standing, fold
from attending.facts.cells import Cell
from attending.facts.finding import Finding
from attending.facts.plan import Change
from attending.facts.verdict import Verdict
from attending.loops.parts import WentLive

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attending.facts.entry import Entry
    from attending.facts.fact import Fact
    from attending.loops.parts import Folded, Hands, Parts

AT_ONCE = 20_000  # facts that are held at a time: some 40 MiB of them


def widen(parts: Parts, folded: Folded) -> int:
    """Take in every ledger entry not yet seen, here and in the lake; give how many."""
    found = _until(folded, parts.reader.entries(min(folded.next_index, folded.in_lake)))
    n = 0
    while entries := list(islice(found, AT_ONCE)):
        news = [entry for entry in entries if entry.index >= folded.in_lake]
        for use_case, outcome, day in parts.lake.widen(news):
            if use_case == parts.use_case:
                folded.changed.add((outcome, day))
        folded.in_lake = entries[-1].index + 1
        _take(parts.use_case, folded, entries)
        n += len(entries)
    return n


def catch_up(hands: Hands, folded: Folded) -> None:
    """Take in every ledger entry not yet folded; the lake stays as it is."""
    found = _until(folded, hands.reader.entries(folded.next_index))
    while entries := list(islice(found, AT_ONCE)):
        _take(hands.use_case, folded, entries)


def _until(folded: Folded, entries: Iterable[Entry]) -> Iterator[Entry]:
    if folded.until is None:
        return iter(entries)
    return takewhile(lambda entry: entry.index < (folded.until or 0), entries)


def _take(use_case: str, folded: Folded, entries: list[Entry]) -> None:
    news = [entry for entry in entries if entry.index >= folded.next_index]
    others: dict[str, list[Fact]] = {}
    own: list[Fact] = []
    for entry in news:
        fact = entry.fact
        folded.heard = heard(folded.heard, entry)
        if fact.use_case is None or fact.use_case == use_case:
            own.append(fact)
            folded.incidents = folded.incidents.after(entry)
        if fact.use_case == use_case:
            _remember(folded, entry)
        elif fact.use_case is not None and fact.kind in ("declared", "acted", "said"):
            others.setdefault(fact.use_case, []).append(fact)
            folded.gone_live += _gone_live(fact)
    folded.standing = fold(folded.standing, own)
    for name, facts in others.items():
        folded.others[name] = fold(folded.others.get(name, Standing()), facts)
    folded.next_index = news[-1].index + 1 if news else folded.next_index


def _gone_live(fact: Fact) -> list[WentLive]:
    if fact.type != "receipt/1":
        return []
    changes = shapes.convert(fact.body["changes"], list[Change])
    on = datetime.fromisoformat(fact.at).astimezone(UTC).date()
    return [
        WentLive(str(fact.use_case), site, on)
        for site in dict.fromkeys(c.site for c in changes if c.mode[1] == "live" != c.mode[0])
    ]


def _remember(folded: Folded, entry: Entry) -> None:
    body = entry.fact.body
    folded.known = True
    if entry.fact.kind == "ingested":
        _remember_drop(folded, entry)
    if entry.fact.type == "specs/1":
        folded.sites = tuple(shapes.convert(body["sites"], dict[str, str]))
        folded.specs = shapes.convert(body["digests"], dict[str, str])
        folded.declared_by = entry.fact.by.person
    elif entry.fact.type == "measured/1":
        folded.tally.put(shapes.convert(body["cells"], list[Cell]))
        folded.measured_to = max(folded.measured_to, int(str(body["day"])))
        folded.evidence = (entry.index,)
    elif entry.fact.type == "decided/1":
        for verdict in shapes.convert(body["verdicts"], list[Verdict]):
            key = (verdict.listed, verdict.rule, verdict.metric, verdict.scope)
            folded.verdicts[key] = verdict
        for finding in shapes.convert(body["findings"], list[Finding]):
            folded.findings[finding.scope] = finding
        folded.decided_on = max(folded.decided_on, int(str(body["day"])))
        folded.evidence = (*folded.evidence[:1], entry.index)


def _remember_drop(folded: Folded, entry: Entry) -> None:
    """Keep which rows of dropped files wait for their case, and which files are in by half."""
    fact, drops = entry.fact, folded.drops
    row = (str(fact.body.get("source", "")), str(fact.body.get("digest", "")))
    if fact.type == "parked/1" and fact.body.get("waits"):
        drops.waiting[row] = None
    elif fact.type == "released/1":
        drops.waiting.pop(row, None)
        drops.rows.pop(row, None)
    elif fact.type == "begun/1":
        drops.begun[row] = entry.index
    elif fact.type in ("source/1", "refused/1", "halted/1"):
        drops.begun.pop(row, None)
