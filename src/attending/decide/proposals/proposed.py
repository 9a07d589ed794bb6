"""What stands of proposals about one use case: the last submission, and how its pilot ended."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.facts.fact import Fact


@dataclass(frozen=True)
class Backing:
    """The last submission of one proposal.

    Attributes
    ----------
    digest, n
        What it is known by, and how many times it was submitted.
    use_case
        Which it names; empty before it names any.
    ended
        What its pilot's recorded end chose; empty while it goes on, or once it is proposed anew.

    """

    digest: str
    n: int
    use_case: str = ""
    ended: str = ""


def with_submission(there: Mapping[str, Backing], fact: Fact) -> Mapping[str, Backing]:
    """Take a submission in, where it quotes the last one before it."""
    name, prior = str(fact.body["proposal"]), fact.body.get("prior_digest")
    last = there.get(name)
    if prior != (last.digest if last is not None else None):
        return there
    n, use_case = int(str(fact.body["n"])), str(fact.body.get("use_case") or "")
    return {**there, name: Backing(str(fact.body["digest"]), n, use_case)}


def with_end(there: Mapping[str, Backing], fact: Fact) -> Mapping[str, Backing]:
    """Take the end of a pilot in; one that is about an earlier submission ends nothing."""
    name = str(fact.body["proposal"])
    last = there.get(name)
    if last is None or last.ended or last.digest != fact.body["digest"]:
        return there
    return {**there, name: replace(last, ended=str(fact.body["choice"]))}
