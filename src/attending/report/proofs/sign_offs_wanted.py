"""Does every wave that shows something ask for the wanted sign-offs?

Reads: the declared rollout. Args: `roles`. Whether they were given is asked of each plan when
it is applied, by the platform itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.report.proof import UNDECLARED, Proof, Proved, met, missing

if TYPE_CHECKING:
    from attending.report.proof import Wanted


def prove(wanted: Wanted) -> Proved:
    """Hold each live wave against the roles."""
    if wanted.specs is None or wanted.specs.documents.rollout is None:
        return UNDECLARED
    waves = [w for w in wanted.specs.documents.rollout.waves if w.mode == "live"]
    for wave in waves:
        asks = {each.role for each in wave.sign_offs}
        without = [role for role in wanted.texts("roles") if role not in asks]
        if without:
            because = f"wave {wave.name} asks for no sign-off as {', '.join(without)}"
            return missing(because, wanted.specs.index)
    if not waves:
        return Proved("not_applicable", "no wave shows anything", (wanted.specs.index,))
    return met(f"every one of {len(waves)} live waves asks for them", wanted.specs.index)


sign_offs_wanted = Proof(asks="Do live waves wait for these sign-offs?", prove=prove)
