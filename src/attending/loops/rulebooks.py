"""The rulebooks that are shipped: read once, and refused whole where anything in one is unknown."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import attending
from attending.admit import read_lone
from attending.errors import NoSuchName, Refused
from attending.report.proving import queries
from attending.spec.rulebook import Rulebook, check

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attending.spec.rulebook import Rule

TIERS = "tier-default"  # the rulebook that holds the rules of tiers


def read(path: Path) -> Rulebook:
    """Read one version of a rulebook.

    Raises
    ------
    Refused
        A field, a word or a query is unknown, with the nearest; or it lies under another name.

    """
    book, _ = read_lone(path, Rulebook)
    check(book)
    if (path.parent.name, path.stem) != (book.id, book.version):
        wanted = f"{book.id}/{book.version}.yaml"
        raise Refused("a rulebook lies under its own id and version", accepted=[wanted])
    for rule in book.rules:
        if rule.proof.query not in queries():
            raise NoSuchName(rule.proof.query, "the room of proofs", queries(), where=str(path))
    return book


@cache  # what is shipped does not change while a process runs
def shipped() -> tuple[Rulebook, ...]:
    """Give every version of every rulebook that is shipped, by id and version."""
    folder = Path(attending.__path__[0]) / "rulebooks"
    return tuple(read(path) for path in sorted(folder.glob("*/*.yaml")))


def rule_of(
    named: str, version: str = "", *, own: Iterable[Rulebook] = ()
) -> tuple[Rulebook, Rule]:
    """Give a rule by ``rulebook/rule``, of one version or the one that began last.

    It is looked for in the rulebooks that are shipped and in a hospital's own.

    Raises
    ------
    NoSuchName
        With the nearest rule or version.

    """
    books = (*shipped(), *own)
    found = {f"{b.id}/{r.id}": (b, r) for b in books for r in b.rules if version in ("", b.version)}
    if named in found:
        return found[named]
    versions = [b.version for b in books for r in b.rules if f"{b.id}/{r.id}" == named]
    if versions:
        raise NoSuchName(version, f"the versions of {named}", versions)
    raise NoSuchName(named, "the rules of the rulebooks", found)
