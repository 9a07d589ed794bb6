"""What a folder's specs must agree on with one another, and with the rooms.

Each rule stands in `spec/agreements`, one file for each subject, and gives every
disagreement it finds. A rule reads specs that are each well-formed already.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from attending.spec.mistake import nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from attending.spec.committee import Committee
    from attending.spec.data.terms import Terms
    from attending.spec.data.view import View
    from attending.spec.document import At
    from attending.spec.model import Model
    from attending.spec.rollout import Rollout
    from attending.spec.rulebook import Rulebook
    from attending.spec.site import Site
    from attending.spec.source import Source
    from attending.spec.use_case import UseCase
    from attending.spec.vendor import Vendor

HERE = "in this folder"


@dataclass(frozen=True)
class Vocabulary:
    """The names that the rooms hold: what a spec may call for.

    Attributes
    ----------
    metrics
        Dotted: ``outcomes.risk_ratio``.
    gates, cautions, safety_limits
        Rules, by file name.
    engines, channels
        What answers, and how the answer reaches people.
    proofs, rulebooks
        Queries that a rule may name, and the ids of the rulebooks that are shipped.

    """

    metrics: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    safety_limits: tuple[str, ...] = ()
    engines: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    proofs: tuple[str, ...] = ()
    rulebooks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Declared:
    """Every spec of one folder, by kind and name."""

    use_case: UseCase
    vocabulary: Vocabulary
    rollout: Rollout | None = None
    sources: Mapping[str, Source] = field(default_factory=dict)
    sites: Mapping[str, Site] = field(default_factory=dict)
    models: Mapping[str, Model] = field(default_factory=dict)
    vendors: Mapping[str, Vendor] = field(default_factory=dict)
    committees: Mapping[str, Committee] = field(default_factory=dict)
    rulebooks: Mapping[str, Rulebook] = field(default_factory=dict)
    views: Mapping[str, View] = field(default_factory=dict)
    terms: Mapping[str, Terms] = field(default_factory=dict)


@dataclass(frozen=True)
class Disagreement:
    """One thing on which two specs, or two parts of one, do not agree.

    Attributes
    ----------
    kind, name
        The document to change, as ``Rollout`` and ``aki_alert``.
    at
        The path inside it.
    what
        What is wrong, and what to write.
    accepted, nearest
        As in a mistake.

    """

    kind: str
    name: str
    at: At
    what: str
    accepted: tuple[str, ...] = ()
    nearest: str | None = None


@dataclass(frozen=True)
class Place:
    """A place in a document, from which disagreements are told."""

    kind: str
    name: str
    at: At = ()

    def __truediv__(self, part: str | int) -> Place:
        return Place(self.kind, self.name, (*self.at, part))

    def says(self, what: str) -> Disagreement:
        """Tell what is wrong here."""
        return Disagreement(self.kind, self.name, self.at, what)

    def unknown(
        self,
        name: str,
        thing: str,
        known: Collection[str],
        where: str = "",
    ) -> Disagreement:
        """Tell that nothing bears the name written here, and which names there are."""
        what = f"there is no {thing} {name!r}" + (f" {where}" if where else "")
        what += "" if known else "; none is declared"
        return Disagreement(self.kind, self.name, self.at, what, tuple(known), nearest(name, known))
