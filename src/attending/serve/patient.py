"""Whose resource is this? One of another patient is never read.

A client that mixes up two patients' records sends a wrong answer to a bedside, so a
resource that names another patient is dropped whole and said aloud as a security fact.
A resource that names nobody is kept: prefetch answers a query about one patient.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMES_PATIENT = ("subject", "patient", "beneficiary", "for", "individual")
_PATIENT = re.compile(r"(?:^|/)Patient/([A-Za-z0-9\-.]{1,64})(?:/_history/[^/]*)?$")


class Kept(msgspec.Struct):
    """A prefetch value once what may not be read is gone.

    Attributes
    ----------
    value
        The resource or Bundle; None where nothing usable is left.
    n_other
        Resources of another patient, dropped.
    n_unusable
        Values that are no resource, or an error in a resource's place.

    """

    value: dict[str, object] | None
    n_other: int = 0
    n_unusable: int = 0


def keep_own(value: object, patient: str) -> Kept:
    """Keep what is about this patient, or about nobody."""
    if value is None:
        return Kept(None)
    if not isinstance(value, dict) or not isinstance(value.get("resourceType"), str):
        return Kept(None, n_unusable=1)
    if value["resourceType"] == "OperationOutcome":
        return Kept(None, n_unusable=1)
    if value["resourceType"] != "Bundle":
        is_other = _is_other(value, _Whose(patient, ()))
        return Kept(None, n_other=1) if is_other else Kept(value)
    return _own_entries(value, patient)


class _Whose:
    """Who is meant by a reference; a Bundle's own patients are looked up when one is asked for."""

    def __init__(self, patient: str, entries: Iterable[object]) -> None:
        self.patient = patient
        self._plainly = f"Patient/{patient}"
        self._entries = entries
        self._people: dict[str, str] | None = None

    def is_another(self, text: object) -> bool:
        """Tell whether a reference names another patient."""
        if text == self._plainly or not isinstance(text, str):
            return False
        match = _PATIENT.search(text)
        if match:
            return match[1] != self.patient
        if self._people is None:
            self._people = _people(self._entries)
        return self._people.get(text, self.patient) != self.patient


def _own_entries(bundle: dict[str, object], patient: str) -> Kept:
    entries = bundle.get("entry")
    if not isinstance(entries, list):
        return Kept(bundle)
    whose = _Whose(patient, entries)
    kept = Kept(None)
    own: list[object] = []
    for entry in entries:
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(resource, dict) or resource.get("resourceType") == "OperationOutcome":
            kept.n_unusable += 1
        elif _is_other(resource, whose):
            kept.n_other += 1
        else:
            own.append(entry)
    kept.value = {**bundle, "entry": own}
    return kept


def _people(entries: Iterable[object]) -> dict[str, str]:
    """Map the addresses under which a Bundle carries patients to their ids."""
    found: dict[str, str] = {}
    for entry in entries:
        if isinstance(entry, dict):
            resource, url = entry.get("resource"), entry.get("fullUrl")
            if isinstance(resource, dict) and resource.get("resourceType") == "Patient":
                found[str(url)] = str(resource.get("id"))
    return found


def _is_other(resource: dict[str, object], whose: _Whose) -> bool:
    if resource.get("resourceType") == "Patient":
        return resource.get("id", whose.patient) != whose.patient
    for name in NAMES_PATIENT:
        named = resource.get(name)
        if (
            named is not None
            and isinstance(named, dict)
            and whose.is_another(named.get("reference"))
        ):
            return True
    return False
