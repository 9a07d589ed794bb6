"""The keys of callers, as the ledger has them: what this gateway registers, and what it refuses.

The file of callers says whose signature may be believed; the ledger says which of those keys were
retired since. A gateway puts what its file holds on record before it takes a call, and reads what
was retired with every snapshot: a key is refused at every gateway within a snapshot's lease, with
no file changed and no process started anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from attending.facts.credential import Credentials
from attending.facts.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attending.facts.credential import Credential
    from attending.facts.fact import By
    from attending.serve.cases import Record


class OnRecord:
    """What the ledger holds of keys, read forward and never twice.

    Parameters
    ----------
    record
        The ledger, to read; None where there is none, and nothing was ever retired.

    """

    def __init__(self, record: Record | None = None) -> None:
        self._record = record
        self._known = Credentials()
        self._next = 0
        self.refresh()

    @property
    def known(self) -> Credentials:
        """Give the keys as they stood at the last reading."""
        return self._known

    def refresh(self) -> None:
        """Read what was said since the last time."""
        if self._record is None:
            return
        for entry in self._record.entries(self._next, kinds=("declared", "said")):
            self._known = self._known.after(entry)
            self._next = entry.index + 1


def registering(found: Iterable[Credential], known: Credentials, *, by: By, at: str) -> list[Fact]:
    """Give the facts that put keys on record; none for a key that is, or was, there.

    Parameters
    ----------
    found
        What a file of callers says.
    known
        What is on record.
    by, at
        Who puts them there, and when.

    """
    new = {each.key: each for each in found if each.key not in known.keys}
    return [
        Fact(
            kind="declared",
            key=f"credential/{key}/registered",
            at=at,
            by=by,
            body=msgspec.to_builtins(said),
        )
        for key, said in new.items()
    ]
