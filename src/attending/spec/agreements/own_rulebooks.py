"""The hospital's own rulebooks: what they ask about is there, and none stands for a shipped one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.errors import Refused
from attending.spec.agreement import Place
from attending.spec.rulebook import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attending.spec.agreement import Declared, Disagreement


def own_rulebooks(declared: Declared) -> Iterator[Disagreement]:
    """Find rulebooks that take a shipped one's id, and rules that cannot be judged."""
    known = declared.vocabulary
    for name, book in declared.rulebooks.items():
        place = Place("Rulebook", name)
        if book.id in known.rulebooks:
            yield (place / "id").says(
                f"rulebook {book.id} is shipped, and nobody sets it aside here; take another id"
            )
        if book.tiers or book.weights:
            yield place.says("the rules of tiers are shipped; leave out tiers and weights")
        try:
            check(book)
        except Refused as refused:
            yield (place / "rules").says(str(refused))
        for n, rule in enumerate(book.rules):
            if rule.proof.query not in known.proofs:
                at = place / "rules" / n / "proof" / "query"
                yield at.unknown(rule.proof.query, "query of proofs", known.proofs)
