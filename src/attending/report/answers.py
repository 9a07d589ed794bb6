"""What a model answered in a replay, site by site, and what it was not given."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass
class Answers:
    """Counts over one site's answers."""

    n: int = 0
    displays: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    filled: Counter[str] = field(default_factory=Counter)

    def count(self, body: Mapping[str, Any]) -> None:
        """Count one answer."""
        self.n += 1
        self.displays[body["display"]] += 1
        self.missing.update(body["missing"].keys())
        self.filled.update(body["filled"])

    def told(self) -> dict[str, Any]:
        """Give the counts, the most frequent first."""
        return {
            "answers": self.n,
            "displays": _ranked(self.displays),
            "missing": _ranked(self.missing),
            "filled": _ranked(self.filled),
        }


def _ranked(counted: Counter[str]) -> dict[str, int]:
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def lines(told: Iterable[Mapping[str, Any]]) -> list[str]:
    """Write the counts as text; nothing where no model answered."""
    said = []
    for site in told:
        displays = ", ".join(f"{n:,} {word}" for word, n in site["displays"].items())
        said.append(f"{site['title']}: {site['answers']:,} answers ({displays})")
        for words, which in (
            ("missing, and filled with the declared value", site["filled"]),
            ("missing, and not filled", _not_filled(site)),
        ):
            counted = ", ".join(f"{name} {n:,}" for name, n in which.items())
            said += [f"  {words}: {counted}"] if counted else []
    return [*said, ""] if said else []


def _not_filled(site: Mapping[str, Any]) -> dict[str, int]:
    left = Counter(site["missing"])
    left.subtract(site["filled"])
    return _ranked(+left)
