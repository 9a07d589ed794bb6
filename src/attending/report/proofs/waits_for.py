"""Nothing here can show this yet; the rule names the capability it waits for.

Reads nothing. Args: `capability`. What cannot be shown is neither met nor missing: it is said
to wait, and so it never stops anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.report.proof import Proof, Proved

if TYPE_CHECKING:
    from attending.report.proof import Wanted


def prove(wanted: Wanted) -> Proved:
    """Name the capability."""
    return Proved("not_yet", f"waits for {wanted.text('capability')}")


waits_for = Proof(asks="Can anything here show this yet?", prove=prove)
