"""People as specs name them: a person, and what they answer for."""

from __future__ import annotations

from typing import Annotated

import msgspec

from attending.spec.text import Text

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

    person: Annotated[Text, msgspec.Meta(description="who it is, by name or by the post they hold")]
    contact: str = ""


class AfterLaunch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who owns the tool once the project team has gone home."""

    owner: Annotated[
        Text,
        msgspec.Meta(description="who answers for the tool once the project team is gone"),
    ]
    decides: Annotated[
        Text,
        msgspec.Meta(description="who says whether it expands, changes or retires"),
    ]
    funds: Annotated[
        Text,
        msgspec.Meta(description="whose budget pays for it after the project's money ends"),
    ]
    supports: Annotated[Text, msgspec.Meta(description="whom clinicians call when it misbehaves")]
