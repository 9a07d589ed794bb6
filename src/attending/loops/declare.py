"""Declare: what the specs say becomes facts before anything happens under them."""

from __future__ import annotations

from math import log
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from attending import shapes
from attending.admit import Folder
from attending.clock import stamp
from attending.errors import Refused
from attending.facts.fact import By, Fact
from attending.spec.budget import MOST_CONDITIONS, condition_share, scopes, shares
from attending.spec.committee import Committee
from attending.spec.data.terms import Terms
from attending.spec.data.view import View
from attending.spec.kinds import MANY
from attending.spec.model import Model
from attending.spec.rollout import Rollout
from attending.spec.rulebook import Rulebook
from attending.spec.site import Site
from attending.spec.source import Source
from attending.spec.use_case import UseCase
from attending.spec.vendor import Vendor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.facts.committee import Effect
    from attending.ledger.read import Reader
    from attending.loops.parts import Parts


class Documents(msgspec.Struct, frozen=True, kw_only=True):
    """A folder's specs as the ledger keeps them."""

    use_case: UseCase
    rollout: Rollout | None = None
    sources: dict[str, Source] = {}
    sites: dict[str, Site] = {}
    models: dict[str, Model] = {}
    vendors: dict[str, Vendor] = {}
    committees: dict[str, Committee] = {}
    rulebooks: dict[str, Rulebook] = {}
    views: dict[str, View] = {}
    terms: dict[str, Terms] = {}


# Where a folder has none of these later kinds, nothing is said of them.
LATER = ("rulebooks", "views", "terms")


def declare(parts: Parts, *, by: str = "platform") -> bool:
    """Write down what the specs say, and how the error budget is split over scopes.

    Nothing is written where the ledger holds these very specs already.
    """
    key = f"{parts.use_case}/specs/declared"
    last = parts.reader.latest(key)
    digests = dict(sorted(parts.folder.digests.items()))
    if last is not None and last.fact.body["digests"] == digests:
        return False
    at = stamp(parts.clock.now())
    who = By(person=by, via="cli")
    facts = [
        Fact(
            kind="declared",
            key=key,
            at=at,
            by=who,
            use_case=parts.use_case,
            body={
                "type": "specs/1",
                "digests": digests,
                "sites": {name: site.title for name, site in sorted(parts.folder.sites.items())},
                "title": parts.folder.use_case.title,
                "documents": documents(parts.folder),
            },
        )
    ]
    if parts.folder.rollout is not None:
        facts.append(_split(parts, parts.folder.rollout, at, who))
    parts.pen.append(facts)
    return True


def _split(parts: Parts, rollout: Rollout, at: str, who: By) -> Fact:
    split = shares(rollout)
    return Fact(
        kind="declared",
        key=f"{parts.use_case}/budget/declared",
        at=at,
        by=who,
        use_case=parts.use_case,
        release=rollout.release,
        body={
            "type": "budget/1",
            **({"mode": "silent"} if rollout.is_silent else {}),
            "budget": {
                "expand": rollout.budget.expand,
                "hold": rollout.budget.hold,
                "suspend": rollout.budget.suspend,
            },
            **({"conditions": _conditions(rollout)} if parts.folder.committees else {}),
            "scopes": {
                scope: {
                    listed: {"share": share, "ln_threshold": log(1 / share)}
                    for listed, share in split[scope].items()
                }
                for scope in scopes(rollout)
            },
        },
    )


def _conditions(rollout: Rollout) -> dict[str, object]:
    """Tell what a committee's conditions may spend; nobody sets any without a committee."""
    effects: tuple[Effect, ...] = ("hold", "suspend")
    each = {effect: condition_share(rollout, effect) for effect in effects}
    return {
        "hold": rollout.budget.conditions.hold,
        "suspend": rollout.budget.conditions.suspend,
        "at_most": MOST_CONDITIONS,
        "each": {
            effect: {"share": share, "ln_threshold": log(1 / share)}
            for effect, share in each.items()
        },
    }


def documents(folder: Folder) -> dict[str, object]:
    """Give a folder's specs as plain JSON: with them any past day can be decided again."""
    plain: dict[str, object] = {"use_case": msgspec.to_builtins(folder.use_case)}
    if folder.rollout is not None:
        plain["rollout"] = msgspec.to_builtins(folder.rollout)
    for kind in MANY:
        named = getattr(folder, kind)
        if not named and kind in LATER:
            continue
        plain[kind] = {name: msgspec.to_builtins(named[name]) for name in sorted(named)}
    return plain


def declared(reader: Reader, use_case: str) -> Folder:
    """Give the specs as they were last declared, read from the ledger alone.

    Raises
    ------
    Refused
        Nothing was ever declared for this use case.

    """
    last = reader.latest(f"{use_case}/specs/declared")
    if last is None:
        raise Refused(f"nothing was declared for {use_case} here; plan its folder first")
    return declared_in(last.fact.body)


def declared_in(body: Mapping[str, object]) -> Folder:
    """Give the specs that one `specs/1` fact holds."""
    plain = shapes.convert(body["documents"], Documents)
    return Folder(
        path=Path(),
        digests=shapes.convert(body["digests"], dict[str, str]),
        **{name: getattr(plain, name) for name in Documents.__struct_fields__},
    )


def own_rulebooks(reader: Reader) -> tuple[Rulebook, ...]:
    """Give every version of a hospital's own rulebooks, as each use case last declared them."""
    last = {
        entry.fact.use_case: entry.fact.body
        for entry in reader.entries(kinds=("declared",))
        if entry.fact.type == "specs/1"
    }
    found = {
        (book.id, book.version): book
        for body in last.values()
        for book in declared_in(body).rulebooks.values()
    }
    return tuple(found[key] for key in sorted(found))
