"""What the health system's own tools tell of the warehouse tables that sources read.

A table has a name, columns, the tables it rests on, and how its last run and its tests went. No
words that people wrote are kept, and no query: both may say anything.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

TOLD = "upstream/1"
READS = "upstream_reads/1"
KEPT = "upstream_kept/1"
MOST_TABLES = 2_000  # in one fact

State = Literal["ok", "failed", "not_known"]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]


class Table(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One table, as one telling has it.

    Attributes
    ----------
    name
        With its schema, as a query would name it.
    columns
        In order of name.
    rests_on
        The tables it is made of.
    fields
        By column, the columns it is made of, each as ``table.column``; empty where not told.
    state
        How its last run went; ``not_known`` where none is told.
    at
        When that was, or up to when its rows go, RFC 3339; empty where not known.
    tests, failed, failing
        How many tests of it were run, how many of them failed, and the names of those.
    is_stale
        Whether the teller itself calls it too old.

    """

    name: Name
    columns: tuple[str, ...] = ()
    rests_on: tuple[str, ...] = ()
    fields: dict[str, tuple[str, ...]] = {}
    state: State = "not_known"
    at: str = ""
    tests: int = 0
    failed: int = 0
    failing: tuple[str, ...] = ()
    is_stale: bool = False


class Upstream(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=TOLD):
    """`upstream/1`: what one file told.

    Attributes
    ----------
    teller, project
        The tool whose file it is, and what it calls its work.
    digest
        SHA-256 over the files' digests.
    at
        When they were made, as they say themselves.
    tables
        By name.
    exposures
        What the tool says rests on tables, by name; such as a use case.
    passed_over
        How much was not read, by reason.

    """

    teller: str
    project: str
    digest: str
    at: str
    tables: tuple[Table, ...]
    exposures: dict[str, tuple[str, ...]] = {}
    passed_over: dict[str, int] = {}


class Kept(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=KEPT):
    """`upstream_kept/1`: where the files of one telling lie, as they came.

    Attributes
    ----------
    teller, digest
        Which telling.
    files
        What each file is, and the SHA-256 by which it lies among the raw files.

    """

    teller: str
    digest: str
    files: dict[str, str]


class Read(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One table that a source reads, what rests on it, and what waits for it.

    Attributes
    ----------
    table
        Its name.
    views
        Views, or columns of views as ``view.column``, that are filled from it.
    within_hours
        How old its last run may be; None where that is not asked.
    holds
        Use cases that wait while it failed or is stale.

    """

    table: str
    views: tuple[str, ...] = ()
    within_hours: float | None = None
    holds: tuple[str, ...] = ()


class Reads(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=READS):
    """`upstream_reads/1`: which tables one source reads; the document's digest is `spec`."""

    name: str
    spec: str
    source: str
    site: str
    tables: tuple[Read, ...]
