"""The year of a birth; for who is 90 or may be, only that it is that year or an earlier one."""

from __future__ import annotations

from attending.ingest.deid_rule import DeidRule, year

birth_year = DeidRule(
    year, removes=frozenset({"dates"}), says="the year of birth, the oldest taken together"
)
