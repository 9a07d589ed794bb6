"""Declare: what the specs say becomes facts before anything happens under them."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

from attending.clock import stamp
from attending.facts.fact import By, Fact
from attending.spec.budget import scopes, shares

if TYPE_CHECKING:
    from attending.loops.parts import Parts


def declare(parts: Parts) -> None:
    """Write one fact for the specs' digests, and one for the error budget's split."""
    at = stamp(parts.clock.now())
    by = By(person="platform", via="cli")
    facts = [
        Fact(
            kind="declared",
            key=f"{parts.use_case}/specs/declared",
            at=at,
            by=by,
            use_case=parts.use_case,
            body={
                "type": "specs/1",
                "digests": dict(sorted(parts.folder.digests.items())),
                "sites": {name: site.title for name, site in sorted(parts.folder.sites.items())},
                "title": parts.folder.use_case.title,
            },
        ),
    ]
    rollout = parts.folder.rollout
    if rollout is not None:
        split = shares(rollout)
        facts.append(
            Fact(
                kind="declared",
                key=f"{parts.use_case}/budget/declared",
                at=at,
                by=by,
                use_case=parts.use_case,
                release=rollout.release,
                body={
                    "type": "budget/1",
                    "budget": {
                        "expand": rollout.budget.expand,
                        "hold": rollout.budget.hold,
                        "suspend": rollout.budget.suspend,
                    },
                    "scopes": {
                        scope: {
                            listed: {"share": share, "ln_threshold": log(1 / share)}
                            for listed, share in split[scope].items()
                        }
                        for scope in scopes(rollout)
                    },
                },
            ),
        )
    parts.pen.append(facts)
