"""The books of a health system: its one ledger, read and written about no one use case.

What is not one use case's is written through these: tools, proposals, people, rulebooks,
incidents, what was built for an auditor. Several processes may hold them at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from attending.clock import stamp

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from attending.clock import Clock
    from attending.facts.fact import Fact
    from attending.ledger.read import Reader
    from attending.ledger.write import Pen, Receipt


@dataclass(frozen=True)
class Books:
    """A ledger, open to be read and written, and the time.

    Attributes
    ----------
    reader, pen, clock
        Memory, and the time; a replay's or a story's own where the store is one's.

    """

    reader: Reader
    pen: Pen
    clock: Clock

    @property
    def at(self) -> str:
        """Give the moment, as facts write it."""
        return stamp(self.clock.now())

    def write(self, facts: Sequence[Fact], payloads: Sequence[bytes] = ()) -> Receipt:
        """Write facts and the payloads they name; on disk when this returns."""
        return self.pen.append(facts, payloads)

    def close(self) -> None:
        """Sign what is not signed yet, and let go of the store."""
        self.pen.close()
        self.reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
