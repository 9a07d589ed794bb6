"""What a turn works with: the memory, the clock, the specs, and the gateways."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from attending.decide.heard import Heard
from attending.decide.incident import Register
from attending.decide.standing import Standing, exposures
from attending.loops.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime
    from pathlib import Path

    from attending.act.carry_out import Gateways
    from attending.admit import Folder
    from attending.clock import Clock
    from attending.facts.case import OutcomeRow
    from attending.facts.cells import Design
    from attending.facts.finding import Finding
    from attending.facts.snapshot import Exposure
    from attending.facts.verdict import Verdict
    from attending.lake.tables import Lake
    from attending.ledger.read import Reader
    from attending.ledger.write import Pen


@dataclass(frozen=True)
class Hands:
    """What it takes to carry out a plan: no specs and no lake, so that stopping never waits.

    Attributes
    ----------
    use_case
        Whose plans.
    reader, pen, clock
        Memory, and the time.
    gateways
        Whoever must obey a plan.
    alone
        Kept while a snapshot is made and handed out, so that of several processes none
        hands out what another has just changed.

    """

    use_case: str
    reader: Reader
    pen: Pen
    clock: Clock
    gateways: Gateways
    alone: Callable[[], AbstractContextManager[None]] = nullcontext


@dataclass(frozen=True)
class Parts:
    """The parts of one use case's loops; `wiring` puts them together.

    Attributes
    ----------
    folder
        The admitted specs.
    design
        How arms were drawn, by source; None where nothing was randomized.
    reader, pen, lake, clock
        Memory, and the time.
    gateways
        Whoever must obey a plan.
    alone
        See `Hands`.

    """

    folder: Folder
    design: Design | None
    reader: Reader
    pen: Pen
    lake: Lake
    clock: Clock
    gateways: Gateways
    alone: Callable[[], AbstractContextManager[None]] = nullcontext

    @property
    def use_case(self) -> str:
        """Give the use case's name."""
        return self.folder.use_case.name

    @property
    def hands(self) -> Hands:
        """Give what it takes to carry out a plan."""
        return Hands(
            self.use_case, self.reader, self.pen, self.clock, self.gateways, alone=self.alone
        )


class WentLive(NamedTuple):
    """Another use case went live at a site, on a date; each counts days of its own."""

    use_case: str
    site: str
    on: date


class Setback(NamedTuple):
    """A file that could not be read: its stamp then, what to say of it, and when that was."""

    stamp: tuple[int, ...]
    because: str
    at: datetime


@dataclass
class Drops:
    """What is remembered of dropped files, so that none is read twice without need.

    Attributes
    ----------
    files
        What each file was when it was last looked at: its stamp, and its keyed digest.
    known
        What became of files, by (source, digest): why it was refused, or nothing.
    waiting
        Rows on record that wait for their case, by (source, digest), in ledger order.
    rows
        Those of them that have been read in this process; and the files read for them.
    searched
        See `rows`.
    asked_at
        How far the lake was when the waiting rows' cases were last asked for.
    refused
        Why files that lie in the inbox now were not taken in.
    failed
        Those of them that may be read another time, as they are.
    begun
        Files of which half may be on record, by (source, digest), and where that is said.

    """

    files: dict[Path, tuple[tuple[int, ...], str]] = field(default_factory=dict)
    known: dict[tuple[str, str], str] = field(default_factory=dict)
    waiting: dict[tuple[str, str], None] = field(default_factory=dict)
    rows: dict[tuple[str, str], OutcomeRow] = field(default_factory=dict)
    searched: set[tuple[str, str]] = field(default_factory=set)
    asked_at: int = -1
    refused: dict[Path, str] = field(default_factory=dict)
    failed: dict[Path, Setback] = field(default_factory=dict)
    begun: dict[tuple[str, str], int] = field(default_factory=dict)


@dataclass
class Folded:
    """What the loops remember of the ledger; it can be thrown away and folded again.

    Attributes
    ----------
    next_index, in_lake
        The first ledger index not yet folded, and the first not yet in the lake.
    tally
        Running sums of cells.
    changed
        (outcome, evidence day) whose cells may differ from what was measured.
    measured_to
        Last evidence day measured; -1 before the first.
    until
        Where to stop folding, to see a past day as it was; None is now.
    standing, others
        Where things stand; and where other use cases do, by name.
    gone_live
        Where and when other use cases went live.
    known
        Whether any fact has been about this use case.
    sites
        The sites its specs declare.
    specs, declared_by
        Digests of the specs as they were last declared, and who declared them.
    verdicts, findings
        The last, by (listed, rule, metric, scope) and by scope.
    decided_on
        The last day decided; -1 before the first.
    evidence
        Ledger indexes of the last `measured` and `decided` facts.
    seq
        The number of the last snapshot handed out from here.
    drops
        What is remembered of dropped files.
    heard
        What people said of tiers and rules.
    incidents
        What went wrong with this use case.

    """

    next_index: int = 0
    tally: Tally = field(default_factory=Tally)
    changed: set[tuple[str, int]] = field(default_factory=set)
    measured_to: int = -1
    standing: Standing = field(default_factory=Standing)
    verdicts: dict[tuple[str, str, str, str], Verdict] = field(default_factory=dict)
    findings: dict[str, Finding] = field(default_factory=dict)
    decided_on: int = -1
    evidence: tuple[int, ...] = ()
    seq: int = 0
    in_lake: int = 0
    others: dict[str, Standing] = field(default_factory=dict)
    gone_live: list[WentLive] = field(default_factory=list)
    until: int | None = None
    known: bool = False
    sites: tuple[str, ...] = ()
    specs: dict[str, str] = field(default_factory=dict)
    declared_by: str = ""
    drops: Drops = field(default_factory=Drops)
    heard: Heard = field(default_factory=Heard)
    incidents: Register = field(default_factory=Register)

    def entries(self, use_case: str) -> tuple[Exposure, ...]:
        """Give what gateways are to go by: every use case as it stands."""
        named = {**self.others, use_case: self.standing}
        return tuple(e for name in sorted(named) for e in exposures(name, named[name]))
