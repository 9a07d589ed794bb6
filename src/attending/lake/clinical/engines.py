"""The same question in the words of each warehouse.

View tables are flat and hold seven kinds of column, so that one Ibis expression over them means
the same wherever they lie. On three engines that is tested with every change; for the others
the question is compiled and parsed, and said to be not executed.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import ibis
import sqlglot

from attending.errors import NoSuchName

Standing = Literal["executed", "not executed"]


class Engine(NamedTuple):
    """Which of Ibis's dialects a question is written in, and which it is then turned into."""

    written: str
    turned: str
    standing: Standing


# Spark's own dialect of Ibis needs Spark's packages to compile; that of Databricks does not.
# Redshift is unknown to Ibis and speaks much of PostgreSQL.
ENGINES = {
    "duckdb": Engine("duckdb", "duckdb", "executed"),
    "postgres": Engine("postgres", "postgres", "executed"),
    "spark": Engine("databricks", "spark", "executed"),
    "snowflake": Engine("snowflake", "snowflake", "not executed"),
    "bigquery": Engine("bigquery", "bigquery", "not executed"),
    "databricks": Engine("databricks", "databricks", "not executed"),
    "redshift": Engine("postgres", "redshift", "not executed"),
}


class Asked(NamedTuple):
    """A question in one engine's words, and whether answers from it are tested here."""

    engine: str
    sql: str
    standing: Standing


def asked_of(engine: str, expression: Any) -> Asked:
    """Put an Ibis expression in an engine's words, and parse what comes of it.

    Raises
    ------
    NoSuchName
        No such engine.

    """
    if engine not in ENGINES:
        raise NoSuchName(engine, "the engines", ENGINES)
    written, turned, standing = ENGINES[engine]
    sql = str(ibis.to_sql(expression, dialect=written))
    if written != turned:
        sql = sqlglot.transpile(sql, read=written, write=turned, pretty=True)[0]
    sqlglot.parse_one(sql, read=turned)
    return Asked(engine, sql, standing)
