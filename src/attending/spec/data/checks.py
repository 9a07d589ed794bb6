"""Checks: what is wanted of the rows of one table, and what waits where they fall short."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from attending.spec.text import Name, Text

Share = Annotated[float, msgspec.Meta(ge=0, lt=1)]
Of = Literal["integer", "number", "date", "time", "boolean"]


class CheckLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line: a check of the room `ingest/checks`, a column, and what it asks of it.

    `allowed` is the share of rows that may fall short; left out, it is the check's own. `holds`
    names the use cases that wait while it is breached, `reads` those that read the column.
    `missing` is how nothing is spelled here. What else a check needs it names, and
    `attending sources check` says what is missing.
    """

    check: Annotated[
        Text, msgspec.Meta(description="a check of the room ingest/checks, such as present")
    ]
    column: Text = "*"
    allowed: Share | None = None
    holds: tuple[Text, ...] = ()
    reads: tuple[Text, ...] = ()
    missing: tuple[str, ...] | None = None
    type: Of | None = None
    values: tuple[str, ...] | None = None
    pattern: Text | None = None
    low: float | None = None
    high: float | None = None
    not_after: Text | None = None
    parts: tuple[Text, ...] | None = None
    references: Annotated[
        tuple[Text, ...] | None, msgspec.Meta(description="table and column it must be found in")
    ] = None
    at_least: Annotated[int, msgspec.Meta(ge=1)] | None = None
    within_hours: Annotated[float, msgspec.Meta(gt=0)] | None = None


class Checks(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The checks of one table; all of them are answered by one query.

    Rows are taken in the order of `order`, by number where `order_as` says so, and looked at
    a day at a time: by the date in `day`, or where no column tells it, so many rows a day.
    Text that sorts as no date and no number does, such as 3/4/2026, is no order.
    """

    kind: Literal["Checks"]
    name: Annotated[Name, msgspec.Meta(description="what findings and pages call them")]
    source: Annotated[Text, msgspec.Meta(description="where the rows come from")]
    table: Annotated[Text, msgspec.Meta(description="the table, or the view, that is checked")]
    key: Annotated[Text, msgspec.Meta(description="the column that names a row")]
    order: Annotated[Text, msgspec.Meta(description="the column that tells in which order")]
    order_as: Literal["number", "text"] = "text"
    site: Annotated[Text, msgspec.Meta(description="the column that names the site")] | None = None
    sites: dict[str, str] = {}
    day: Text | None = None
    rows_a_day: Annotated[int, msgspec.Meta(ge=1)] = 500
    missing: tuple[str, ...] = ("",)
    checks: Annotated[
        tuple[CheckLine, ...], msgspec.Meta(min_length=1, description="what is asked, as a list")
    ]
