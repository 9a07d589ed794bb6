"""People as specs name them: a person, and what they answer for."""

from __future__ import annotations

import msgspec

ROLES = (
    "executive_sponsor",
    "clinical_owner",
    "champion",
    "super_user",
    "committee_member",
    "committee_chair",
    "cmio",
    "cio",
    "compliance_officer",
    "privacy_officer",
    "safety_officer",
    "nurse_informaticist",
    "engineer",
    "auditor",
    "finance",
    "coder",
    "case_manager",
    "vendor",
    "admin",
)


class Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody with a name and a way to be reached."""

    person: str
    contact: str = ""


class AfterLaunch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who owns the tool once the project team has gone home."""

    owner: str
    decides: str
    funds: str
    supports: str
