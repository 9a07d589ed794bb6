"""Ask the files that were dropped for a Source what is wanted of them, as of any table.

A table of such files is named as its folder in the inbox: the use case, a slash, the source.
Only what was taken in is asked: a file that cannot be read at all is told of where it is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attending.errors import NoSuchName, Refused
from attending.lake.aggregates import FILE_ROW, READ_BY, columns_of, open_tables
from attending.loops.system.checks import Given, keep_results, look_into

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from attending.facts.data.checked import CheckResult
    from attending.lake.clinical.store import ClinicalLake
    from attending.loops.books import Books
    from attending.loops.parts import Folded, Parts
    from attending.spec.data.checks import Checks

WHOLE = "*"


def taken_files(parts: Parts, folded: Folded) -> dict[str, list[Path]]:
    """Give the files of each Source of a use case that lie in the inbox and were taken in.

    In the order of their names; what was dropped twice is given once.
    """
    drops, seen = folded.drops, set()
    found: dict[str, list[Path]] = {f"{parts.use_case}/{name}": [] for name in parts.folder.sources}
    for path, (_, digest) in sorted(drops.files.items()):
        file = (path.parent.name, digest)
        is_read = path.suffix.lower() in READ_BY and path.is_file()
        if is_read and file not in seen and drops.known.get(file) == "":
            seen.add(file)
            found[f"{parts.use_case}/{file[0]}"].append(path)
    return found


def look_at_files(
    lake: ClinicalLake,
    books: Books,
    asked: Iterable[Checks],
    files: Mapping[str, Sequence[Path]],
    *,
    unread: set[Path],
) -> list[CheckResult]:
    """Ask every document of the files it names, and write down what was found.

    Files that lack a column that is asked for are of another kind, such as outcomes that come
    by themselves, and are asked by a document of their own.

    Parameters
    ----------
    lake, books
        Where it is written.
    asked, files
        The documents; and the files that were taken in, by use case and source.
    unread
        Takes the files that cannot be read as a table, whose rows are asked nothing.

    Raises
    ------
    NoSuchName
        No use case here has such a Source, or none of its files has what is asked for.
    Refused
        A line cannot be asked of these files. All other documents were asked.

    """
    found: list[CheckResult] = []
    wrong: Refused | None = None
    for checks in asked:
        if checks.table not in files:
            wrong = wrong or NoSuchName(checks.table, "the sources of the use cases here", files)
            continue
        try:
            found += _ask(books, checks, files[checks.table], unread)
        except Refused as refused:
            wrong = wrong or refused
    keep_results(lake, found)
    if wrong is not None:
        raise wrong
    return found


def _ask(
    books: Books, checks: Checks, files: Sequence[Path], unread: set[Path]
) -> Sequence[CheckResult]:
    wanted = _columns(checks)
    there = {path: columns for path in files if (columns := _columns_in(path, unread)) is not None}
    fitting = [path for path, columns in there.items() if wanted <= columns] or [*there]
    tables = _opened(checks.table, fitting, unread)
    if not tables:
        return ()
    return look_into(books, checks, Given(tables[checks.table], tables)).results


def _columns_in(path: Path, unread: set[Path]) -> frozenset[str] | None:
    try:
        return columns_of(path)
    except Refused:
        unread.add(path)
        return None


def _opened(name: str, files: Sequence[Path], unread: set[Path]) -> dict[str, Any]:
    """Open files as one table; where one of them cannot be read, all the others."""
    try:
        return open_tables({name: files}) if files else {}
    except Refused:
        those = [path for path in files if _is_read(name, path)]
        unread.update({*files} - {*those})
        return open_tables({name: those}) if those else {}


def _is_read(name: str, path: Path) -> bool:
    try:
        open_tables({name: [path]})
    except Refused:
        return False
    return True


def _columns(checks: Checks) -> frozenset[str]:
    named = {checks.key, checks.order, checks.site, checks.day}
    for line in checks.checks:
        named |= {line.column, line.not_after, *(line.parts or ())}
    return frozenset(each for each in named if each and each not in (FILE_ROW, WHOLE))
