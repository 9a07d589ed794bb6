"""What a turn works with: the memory, the clock, the specs, and the gateways."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from attending.decide.standing import Standing
from attending.loops.tally import Tally

if TYPE_CHECKING:
    from attending.act.carry_out import Gateways
    from attending.admit import Folder
    from attending.clock import Clock
    from attending.facts.cells import Design
    from attending.facts.finding import Finding
    from attending.facts.snapshot import Exposure
    from attending.facts.verdict import Verdict
    from attending.lake.tables import Lake
    from attending.ledger.read import Reader
    from attending.ledger.write import Pen


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

    """

    folder: Folder
    design: Design | None
    reader: Reader
    pen: Pen
    lake: Lake
    clock: Clock
    gateways: Gateways

    @property
    def use_case(self) -> str:
        """Give the use case's name."""
        return self.folder.use_case.name


@dataclass
class Folded:
    """What the loops remember of the ledger; it can be thrown away and folded again.

    Attributes
    ----------
    next_index
        The first ledger index not yet taken in.
    tally
        Running sums of cells.
    changed
        (outcome, evidence day) whose cells may differ from what was measured.
    measured_to
        Last evidence day measured; -1 before the first.
    standing
        Where things stand.
    verdicts, findings
        The last, by (listed, rule, metric, scope) and by scope.
    decided_on
        The last day decided; -1 before the first.
    evidence
        Ledger indexes of the last `measured` and `decided` facts.
    entries, seq
        The exposures in force, and the number of the snapshot that said so.

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
    entries: tuple[Exposure, ...] = ()
    seq: int = 0
