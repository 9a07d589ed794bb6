"""A date of which the year is left; of one so long ago that it tells an age over 89, only that."""

from __future__ import annotations

from attending.ingest.deid_rule import DeidRule, year

year_only = DeidRule(
    year, removes=frozenset({"dates"}), says="the year alone, the oldest taken together"
)
