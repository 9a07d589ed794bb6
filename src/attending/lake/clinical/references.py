"""What the resources that hold say of one another, counted in one query."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from attending.lake.clinical.sql import holding

if TYPE_CHECKING:
    import duckdb

# Quotation marks inside a text are escaped, so that no text can look like a key and its value.
# Other signs may be escaped too: some writers of JSON escape every slash, others every ampersand.
COUNTED = """
WITH held AS (
  SELECT site, type || '/' || id AS name, body FROM resource WHERE received IN ({held})),
quoted AS (
  SELECT site, unnest(regexp_extract_all(
    body, '"reference"\\s*:\\s*("(?:[^"\\\\]|\\\\.)*")', 1)) AS target
  FROM held),
said AS (
  SELECT site, CASE WHEN contains(target, '\\') THEN json_extract_string(target, '$')
    ELSE target[2:-2] END AS target
  FROM quoted),
told AS (
  SELECT site, target, regexp_extract(target,
    '^([A-Z][A-Za-z]+/[A-Za-z0-9.-]{{1,64}})(/_history/[A-Za-z0-9.-]+)?$', 1) AS name
  FROM said)
SELECT count(*), count(*) FILTER (told.name <> ''), count(*) FILTER (held.name IS NOT NULL),
       count(*) FILTER (target LIKE '#%')
FROM told LEFT JOIN (SELECT site, name FROM held) held
  ON held.site = told.site AND held.name = told.name
"""


class References(NamedTuple):
    """References in what holds at one site or at all.

    Attributes
    ----------
    said
        All of them.
    relative
        Those that name a resource of the same source, ``Patient/123``.
    resolving
        Those of them that name one that holds.
    contained
        Those to a part of the same resource, ``#1``.

    """

    said: int
    relative: int
    resolving: int
    contained: int

    @property
    def dangling(self) -> int:
        """Give how many name a resource that does not hold."""
        return self.relative - self.resolving

    @property
    def outside(self) -> int:
        """Give how many name something elsewhere: an address, a URN."""
        return self.said - self.relative - self.contained


def references(con: duckdb.DuckDBPyConnection, site: str | None) -> References:
    """Count the references in what holds, read from a DuckDB that sees the resources."""
    held = holding("resource", kind=None, site=site, as_of=None)
    found = con.execute(COUNTED.format(held=held)).fetchone()
    return References(*(found or (0, 0, 0, 0)))
