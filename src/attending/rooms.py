"""The folder is the registry: list, and fetch by name, what stands in a room.

A thing lives in a file of its own name inside its room, so adding one needs no
list to edit. A dotted name (`outcomes.risk_ratio`) walks one room down.
Outside packages add to a room by an entry point in the group of the room's name.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from attending.errors import NoSuchName

if TYPE_CHECKING:
    from types import ModuleType


@cache  # what is installed does not change while a process runs, and asking reads the disk
def _outside(group: str) -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=group)}


@cache
def names(room: ModuleType) -> tuple[str, ...]:
    """List what stands in a room, without importing any of it."""
    found = [m.name for m in iter_modules(room.__path__) if not m.ispkg]
    return tuple(sorted({n for n in [*found, *_outside(room.__name__)] if not n.startswith("_")}))


@cache
def dotted(room: ModuleType) -> tuple[str, ...]:
    """List what stands one room down, as ``folder.name``."""
    found: list[str] = []
    for module in iter_modules(room.__path__):
        if module.ispkg:
            inner = import_module(f"{room.__name__}.{module.name}")
            found += [f"{module.name}.{name}" for name in names(inner)]
    return tuple(sorted(found))


def fetch(room: ModuleType, name: str, *, where: str = "") -> object:
    """Import one thing from a room; refuse a name that is not there.

    Parameters
    ----------
    room
        The package that holds the things.
    name
        The thing's name, or ``folder.name`` for one room down.
    where
        Where the name was written, for the error a person reads.

    Raises
    ------
    NoSuchName
        With the nearest name there is. There is never a default.

    """
    folder, _, leaf = name.rpartition(".")
    there = dotted(room) if folder else names(room)
    if name not in there:
        raise NoSuchName(name, room.__name__, there, where=where)
    inside = f"{room.__name__}.{folder}" if folder else room.__name__
    if leaf in _outside(inside):
        loaded: object = _outside(inside)[leaf].load()
        return loaded
    return getattr(import_module(f"{inside}.{leaf}"), leaf)


def folders(name: str) -> tuple[str, ...]:
    """List the folders in one of the package's folders of data, by name."""
    there = (files("attending") / name).iterdir()
    return tuple(sorted(each.name for each in there if each.is_dir()))
