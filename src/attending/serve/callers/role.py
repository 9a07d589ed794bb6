"""What the person at the bedside does: one declared word, and nothing else of who they are.

A use case may declare roles, each with the codes by which a PractitionerRole says so. The client
is then asked to send the caller's own PractitionerRole with the question, and of all that it says
one word is kept: the first declared role that one of its codes fits. A patient, and somebody who
is related to one, are known by the type of their own id.

*not_known* is a word as well: nothing was sent, it is no longer active, it is another person's,
or none of its codes is declared. It is never guessed from anything else, no engine is ever given
it, and where a use case declares no roles nothing is said at all.

Reads: ``resourceType``, ``id``, ``active``, ``practitioner.reference`` and ``code.coding`` of the
resource; not its specialty, its places or its hours.
Reference: https://hl7.org/fhir/R4/practitionerrole.html,
https://cds-hooks.hl7.org/STU2/#prefetch-tokens-identifying-the-user
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from attending.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

KEY = "user_role"
QUERY = "PractitionerRole/{{userPractitionerRoleId}}"
NOT_KNOWN = "not_known"
BY_TYPE = {"Patient": "patient", "RelatedPerson": "related_person"}
MOST_CODES = 64


class Roles(msgspec.Struct, frozen=True):
    """The roles that one use case declares.

    Attributes
    ----------
    codes
        ``system|code`` to role; empty where none are declared.
    order
        The roles, the one that counts first where several fit.

    """

    codes: dict[str, str] = {}
    order: tuple[str, ...] = ()

    @property
    def prefetch(self) -> dict[str, str]:
        """Give what a client is asked to send for it."""
        return {KEY: QUERY} if self.codes else {}

    def of(self, user: str, prefetch: Mapping[str, object]) -> str:
        """Give the role of a caller; empty where the use case declares none.

        Parameters
        ----------
        user
            The id as the caller gave it: ``Practitioner/17``.
        prefetch
            What the caller sent.

        """
        if not self.codes:
            return ""
        kind, _, name = user.partition("/")
        if kind in BY_TYPE:
            return BY_TYPE[kind]
        sent = prefetch.get(KEY)
        if not isinstance(sent, dict) or not _is_theirs(sent, kind, name):
            return NOT_KNOWN
        held = {self.codes[code] for code in _codes(sent) if code in self.codes}
        return next((role for role in self.order if role in held), NOT_KNOWN)


def roles_of(
    declared: Mapping[str, Collection[str]], keys: Collection[str], *, where: str = ""
) -> Roles:
    """Make what tells roles of what a use case declares.

    Raises
    ------
    Refused
        An input reads the very key that the caller's role comes by.

    """
    if declared and KEY in keys:
        raise Refused(f"prefetch.{KEY} holds the caller's role, and is no input", where=where)
    codes = {code: role for role, named in declared.items() for code in named}
    return Roles(codes, tuple(declared))


def _is_theirs(sent: Mapping[str, object], kind: str, name: str) -> bool:
    """Tell whether it is an active role of the person who calls, as far as it says."""
    if sent.get("resourceType") != "PractitionerRole" or sent.get("active") is False:
        return False
    if kind == "PractitionerRole":
        return sent.get("id", name) == name
    held_by = sent.get("practitioner")
    told = held_by.get("reference") if isinstance(held_by, dict) else None
    if kind != "Practitioner" or not isinstance(told, str):
        return kind == "Practitioner" and told is None
    return told == f"Practitioner/{name}" or told.endswith(f"/Practitioner/{name}")


def _codes(sent: Mapping[str, object]) -> list[str]:
    """Give the first codes it bears, as ``system|code``."""
    found: list[str] = []
    for concept in _listed(sent.get("code")):
        for coding in _listed(concept.get("coding")):
            system, code = coding.get("system"), coding.get("code")
            if isinstance(system, str) and isinstance(code, str):
                found.append(f"{system}|{code}")
            if len(found) >= MOST_CODES:
                return found
    return found


def _listed(value: object) -> list[dict[str, object]]:
    if not isinstance(value, list):
        return []
    return [each for each in value[:MOST_CODES] if isinstance(each, dict)]
