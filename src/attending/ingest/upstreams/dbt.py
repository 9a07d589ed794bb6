"""The files that dbt leaves in ``target/``: models, sources, columns, tests, and how they went.

Reads ``manifest.json`` and, beside it where they are, ``catalog.json`` (the columns that are
there), ``run_results.json`` (how models and tests went) and ``sources.json`` (how fresh the
sources were). A model that was skipped did not run, so it counts as failed; a warning does not.

It does not read queries, descriptions or messages: they may hold anything.

Reference: https://schemas.getdbt.com/dbt/manifest/v12.json
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from attending.errors import Refused
from attending.facts.data.upstream import Table, Upstream
from attending.ingest.lineage.dbt_files import Catalog, Manifest, Results, read_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from attending.facts.data.upstream import State
    from attending.ingest.lineage.dbt_files import Node, Result

MANIFEST = "manifest.json"
BESIDE: dict[str, type[Any]] = {"run_results": Results, "sources": Results, "catalog": Catalog}
VERSIONS = range(7, 13)
VERSION = re.compile(r"/manifest/v(\d+)\.json$")
NAMED = re.compile(r"^[A-Za-z_][A-Za-z0-9_]{0,127}$")
TABLES = ("model", "seed", "snapshot", "source")
FAILED = ("error", "fail", "runtime error", "skipped")
WENT_WELL = ("success", "pass", "warn")


class Went(NamedTuple):
    """How a table's tests, its last run and its check of freshness went, where they were done."""

    tests: list[tuple[str, str]]
    ran: Result | None
    fresh: Result | None


def dbt(path: Path) -> Upstream:
    """Read a project's files, given ``manifest.json`` or the folder it lies in.

    Raises
    ------
    Refused
        No manifest, not dbt's, or of a version that is not known.

    """
    folder = path if path.is_dir() else path.parent
    manifest, digest = read_file(folder / MANIFEST, Manifest)
    version = VERSION.search(manifest.metadata.dbt_schema_version)
    if version is None or int(version[1]) not in VERSIONS:
        raise Refused(
            f"not a manifest that is known: {manifest.metadata.dbt_schema_version!r}",
            where=str(folder / MANIFEST),
            accepted=[f"v{n}" for n in (VERSIONS[0], VERSIONS[-1])],
        )
    digests, ats = {MANIFEST: digest}, [manifest.metadata.generated_at]
    found: dict[str, Any] = {}
    for name, shape in BESIDE.items():
        if (folder / f"{name}.json").is_file():
            found[name], digest = read_file(folder / f"{name}.json", shape)
            digests[f"{name}.json"] = digest
            ats += [found[name].metadata.generated_at] if shape is Results else []
    ran = {each.unique_id: each for each in _results(found.get("run_results"))}
    fresh = {each.unique_id: each for each in _results(found.get("sources"))}
    catalog = found.get("catalog") or Catalog()
    nodes = manifest.nodes | manifest.sources
    names = _names({k: v for k, v in nodes.items() if v.resource_type in TABLES})
    tests = _tests(nodes, names, ran)
    there = catalog.nodes | catalog.sources
    return Upstream(
        teller="dbt",
        project=manifest.metadata.project_name or "",
        digest=digest_over(digests.values()),
        at=max(ats),
        tables=tuple(
            _table(
                names[key],
                tuple(names[n] for n in nodes[key].depends_on.nodes if n in names),
                Went(tests.get(key, []), ran.get(key), fresh.get(key)),
                (there.get(key) or nodes[key]).columns,
            )
            for key in sorted(names, key=names.__getitem__)
        ),
        exposures={
            each.name: tuple(sorted(names[n] for n in each.depends_on.nodes if n in names))
            for each in manifest.exposures.values()
        },
    )


def digest_over(digests: Iterable[str]) -> str:
    """Give the digest of a telling: over those of its files, the manifest's first."""
    return sha256("\n".join(digests).encode()).hexdigest()


def files_of(path: Path) -> dict[str, Path]:
    """Give the files that a telling is read from, in the order of its digest."""
    folder = path if path.is_dir() else path.parent
    beside = {f"{name}.json": folder / f"{name}.json" for name in BESIDE}
    there = {name: each for name, each in beside.items() if each.is_file()}
    return {MANIFEST: folder / MANIFEST, **there}


def _results(told: Results | None) -> Iterable[Result]:
    return told.results if told is not None else ()


def _names(nodes: Mapping[str, Node]) -> dict[str, str]:
    """Name each table with its schema, and with its database where that would name two."""
    short = {key: f"{n.schema}.{n.identifier or n.alias or n.name}" for key, n in nodes.items()}
    counts = Counter(short.values())
    return {
        key: name if counts[name] == 1 else f"{nodes[key].database}.{name}"
        for key, name in short.items()
    }


def _tests(
    nodes: Mapping[str, Node], names: Mapping[str, str], ran: Mapping[str, Result]
) -> dict[str, list[tuple[str, str]]]:
    """Give the tests that were run, by the table each is of: its name and how it went."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for key, node in nodes.items():
        if node.resource_type != "test" or key not in ran or ran[key].status == "skipped":
            continue
        plain = node.test_metadata.name if node.test_metadata else node.name
        name = f"{plain}({node.column_name})" if node.column_name else plain
        is_name = all(NAMED.match(part) for part in (plain, node.column_name or "a"))
        of = [node.attached_node] if node.attached_node else node.depends_on.nodes
        for table in of:
            if table in names:
                found[table].append((name if is_name else "a test", ran[key].status))
    return found


def _table(
    name: str, rests_on: tuple[str, ...], went: Went, columns: Mapping[str, object]
) -> Table:
    """Put together what is told of one table."""
    failing = [test for test, status in went.tests if status in FAILED]
    state: State = "not_known"
    if went.ran is not None:
        state = "ok" if went.ran.status in WENT_WELL else "failed"
    return Table(
        name=name,
        columns=tuple(sorted(columns)),
        rests_on=tuple(sorted({*rests_on} - {name})),
        state=state,
        at=_at(went),
        tests=len(went.tests),
        failed=len(failing),
        failing=tuple(sorted(failing)),
        is_stale=went.fresh is not None and went.fresh.status in FAILED,
    )


def _at(went: Went) -> str:
    """Give up to when a table's rows go: what a source says, else when its last run was done."""
    if went.fresh is not None and went.fresh.max_loaded_at:
        return went.fresh.max_loaded_at
    done = [
        each.completed_at for each in (went.ran.timing if went.ran else ()) if each.completed_at
    ]
    return max(done, default="")
