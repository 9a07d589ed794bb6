"""One entry of CDS Hooks' feedback, read.

Reference: https://cds-hooks.hl7.org/STU2/#feedback
"""

from __future__ import annotations

import re
from datetime import datetime

import msgspec

from attending.serve.channel import Response

UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", re.IGNORECASE)
LONGEST_ID, LONGEST_CODE, LONGEST_COMMENT = 256, 128, 4096
_encode = msgspec.json.Encoder(order="sorted").encode


def response(entry: object) -> Response:
    """Read one entry; one that cannot be read bears its bytes, and the name of what is wrong."""
    raw = _encode(entry)
    said: dict[str, object] = entry if isinstance(entry, dict) else {}
    card, word, at = (said.get(name) for name in ("card", "outcome", "outcomeTimestamp"))
    reason, comment, reason_unread = _reason(said.get("overrideReason"))
    suggestions, suggestions_unread = _suggestions(said.get("acceptedSuggestions"), word)
    unread = reason_unread or suggestions_unread
    if not isinstance(card, str) or not UUID.match(card):
        unread = "card"
    elif word not in ("accepted", "overridden"):
        unread = "outcome"
    elif not is_moment(at):
        unread = "outcomeTimestamp"
    if unread:
        return Response("", "", "", ("", ""), "", (), unread, raw)
    return Response(str(card).lower(), str(word), str(at), reason, comment, suggestions, "", raw)


def _reason(value: object) -> tuple[tuple[str, str], str, str]:
    if value is None:
        return ("", ""), "", ""
    said: dict[str, object] = value if isinstance(value, dict) else {"reason": None}
    comment, coding = said.get("userComment", ""), said.get("reason", {})
    if not isinstance(comment, str) or len(comment) > LONGEST_COMMENT:
        return ("", ""), "", "userComment"
    told: dict[str, object] = coding if isinstance(coding, dict) else {"code": None}
    system, code = (told.get(name, "") for name in ("system", "code"))
    if isinstance(system, str) and isinstance(code, str) and len(system + code) <= LONGEST_ID:
        return (system, code), comment, ""
    return ("", ""), "", "overrideReason"


def _suggestions(value: object, word: object) -> tuple[tuple[str, ...], str]:
    """Read the accepted suggestions: required where a card was accepted, and only there."""
    if value is None:
        return (), "acceptedSuggestions" if word == "accepted" else ""
    if not isinstance(value, list) or len(value) > LONGEST_CODE:
        return (), "acceptedSuggestions"
    ids = [each.get("id") if isinstance(each, dict) else None for each in value]
    found = tuple(str(each) for each in ids if isinstance(each, str) and UUID.match(each))
    if len(found) != len(ids) or (word == "accepted") != bool(found):
        return (), "acceptedSuggestions"
    return found, ""


def is_moment(value: object) -> bool:
    """Tell whether something is a time with its zone."""
    if not isinstance(value, str) or len(value) > LONGEST_CODE:
        return False
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False
