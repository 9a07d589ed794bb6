"""The shapes that a view's query relies on: which elements are lists, and how that is checked."""

from __future__ import annotations

import re

from attending.errors import Refused

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SCALARS = "'VARCHAR', 'BOOLEAN', 'UBIGINT', 'BIGINT', 'DOUBLE'"


class NotCompiled(Refused):
    """A view that is read one resource at a time."""


class Shape:
    """An element that a view relies on: what is below it, and whether it is a list here."""

    def __init__(self, path: str = "$") -> None:
        self.path, self.is_list = path, False
        self.scalar = self.lone = False  # is compared; is read as one text, and never as a list
        self.below: dict[str, Shape] = {}

    def to(self, name: str) -> Shape:
        """Give the element of a name below this one."""
        if not _NAME.fullmatch(name) or any(
            name != other and name.lower() == other.lower() for other in self.below
        ):
            raise NotCompiled(f"the name {name!r}")
        return self.below.setdefault(name, Shape())

    def structure(self) -> object:
        """Give what ``from_json`` is asked for."""
        inner = {name: each.structure() for name, each in self.below.items()} or "JSON"
        return [inner] if self.is_list else inner

    def everything(self) -> list[Shape]:
        """Give this and everything below it, the nearer first, each with its path set."""
        found = [self]
        for shape in found:  # the list grows while it is walked
            for name, each in shape.below.items():
                each.path = f'{shape.path}{"[*]" if shape.is_list else ""}."{name}"'
                found.append(each)
        return found

    def guard(self) -> str:
        """Give the condition under which a body has the shapes relied on."""
        asked = [each for shape in self.everything()[1:] for each in shape.own_guard()]
        # a body is read once for all plain paths together, and once more for each path into lists
        plain = [each for each in asked if "[*]" not in each[0]]
        paths = ", ".join(f"'{path}'" for path, _ in plain)
        holds = [f"coalesce(k[{i}] IN ({kinds}), true)" for i, (_, kinds) in enumerate(plain, 1)]
        together = (
            f"list_transform([json_type(body, [{paths}])], lambda k: {' AND '.join(holds)})[1]"
        )
        each_list = [
            f"len(list_filter(coalesce(json_type(body, '{path}'), []), "
            f"lambda k: k NOT IN ({kinds}))) = 0"
            for path, kinds in asked
            if "[*]" in path
        ]
        return " AND ".join([together if plain else "true", *each_list])

    def own_guard(self) -> list[tuple[str, str]]:
        """Give what types may stand at this element alone: no null, and a list where it is one."""
        inner = "'OBJECT'" if self.below else _SCALARS + ("" if self.scalar else ", 'OBJECT'")
        if self.is_list:
            return [(self.path, "'ARRAY'"), (f"{self.path}[*]", inner)]
        return [(self.path, inner)]
