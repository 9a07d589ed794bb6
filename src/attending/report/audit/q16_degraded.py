"""Which answers were given while data were degraded?

A row for each breach of a data check, and each check that could not be asked, with the tools that
read its column or wait for it: from when to when, and how many answers those tools gave at that
site in between. A row for each of these answers, with what was shown, and every breach that stood
then. Checks of feeds and of tables upstream are data checks too.

A breach stands from the fact that told of it to the one under the same key that no longer does;
since when the data were so, no fact says. Nothing is said of whether an answer was wrong. A tool
that no check names is not found by this: the answers of such tools are counted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from attending import shapes
from attending.facts.data.checked import TYPE, Checked
from attending.report.evidence import happened, standing
from attending.report.question import Answer, Question, Row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attending.facts.data.checked import CheckResult
    from attending.facts.entry import Entry
    from attending.report.question import Asked, Cell

COLUMNS = (
    "what", "check", "table", "column", "site", "state", "from", "until", "use_case", "holds",
    "n_answers", "n_shown", "prediction", "display", "breaches",
)  # fmt: skip
DEGRADED = ("breach", "error")


@dataclass(frozen=True)
class _Spell:
    """A check that fell short, from the fact that told of it until the one that no longer did."""

    result: CheckResult
    began: Entry
    holds: frozenset[str]
    reads: frozenset[str]
    ended: Entry | None = None

    @property
    def tools(self) -> frozenset[str]:
        """Give the tools that it concerns."""
        return self.holds | self.reads

    def covers(self, answer: Entry) -> bool:
        """Tell whether an answer was given by such a tool, there, while it stood."""
        fact, at = answer.fact, happened(answer)
        is_there = self.result.site in ("", fact.site)
        is_then = happened(self.began) <= at and (self.ended is None or at < happened(self.ended))
        return fact.use_case in self.tools and is_there and is_then


def answer(asked: Asked) -> Answer:
    """Hold the answers against the breaches that stood when they were given."""
    spells = [s for s in _spells(asked.evidence.entries(TYPE)) if asked.is_about(s.result.site)]
    given = standing(asked.entries("prediction/1"), "prediction/1")
    given = [entry for entry in given if asked.is_about(entry.fact.site)]
    named = frozenset[str]().union(*(spell.tools for spell in spells))
    rows = [row for spell in spells for row in _breaches(asked, spell, given)]
    met = [(e, [s for s in spells if s.covers(e)]) for e in given if e.fact.use_case in named]
    answers = [_given(entry, there) for entry, there in met if there]
    counts = {
        "breaches": len(spells),
        "answers": len(given),
        "answers_while_degraded": len(answers),
        "answers_of_tools_that_no_breach_names": sum(e.fact.use_case not in named for e in given),
    }
    because = (
        f"{len(answers):,} of {len(given):,} answers were given while data that the tool reads "
        f"were degraded; {len(spells):,} breaches are on record."
    )
    if not spells:
        because = f"{asked.searched}: no data check was ever in breach."
    return Answer(because, COLUMNS, (*rows, *answers), counts=counts)


def _spells(entries: Iterable[Entry]) -> list[_Spell]:
    standing_now: dict[tuple[str, str], _Spell] = {}
    over: list[_Spell] = []
    for entry in entries:
        checked = shapes.convert(entry.fact.body, Checked)
        degraded = {each.name: each for each in checked.results if each.state in DEGRADED}
        well = [k for k in standing_now if k[0] == entry.fact.key and k[1] not in degraded]
        over += [replace(standing_now.pop(key), ended=entry) for key in well]
        for name, result in degraded.items():
            if (entry.fact.key, name) not in standing_now:
                begun = _begun(checked, result, entry)
                standing_now[entry.fact.key, name] = begun
    return sorted((*over, *standing_now.values()), key=lambda s: (s.began.index, s.result.name))


def _begun(checked: Checked, result: CheckResult, entry: Entry) -> _Spell:
    holds = checked.holds.get(f"{result.check}/{result.column}", ())
    reads = [name for name, columns in checked.reads.items() if result.column in columns]
    return _Spell(result, entry, frozenset(holds), frozenset(reads))


def _breaches(asked: Asked, spell: _Spell, given: list[Entry]) -> list[Row]:
    """Give a row for each tool that a breach concerns, and one where it concerns none."""
    tools = [name for name in sorted(spell.tools) if asked.use_case in ("", name)]
    if not spell.tools and not asked.use_case:
        tools = [""]
    facts = [spell.began.index, *([spell.ended.index] if spell.ended else [])]
    rows = []
    for tool in tools:
        there = [e for e in given if e.fact.use_case == tool and spell.covers(e)]
        cells = _of(spell) | {
            "what": "breach",
            "use_case": tool or None,
            "holds": tool in spell.holds,
            "n_answers": len(there),
            "n_shown": sum(e.fact.body.get("display") == "shown" for e in there),
        }
        cites = tuple(sorted({*facts, *(e.index for e in there)}))
        rows.append(Row(f"{spell.result.name}/{spell.began.index}/{tool or '*'}", cells, cites))
    return rows


def _of(spell: _Spell) -> dict[str, Cell]:
    result = spell.result
    return {
        "check": result.check,
        "table": result.table,
        "column": result.column,
        "site": result.site or None,
        "state": result.state,
        "from": spell.began.fact.at,
        "until": spell.ended.fact.at if spell.ended else None,
    }


def _given(entry: Entry, there: list[_Spell]) -> Row:
    fact = entry.fact
    cells: dict[str, Cell] = {
        "what": "answer",
        "site": fact.site,
        "from": fact.at,
        "use_case": fact.use_case,
        "prediction": str(fact.body["prediction"]),
        "display": str(fact.body.get("display")),
        "breaches": ", ".join(sorted({spell.result.name for spell in there})),
    }
    cites = tuple(sorted({entry.index, *(spell.began.index for spell in there)}))
    return Row(f"{fact.use_case}/{fact.body['prediction']}/{entry.index}", cells, cites)


q16_degraded = Question(number=16, answer=answer)
