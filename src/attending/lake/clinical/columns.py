"""The columns of the clinical tables (contract C38), and how their files are divided.

Event dates are data and divide nothing; no table is divided by person. `received` numbers a
table's rows in the order they came, which settles between rows known at one moment.
"""

from __future__ import annotations

import pyarrow as pa

MOMENT = pa.timestamp("us", tz="UTC")
TEXT, WHOLE, YES_NO, NUMBER = pa.string(), pa.int64(), pa.bool_(), pa.float64()
EXACT = pa.decimal128(38, 18)  # exact in every warehouse asked (Spark's own default)
LIST = pa.list_(pa.field("element", TEXT))


def _schema(text: str = "", **others: pa.DataType) -> pa.Schema:
    """Make a schema of columns of text, and then of others, told by name."""
    told = [*dict.fromkeys(text.split(), TEXT).items(), *others.items()]
    return pa.schema([pa.field(name.rstrip("_"), kind) for name, kind in told])


SCHEMAS: dict[str, pa.Schema] = {
    "raw": _schema("digest media source site", bytes=WHOLE, received_at=MOMENT, received=WHOLE),
    "batch": _schema(
        "batch source site raw manifest transaction_time",
        lines=WHOLE,
        parked=WHOLE,
        from_=MOMENT,
        to=MOMENT,
        received=WHOLE,
    ),
    "resource": _schema(
        "site type id version op body_digest body batch raw clock",
        offset=WHOLE,
        length=WHOLE,
        known_at=MOMENT,
        received=WHOLE,
    ),
    "parked": _schema(
        "raw source site stage reason path state spec by",
        offset=WHOLE,
        length=WHOLE,
        tries=WHOLE,
        known_at=MOMENT,
        received=WHOLE,
    ),
    "person": _schema("site system id person op rule by", known_at=MOMENT, received=WHOLE),
    "check": _schema(
        "check spec source site table column kind from to state",
        num_violated=WHOLE,
        num_denominator=WHOLE,
        allowed=NUMBER,
        since_row=WHOLE,
        sample=LIST,
        known_at=MOMENT,
        received=WHOLE,
    ),
    "edge": _schema("from to kind how path", masking=YES_NO, known_at=MOMENT, received=WHOLE),
}

# What a view's rows say of the resource they are made from, beside the view's own columns.
OF_RESOURCE = pa.schema(
    [
        pa.field("key", TEXT),
        pa.field("site", TEXT),
        pa.field("_type", TEXT),
        pa.field("_id", TEXT),
        pa.field("_version", TEXT),
        pa.field("_known_at", MOMENT),
        pa.field("_view", TEXT),
        pa.field("_row", WHOLE),
        pa.field("received", WHOLE),
    ],
)

# Columns by whose values files are divided; the time column by its month.
DIVIDED: dict[str, tuple[tuple[str, ...], str | None]] = {
    "resource": (("type", "site"), "known_at"),
    "view": (("site",), "_known_at"),
}


def divided(table: str) -> tuple[tuple[str, ...], str | None]:
    """Give the columns whose values divide a table's files, and the one whose month does."""
    return DIVIDED.get("view" if table.startswith("view__") else table, ((), None))
