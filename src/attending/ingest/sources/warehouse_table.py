"""A table of a health system's own warehouse, named by a small file.

The file, which ends in ``.table``, is one JSON object: ``{"connection": "edw", "table":
"quality.falls", "order_by": ["encounter_id"]}``, and ``columns`` where not all are wanted. The
connection's address stands in the environment variable `ATTENDING_WAREHOUSE_EDW`, so that no
file holds a password. Rows are read in the declared order; the digest is over what was read.

It does not tell what the columns mean: that is the `Source` spec's part.
"""

from __future__ import annotations

import os
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated

import msgspec

from attending import shapes
from attending.errors import Refused
from attending.ingest.source import Row, Rows, check_columns, text_of
from attending.ingest.typed_cells import cell_of
from attending.lake.warehouse import ADDRESSES, read_table

if TYPE_CHECKING:
    from pathlib import Path

MOST_ROWS = 20_000_000  # of one table at once; a larger one is cut by a view of its own
VARIABLE = "ATTENDING_WAREHOUSE_"
Named = Annotated[str, msgspec.Meta(pattern="^[A-Za-z][A-Za-z0-9_]*$")]


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """Which table, and of which connection."""

    connection: Named
    table: Annotated[str, msgspec.Meta(min_length=1)]
    order_by: Annotated[list[str], msgspec.Meta(min_length=1)]
    columns: list[str] = []


def warehouse_table(path: Path, *, needed: frozenset[str]) -> Rows:
    """Read a table whole.

    Raises
    ------
    Refused
        The file or the connection's address is wanting, or the warehouse does not answer.
    NoSuchName
        A needed column is not there; the nearest one is offered.

    """
    text, _ = text_of(path)
    try:
        asked = shapes.decode(text, Asked)
    except msgspec.MsgspecError as error:
        accepted = ['{"connection": "edw", "table": "quality.falls", "order_by": ["id"]}']
        raise Refused(str(error), where=str(path), accepted=accepted) from error
    variable = f"{VARIABLE}{asked.connection.upper()}"
    address = os.environ.get(variable)
    if not address:
        because = f"no address of {asked.connection!r} is set: {variable}"
        accepted = [f"{variable}={each}" for each in ADDRESSES[:2]]
        raise Refused(because, where=str(path), accepted=accepted)
    columns, values = read_table(
        address, asked.table, asked.columns, asked.order_by, most=MOST_ROWS
    )
    check_columns(columns, needed, asked.table)
    rows, seen = [], sha256(msgspec.json.encode(columns))
    for number, each in enumerate(values, start=2):
        cells = [cell_of(value) for value in each]
        seen.update(msgspec.json.encode(cells))
        rows.append(Row(number, dict(zip(columns, cells, strict=True))))
    return Rows(columns, tuple(rows), (), seen.hexdigest())
