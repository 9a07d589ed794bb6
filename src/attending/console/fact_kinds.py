"""Which kind of thing a fact is, for who may read it: what is not listed is for auditors alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from attending.ledger.store import Row

PATIENTS = "prediction"
HOLDS_A_PATIENT = ("patient", "prediction", "encounter", "user")  # names in a body
OTHERWISE = "ledger"
KINDS = {
    "accounts": ("accounts",),
    "factor": ("factor",),
    "incident": ("incident", "incident_state", "severity"),
    "minutes": ("decision", "no_decision", "vote", "recusal", "docket"),
    "people": ("person", "role", "role_ended", "departed"),
    "portfolio": ("tool", "doubt_answered", "tool_edited"),
    "proposal": ("proposal", "pilot_end"),
    "rule": ("confirmed_rule",),
    "tier": ("tier",),
    "binder": ("binder", "drill"),
    "access_log": ("viewed", "view_reviewed", "access_reviewed"),
    "evidence": (
        "budget", "confirmed", "decided", "hold", "lift", "measured", "packet", "plan",
        "read_back", "receipt", "resume", "sign_off", "source", "specs", "suspend",
        "data_checked", "batch", "messages", "refused", "upstream", "upstream_reads",
        "upstream_kept", "terms_covered",
    ),
}  # fmt: skip
OF_TYPE = {name: kind for kind, names in KINDS.items() for name in names}


def kind_of(row: Row) -> str:
    """Give the kind of thing a fact is; whatever names a patient is about one."""
    if row.kind in ("served", "observed"):
        return PATIENTS
    if row.raw is None:
        return OTHERWISE
    body = json.loads(row.raw)["body"]
    if any(body.get(name) for name in HOLDS_A_PATIENT):
        return PATIENTS
    return OF_TYPE.get(str(body.get("type", "")).partition("/")[0], OTHERWISE)
