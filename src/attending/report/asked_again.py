"""Ask a binder's questions again, of the ledger itself: the same facts give the same answers.

The shipped verifier proves the facts that answers cite; what the answers conclude it cannot
know. Whoever has the ledger and the platform can ask again and compare.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from attending import shapes
from attending.facts.evidence import Scope
from attending.ledger.offline_binder import files_in
from attending.report.binder import Wanted, gather

if TYPE_CHECKING:
    from collections.abc import Callable

    from attending.ledger.offline_verifier import Verification
    from attending.ledger.read import Reader


def differing(
    raw: bytes, reader: Reader, *, verified: Callable[[int], Verification]
) -> tuple[int, ...]:
    """Give the numbers of the questions that are answered otherwise now; none is as it should be.

    Parameters
    ----------
    raw
        A binder that was found to hold.
    reader
        The ledger it was built from.
    verified
        Verifies that ledger, and tells of its first so many facts.

    """
    files = files_in(raw)
    manifest = json.loads(files["MANIFEST.json"])
    scope = shapes.convert(manifest["scope"], Scope)
    questions = tuple(manifest["question"])
    if not questions:
        return ()
    asked = Wanted(scope, questions, str(scope.size))
    now = gather(reader, asked, verified=verified).answers
    then = {number: json.loads(files[f"answers/q{number:02}.json"]) for number in questions}
    return tuple(n for n in questions if now[n]["digest"] != then[n]["digest"])
