"""What is due for deletion, what was deleted, under which rule, and what was held?

The retention rules in force and who adopted them; for each schedule how many facts are due, free
or blocked, and by what; every erasure with its rule and the two people who said so; every legal
hold. Each row cites the facts that say it, and what was erased is counted by the signed fact
that accounts for it.

It does not tell what the erased facts said, nor whether the rules are the right ones; each rule
names its source, and how far that was checked. Before rules are adopted nothing is due.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from attending import shapes
from attending.facts.retention import due, keeping
from attending.report.question import Answer, Question, Row, against

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attending.facts.entry import Entry
    from attending.facts.retention import Keeping
    from attending.report.question import Asked, Cell

COLUMNS = ("what", "rule", "n", "since", "state", "person", "second", "at", "source")


def answer(asked: Asked) -> Answer:
    """Give a row for every rule, hold and erasure, and for what is due of each kind."""
    entries = list(asked.evidence.entries())
    kept, until = keeping(entries), asked.evidence.until
    today = "" if until is None else until.date().isoformat()
    there: dict[str, list[Row]] = {"adopted": [], "held": [], "due": [], "erased": []}
    wrong: list[Row] = []
    for entry in entries:
        if entry.fact.type == "retention_rules/1":
            there["adopted"] += _rules(entry)
        elif entry.fact.type == "legal_hold/1" and _is_about(asked, entry):
            there["held"].append(_hold(entry))
        elif entry.fact.type == "erasure/1":
            row, fault = _erasure(entry, kept)
            there["erased"].append(row)
            wrong += [against(f"fact {entry.index}", fault, *row.cites)] if fault else []
    there["due"] = list(_due(asked, entries, kept, today))
    rows = tuple(row for kind in there.values() for row in kind)
    n = sum(int(row.cells["n"] or 0) for row in there["due"])
    because = (
        f"{n:,} facts are due for deletion, and {len(there['erased'])} times some were erased."
    )
    if kept.rules is None:
        because = f"{asked.searched}: no retention rule was adopted, so that nothing is due."
        needs = ("retention rules that somebody adopts",)
        return Answer(because, COLUMNS, rows, tuple(wrong), status="partial", needs=needs)
    return Answer(because, COLUMNS, rows, tuple(wrong), counts={"due": n})


def _rules(entry: Entry) -> Iterator[Row]:
    for rule in shapes.convert(entry.fact.body["rules"], list[dict[str, object]]):
        years, months = (f"{rule.get(unit, 0)} {unit}" for unit in ("years", "months"))
        span = " and ".join(each for each in (years, months) if not each.startswith("0 "))
        start = str(rule["counted_from"]).replace("_", " ")
        cells: dict[str, Cell] = {
            "what": f"rule to {rule['duty']}",
            "rule": str(rule["rule"]),
            "state": f"{rule['of']}, {span} from when {start}",
            "person": entry.fact.by.person,
            "at": entry.fact.at,
            "source": f"{rule['source']}; {rule['checked']}",
        }
        yield Row(f"{entry.index}/{rule['rule']}", cells, (entry.index,))


def _is_about(asked: Asked, entry: Entry) -> bool:
    use_case, site = (str(entry.fact.body.get(name, "")) for name in ("use_case", "site"))
    ours = asked.use_case in ("", use_case) or not use_case
    return ours and asked.is_about(site or None)


def _hold(entry: Entry) -> Row:
    body = entry.fact.body
    reach = " at ".join(str(body[name]) for name in ("use_case", "site") if body.get(name))
    cells: dict[str, Cell] = {
        "what": f"legal hold {body['hold']}",
        "state": f"{body['state']} on {reach or 'everything'}",
        "person": entry.fact.by.person,
        "at": entry.fact.at,
    }
    return Row(str(entry.index), cells, (entry.index,))


def _erasure(entry: Entry, kept: Keeping) -> tuple[Row, str]:
    """Give an erasure's row, and what is wrong with it: two people erase, under one rule."""
    body = entry.fact.body
    facts = shapes.convert(body["indexes"], list[int])
    names = shapes.convert(body.get("payloads", []), list[str])
    cells: dict[str, Cell] = {
        "what": "erasure",
        "n": len(facts) or len(names),
        "state": f"{len(facts):,} facts and {len(names):,} payloads forgotten",
        "person": entry.fact.by.person,
        "at": entry.fact.at,
    }
    for digest, (asked, person, index) in kept.asked.items():
        if index < entry.index and [*asked.indexes] == facts and [*asked.payloads] == names:
            second, agreed = kept.agreed.get(digest, ("", entry.index))
            cells |= {"rule": asked.rule, "person": person, "second": second}
            fault = "" if second and second != person else "no second person agreed to it"
            cites = tuple(sorted({index, agreed, entry.index}))
            return Row(str(entry.index), cells, cites), fault
    return Row(str(entry.index), cells, (entry.index,)), "it was erased under no retention rule"


def _due(asked: Asked, entries: list[Entry], kept: Keeping, today: str) -> Iterator[Row]:
    """Give what is due, together where the same rule and the same reason stand."""
    about = {e.index: e.fact for e in entries if asked.use_case in ("", e.fact.use_case)}
    gone = _gone(entries)
    of = {} if kept.rules is None else {rule.rule: rule.of for rule in kept.rules.rules}
    found: dict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)
    for each in due(entries, kept, today) if today else ():
        if of[each.rule] == "payloads" and (not each.names or gone & {*each.names}):
            continue  # it names nothing that is sealed, or what it named was erased
        if each.index in about and asked.is_about(about[each.index].site):
            found[each.rule, each.blocked].append((each.since, each.index))
    for (rule, blocked), those in sorted(found.items()):
        cells: dict[str, Cell] = {
            "what": "due",
            "rule": rule,
            "n": len(those),
            "since": min(since for since, _ in those),
            "state": f"blocked: {blocked}" if blocked else "may be erased",
        }
        cites = tuple(index for _, index in those)
        yield Row(f"{rule}/{blocked or 'free'}", cells, cites)


def _gone(entries: list[Entry]) -> set[str]:
    """Give the names of payloads that were erased: a fact's own are erased together."""
    found: set[str] = set()
    for entry in entries:
        if entry.fact.type == "erasure/1":
            found |= shapes.convert(entry.fact.body.get("payloads", []), set[str])
    return found


q34_retention = Question(number=34, answer=answer)
