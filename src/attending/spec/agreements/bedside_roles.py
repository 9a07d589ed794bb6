"""The roles of people at the bedside: each code stands for one of them, each word is theirs.

Reads: UseCase. Says nothing of whether a code is in the system it names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from attending.spec.agreement import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attending.spec.agreement import Declared, Disagreement

OWN = ("not_known", "patient", "related_person")  # the platform says these of itself


def bedside_roles(declared: Declared) -> Iterator[Disagreement]:
    """Tell which roles bear a word of the platform's own, and which codes stand for two."""
    roles = declared.use_case.workflow.roles
    if roles is msgspec.UNSET:
        return
    here = Place("UseCase", declared.use_case.name) / "workflow" / "roles"
    of: dict[str, str] = {}
    for role, codes in roles.items():
        if role in OWN:
            yield here.says(f"{role} is said by the platform itself; give the role another name")
        for i, code in enumerate(codes):
            if of.setdefault(code, role) != role:
                place = here / role / i
                yield place.says(f"{code} stands for {of[code]} already; name it once")
