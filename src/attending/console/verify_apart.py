"""Verify one ledger and say what was found, as JSON: a process of its own."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from attending.errors import Refused
from attending.ledger.verify import verify


def found(store: Path) -> dict[str, object]:
    """Verify everything; give what was found in a sentence."""
    try:
        seen = verify(store)
    except Refused as refused:
        return {"holds": False, "words": str(refused), "size": 0}
    if seen.because:
        where = "" if seen.first_bad is None else f"fact {seen.first_bad}: "
        return {"holds": False, "words": f"{where}{seen.because}", "size": seen.size}
    words = (
        f"every one of {seen.size:,} facts is what was written, and {seen.checkpoints:,} signed"
        f" checkpoints agree; {seen.beyond:,} facts lie beyond the last one"
    )
    return {"holds": True, "words": words, "size": seen.size}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(found(Path(sys.argv[1]))))
