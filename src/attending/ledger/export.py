"""Write some facts out so that anyone can check them offline.

What it proves: these facts are in the signed ledger, unaltered, where they say they
stand. That none was left out needs the ledger itself.

JSON lines: the checkpoint on the first line, then one fact a line. Zip: the same as
``checkpoint.note`` and ``facts.ndjson``, in the one form a zip of them can have.
"""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attending.ledger.checkpoint import Checkpoint
    from attending.ledger.read import Reader


def as_json_lines(reader: Reader, checkpoint: Checkpoint, indexes: Iterable[int]) -> bytes:
    """Give facts and their proofs as JSON lines."""
    head = json.dumps({"checkpoint": checkpoint.note}, ensure_ascii=False)
    return "".join(f"{line}\n" for line in [head, *_lines(reader, checkpoint, indexes)]).encode()


def as_zip(reader: Reader, checkpoint: Checkpoint, indexes: Iterable[int]) -> bytes:
    """Give facts and their proofs as a canonical zip."""
    lines = "".join(f"{line}\n" for line in _lines(reader, checkpoint, indexes))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:  # stored, dated 1980, names in their order
        archive.writestr(zipfile.ZipInfo("checkpoint.note"), checkpoint.note)
        archive.writestr(zipfile.ZipInfo("facts.ndjson"), lines)
    return out.getvalue()


def _lines(reader: Reader, checkpoint: Checkpoint, indexes: Iterable[int]) -> Iterator[str]:
    for index in sorted(set(indexes)):
        row = reader.row(index)
        proof = reader.inclusion(index, checkpoint.size)
        yield json.dumps(
            {
                "index": index,
                "salt": None if row.salt is None else row.salt.hex(),
                "leaf": row.leaf.hex(),
                "bytes": None if row.raw is None else row.raw.decode(),
                "path": [step.hex() for step in proof.path],
            },
            ensure_ascii=False,
        )
