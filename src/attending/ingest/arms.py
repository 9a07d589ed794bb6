"""How arms were drawn, read from a source: which arm saw the answer, and how likely."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.errors import Refused
from attending.facts.cells import Design

if TYPE_CHECKING:
    from attending.spec.source import Source

USUAL = "usual"  # the name contract C6 gives to the comparison arm


def design(source: Source) -> Design | None:
    """Give the design, or None where the source declares no arms.

    The exposed arm is the one whose rows were shown, where arm and display are read from
    one column; otherwise the one that is not named ``usual``.

    Raises
    ------
    Refused
        Not two arms, or no telling which was shown: arms must never be guessed at.

    """
    arm = source.cases.arm
    if arm is None:
        return None
    names = sorted(set(arm.map.values()))
    if len(names) != 2:  # noqa: PLR2004  a comparison has two arms
        raise Refused(f"two arms are wanted, {len(names)} are declared", accepted=["two arms"])
    display = source.cases.display
    shown: set[str] = set()
    if display is not None and display.column == arm.column:
        shown = {arm.map[raw] for raw, word in display.map.items() if word == "shown"}
    if len(shown) != 1:
        if USUAL not in names:
            raise Refused(
                f"cannot tell which of {names[0]} and {names[1]} was shown the answer; name the"
                f" comparison arm {USUAL!r}, or read display from the arm's column",
            )
        shown = set(names) - {USUAL}
    exposed = shown.pop()
    comparison = next(name for name in names if name != exposed)
    return Design(exposed, comparison, arm.probability[exposed])
