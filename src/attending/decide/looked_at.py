"""What checks last found in the data, and what waits because of it: a fold over facts.

The results under one fact's key replace those it gave before, so that a check that
is no longer asked leaves nothing behind. Nothing here is about a patient: facts only count.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from attending import shapes
from attending.facts.data.checked import TYPE, Checked

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from attending.facts.data.checked import CheckResult
    from attending.facts.fact import Fact

FILLED_THERE = 0.95  # a field that this many rows of the pilot held
FILLED_HERE = 0.80  # and fewer than this many of the next site
FILLS = "present"
DECLARED = "in_value_set"
WORDS = {FILLS: "is there", DECLARED: "holds what is declared"}


@dataclass(frozen=True)
class Breach:
    """A breach that holds a use case.

    Attributes
    ----------
    name
        As the standing remembers it; one that comes back later is another.
    site, because
        Where, and one sentence made from the numbers.

    """

    name: str
    site: str
    because: str


@dataclass(frozen=True)
class Missing:
    """A field that the pilot had and a site has not, or has in other codes; shares of rows."""

    column: str
    site: str
    here: float
    pilot: str
    there: float
    what: str = FILLS

    def __str__(self) -> str:
        return (
            f"{self.column} {WORDS[self.what]} in {self.here:.0%} of rows at {self.site}, "
            f"and in {self.there:.0%} at {self.pilot}"
        )


@dataclass(frozen=True)
class LookedAt:
    """The last results of every document, by the key of their fact."""

    last: Mapping[str, Checked] = field(default_factory=dict)

    def after(self, fact: Fact) -> LookedAt:
        """Take one fact in."""
        if fact.type != TYPE:
            return self
        checked = shapes.convert(fact.body, Checked)
        return LookedAt({**self.last, fact.key: checked})

    def holding(self, use_case: str) -> Iterator[Breach]:
        """Give the breaches that hold a use case."""
        for checked in self.last.values():
            for result in checked.results:
                held = checked.holds.get(f"{result.check}/{result.column}", ())
                if result.state == "breach" and use_case in held:
                    yield Breach(breach_name(result), result.site, sentence(result))

    def missing(self, use_case: str, *, pilot: Collection[str], site: str) -> Iterator[Missing]:
        """Give the fields a use case reads that the pilot's sites had, and a site has not."""
        for checked in self.last.values():
            reads = checked.reads.get(use_case, ())
            filled = _shares(checked, FILLS)
            declared = _shares(checked, DECLARED)
            held = {
                place: filled[place] * declared[place] for place in filled.keys() & declared.keys()
            }
            for column in reads:
                for name in pilot:
                    for what, shares in ((FILLS, filled), (DECLARED, held)):
                        here, there = shares.get((column, site)), shares.get((column, name))
                        if name != site and lacks(there, here):
                            yield Missing(column, site, here or 0.0, name, there or 0.0, what)
                            break


def _shares(checked: Checked, check: str) -> dict[tuple[str, str], float]:
    """Give the share of rows that do not fall short, by column and site, where any was asked."""
    return {
        (result.column, result.site): result.share
        for result in checked.results
        if result.check == check and result.share is not None
    }


def breach_name(result: CheckResult) -> str:
    """Name a breach as standings remember it; one that begins at another row is another."""
    return f"check/{result.name}/{result.since_row}"


def lacks(there: float | None, here: float | None) -> bool:
    """Tell whether a field that is filled at the pilot is not at another site."""
    is_asked = here is not None and there is not None
    return is_asked and (there or 0.0) >= FILLED_THERE and (here or 0.0) < FILLED_HERE


def sentence(result: CheckResult) -> str:
    """Say what was found, from its numbers."""
    column = "" if result.column == "*" else f".{result.column}"
    return (
        f"data check {result.check.replace('_', ' ')} of {result.table}{column} at {result.site}: "
        f"{result.num_violated:,} of {result.num_denominator:,} rows fall short, "
        f"{result.may} may; since row {result.since_row:,}"
    )
