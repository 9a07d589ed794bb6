"""Whose resource is this? One of another patient is never read.

A client that mixes up two patients' records sends a wrong answer to a bedside, so a
resource that names another patient is dropped whole and said aloud as a security fact.
A resource that names nobody is kept: prefetch answers a query about one patient.
"""

from __future__ import annotations

import re

import msgspec

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
        return Kept(None, n_other=1) if _is_other(value, patient, {}) else Kept(value)
    return _own_entries(value, patient)


def _own_entries(bundle: dict[str, object], patient: str) -> Kept:
    entries = bundle.get("entry")
    if not isinstance(entries, list):
        return Kept(bundle)
    people = _people(entries)
    kept = Kept(None)
    own: list[object] = []
    for entry in entries:
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(resource, dict) or resource.get("resourceType") == "OperationOutcome":
            kept.n_unusable += 1
        elif _is_other(resource, patient, people):
            kept.n_other += 1
        else:
            own.append(entry)
    kept.value = {**bundle, "entry": own}
    return kept


def _people(entries: list[object]) -> dict[str, str]:
    """Map the addresses under which a Bundle carries patients to their ids."""
    found: dict[str, str] = {}
    for entry in entries:
        if isinstance(entry, dict):
            resource, url = entry.get("resource"), entry.get("fullUrl")
            if isinstance(resource, dict) and resource.get("resourceType") == "Patient":
                found[str(url)] = str(resource.get("id"))
    return found


def _is_other(resource: dict[str, object], patient: str, people: dict[str, str]) -> bool:
    if resource.get("resourceType") == "Patient":
        return resource.get("id", patient) != patient
    for name in NAMES_PATIENT:
        named = resource.get(name)
        text = named.get("reference") if isinstance(named, dict) else None
        if isinstance(text, str):
            match = _PATIENT.search(text)
            whose = match[1] if match else people.get(text, patient)
            if whose != patient:
                return True
    return False
