"""Places each segment of a message in the structure its trigger event names.

The same segment means different things in different places: an OBX below an OBR is a
result, one below a PID is not. The structure is walked as messages are read: first on
within the group at hand, then from the start of a group that repeats, then outward.
What a structure requires may be missing; a segment that fits nowhere is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from attending.ingest.hl7v2.condition import Test
    from attending.ingest.hl7v2.message import Segment


PATIENT_NUMBERS = 3  # PID-3


class Line(NamedTuple):
    """Where a row stands: for the coverage page, and for whoever opens the file."""

    file: str
    number: int  # of the line, the first being 1


class Use(NamedTuple):
    """A row of a message: a segment goes to a resource, and what then refers to what."""

    line: Line
    holds: Test
    label: str  # Observation[2]; empty: nothing is made of the segment here
    kind: str  # Observation
    segment_map: str  # OBX[Observation]
    references: tuple[tuple[str, str, str], ...]  # label, path, label
    is_note: bool = False  # written `Observation[2].note`: part of what stands, never a beginning


@dataclass
class Node:
    """A segment or a group of a message structure, in the order of the table."""

    name: str  # of the segment; empty for a group
    repeats: bool
    children: list[Node] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)


class Group(NamedTuple):
    """A group of a structure: which leaves it spans, and whether it repeats."""

    number: int
    start: int
    end: int
    repeats: bool


class Leaf(NamedTuple):
    """A segment's place in a structure, and the groups around it from the outside in."""

    number: int
    node: Node
    around: tuple[int, ...]


class Placed(NamedTuple):
    """A segment of a message in its place, and in which instance of each group around it."""

    segment: Segment
    leaf: Leaf
    instances: tuple[int, ...]

    def shares(self, other: Placed) -> bool:
        """Tell whether both stand in the same instance of every group that is around both."""
        for mine, theirs, here, there in zip(
            self.leaf.around, other.leaf.around, self.instances, other.instances, strict=False
        ):
            if mine != theirs:
                return True
            if here != there:
                return False
        return True


class Structure:
    """A message structure, laid out in order.

    Parameters
    ----------
    root
        The message's table.

    """

    def __init__(self, root: Node) -> None:
        self.leaves: list[Leaf] = []
        self.groups: list[Group] = []
        self._lay(root, ())

    def _lay(self, node: Node, around: tuple[int, ...]) -> None:
        number, start = len(self.groups), len(self.leaves)
        self.groups.append(Group(number, start, start, node.repeats))
        inside = (*around, number)
        for child in node.children:
            if child.name:
                self.leaves.append(Leaf(len(self.leaves), child, inside))
            else:
                self._lay(child, inside)
        self.groups[number] = self.groups[number]._replace(end=len(self.leaves))

    def place(self, segments: list[Segment]) -> tuple[list[Placed], list[Segment]]:
        """Give the segments in their places, and those that have none.

        What follows another patient's PID without a place is that patient's: it has none either.
        """
        placed: list[Placed] = []
        left: list[Segment] = []
        walk = Walk(self)
        for at, segment in enumerate(segments):
            leaf = walk.on_to(segment.name)
            if leaf is None and is_another_patient(segment, placed):
                return placed, left + segments[at:]
            if leaf is None:
                left.append(segment)
            else:
                placed.append(Placed(segment, leaf, walk.instances(leaf)))
        return placed, left


def is_another_patient(segment: Segment, placed: list[Placed]) -> bool:
    """Tell whether a segment is a PID of somebody whom those in their places do not name."""
    known = (one.segment.field(PATIENT_NUMBERS) for one in placed if one.segment.name == "PID")
    return segment.name == "PID" and segment.field(PATIENT_NUMBERS) not in known


class Walk:
    """A walk through a structure, one segment at a time."""

    def __init__(self, structure: Structure) -> None:
        self._leaves, self._groups = structure.leaves, structure.groups
        self._at: Leaf | None = None
        self._instance: dict[int, int] = {0: 0}
        self._made = 0

    def on_to(self, name: str) -> Leaf | None:
        """Go on to the next place of a segment; None, without moving, if there is none."""
        if self._at is None:
            return self._go(self._find(name, 0, len(self._leaves)), ())
        if self._at.node.name == name and self._at.node.repeats:
            return self._at
        for depth in range(len(self._at.around) - 1, -1, -1):
            group = self._groups[self._at.around[depth]]
            ahead = self._find(name, self._at.number + 1, group.end)
            if ahead is not None:
                return self._go(ahead, self._at.around)
            if group.repeats:
                again = self._find(name, group.start, group.end)
                if again is not None:
                    return self._go(again, self._at.around[:depth])
        return None

    def instances(self, leaf: Leaf) -> tuple[int, ...]:
        """Give the instance of each group around the leaf that was gone to."""
        return tuple(self._instance[group] for group in leaf.around)

    def _find(self, name: str, start: int, end: int) -> Leaf | None:
        return next((leaf for leaf in self._leaves[start:end] if leaf.node.name == name), None)

    def _go(self, leaf: Leaf | None, still_in: tuple[int, ...]) -> Leaf | None:
        """Enter a new instance of each group that was not stood in before."""
        if leaf is None:
            return None
        for group in leaf.around:
            if group and group not in still_in:
                self._made += 1
                self._instance[group] = self._made
        self._at = leaf
        return leaf
