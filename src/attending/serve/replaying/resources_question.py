"""A CDS Hooks call that holds the resources a case's features are made of, as they were sent.

The twin of `question`, for a use case whose features come from views: under each key of its
prefetch lies a Bundle of the resources, each in the very bytes it was stored in, so that the
gateway names the same version of it as the lake does.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from attending.serve.channels.cds_hooks import ASKED_AT, HOOKS
from attending.serve.features.from_views import key_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attending.serve.tool import Tool

_encode = msgspec.json.Encoder(order="sorted").encode


class Whose(msgspec.Struct, frozen=True):
    """Whom a call is about, and as of when; ids as the source has them."""

    patient: str
    encounter: str
    asked_at: datetime


def resources_question(
    tool: Tool, whose: Whose, resources: Mapping[str, Sequence[str]], *, case: str
) -> bytes:
    """Give the body of a call about one case.

    Parameters
    ----------
    tool
        Who is asked.
    whose
        Whom it is about.
    resources
        By FHIR type, the text of each resource; a type with none is sent as an empty Bundle.
    case
        32 hexadecimal digits: the call's name.

    """
    hook = tool.use_case.workflow.hook
    context: dict[str, object] = {name: kind() for name, kind in HOOKS[hook].items()}
    context |= {"userId": "Practitioner/replay", "patientId": whose.patient.split("/")[-1]}
    if whose.encounter:
        context["encounterId"] = whose.encounter.split("/")[-1]
    return _encode(
        {
            "hook": hook,
            "hookInstance": str(UUID(hex=case)),
            "context": context,
            "extension": {ASKED_AT: whose.asked_at.isoformat()},
            "prefetch": {key_of(kind): _bundle(told) for kind, told in sorted(resources.items())},
        }
    )


def _bundle(told: Sequence[str]) -> dict[str, object]:
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": msgspec.Raw(text.encode())} for text in told],
    }
