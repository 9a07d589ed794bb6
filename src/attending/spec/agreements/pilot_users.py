"""The named users of a wave are pseudonyms, never the ids people are known by.

Reads: Rollout. A rollout is declared in the ledger, printed in plans and sent in snapshots,
so whatever names a person there names them everywhere (promise P12). The refusal repeats
nothing of what was written. Says nothing of whether anybody bears the pseudonym: only who
holds a gateway's key can tell.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attending.spec.agreement import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attending.spec.agreement import Declared, Disagreement

PSEUDONYM = re.compile(r"[0-9a-f]{32}")


def pilot_users(declared: Declared) -> Iterator[Disagreement]:
    """Tell which users of which waves are named by something else than a pseudonym."""
    rollout = declared.rollout
    if rollout is None:
        return
    here = Place("Rollout", rollout.use_case) / "waves"
    for i, wave in enumerate(rollout.waves):
        for j, user in enumerate(wave.users):
            if not PSEUDONYM.fullmatch(user):
                yield (here / i / "users" / j).says(
                    "a pilot user is named by a pseudonym, 32 lowercase hexadecimal digits; to get "
                    "it, run `attending pseudonym --store DIR` and type the id the EHR sends",
                )
