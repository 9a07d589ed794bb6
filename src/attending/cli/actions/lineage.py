"""What a page asks to see where an answer came from: the same code as the verb, loaded when asked.

The lake's libraries are large, and a console that is asked for no lineage needs none of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

from attending.ledger import layout
from attending.ledger.unsealed import Unsealed
from attending.report.data.traced import Traced

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from attending.admit import Folder
    from attending.facts.entry import Entry
    from attending.ledger.read import Reader
    from attending.report.data.impact import Maps

TRACER = "attending.loops.data.lineage"


@dataclass(frozen=True)
class LineageDesk:
    """Over one store.

    Attributes
    ----------
    store, reader
        The ledger's folder, and the ledger.

    """

    store: Path
    reader: Reader

    def trace(self, entry: Entry) -> Traced:
        """Trace one answer."""
        key = layout.payload_key(self.store)
        if not key.exists():
            return Traced(wanting="the key of what models were given")
        opened = Unsealed(self.reader, key).raw
        tracer = import_module(TRACER).Tracer(self.reader, self.store, opened)
        return cast("Callable[[Entry], Traced]", tracer)(entry)

    def maps(self, folders: Sequence[Folder], beside: Sequence[Path]) -> Maps:
        """Give what the maps say that use cases declare, from files kept here or beside."""
        made = import_module(TRACER).maps_of(self.store, folders, beside)
        return cast("Maps", made)
