"""CDS Hooks 2.0.1: services, calls and feedback.

Reads: ``hook``, ``hookInstance``, ``context``, ``prefetch``, and from ``extension`` the
unit under ``org.attending.unit`` and, in a replay, the moment asked about under
``org.attending.asked-at``. ``fhirAuthorization`` is never read: this gateway
fetches nothing. Writes cards with a uuid, a summary under 140 characters, a source,
override reasons and, where declared, one suggestion by which to accept. Feedback may come
more than once for one card, in a batch for several, and for cards that nobody here issued;
an entry that cannot be read is kept aside and the rest of its batch is taken.

Says nothing of ``ignored``: a client never reports it.
Reference: https://cds-hooks.hl7.org/STU2/
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from attending.errors import Refused
from attending.serve.card import OVERRIDE_REASONS, OVERRIDE_SYSTEM, Card
from attending.serve.channel import Ask, NotUnderstood, Response
from attending.serve.feedback_entry import LONGEST_ID, UUID, is_moment, response

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attending.serve.tool import Tool

HOOKS: dict[str, dict[str, type]] = {
    "patient-view": {"userId": str, "patientId": str},
    "order-select": {"userId": str, "patientId": str, "selections": list, "draftOrders": dict},
    "order-sign": {"userId": str, "patientId": str, "draftOrders": dict},
    "encounter-start": {"userId": str, "patientId": str, "encounterId": str},
    "encounter-discharge": {"userId": str, "patientId": str, "encounterId": str},
    "appointment-book": {"userId": str, "patientId": str, "appointments": dict},
    "order-dispatch": {"patientId": str, "dispatchedOrders": list, "performer": str},
}
UNIT = "org.attending.unit"
ASKED_AT = "org.attending.asked-at"
MOST_ENTRIES = 500


class CdsHooks:
    """The channel."""

    name = "cds_hooks"
    path = "cds-services"

    def discovery(self, tools: Sequence[Tool]) -> bytes:
        """List the services."""
        services: list[dict[str, object]] = []
        for tool in tools:
            listed: dict[str, object] = {
                "hook": tool.use_case.workflow.hook,
                "id": tool.name,
                "title": tool.use_case.title,
                "description": tool.use_case.problem,
            }
            services.append(listed | ({"prefetch": tool.prefetch} if tool.prefetch else {}))
        return msgspec.json.encode({"services": services})

    def check(self, hook: str, *, where: str) -> None:
        """Refuse a hook that is not in the specification."""
        if hook not in HOOKS:
            raise Refused(f"no hook {hook!r}", where=where, accepted=HOOKS)

    def ask(self, message: dict[str, object], tool: Tool, site: str) -> Ask:
        """Read a call."""
        hook = tool.use_case.workflow.hook
        if message.get("hook") != hook:
            raise NotUnderstood(f"this service answers {hook}")
        instance = message.get("hookInstance")
        if not isinstance(instance, str) or not UUID.match(instance):
            raise NotUnderstood("hookInstance must be a UUID")
        context = _object(message, "context")
        for name, kind in HOOKS[hook].items():
            if not isinstance(context.get(name), kind):
                raise NotUnderstood(f"context.{name} is required for {hook}")
        extension = _object(message, "extension")
        return Ask(
            channel=self.name,
            use_case=tool.name,
            site=site,
            unit=_id(extension, UNIT),
            patient=_id(context, "patientId"),
            user=_id(context, "userId"),
            encounter=_id(context, "encounterId"),
            instance=instance.lower(),
            context=context,
            prefetch=_object(message, "prefetch"),
            asked_at=_asked_at(extension),
        )

    def answer(self, cards: Sequence[Card]) -> bytes:
        """Write the cards."""
        return msgspec.json.encode({"cards": [_card(card) for card in cards]})

    def responses(self, message: dict[str, object]) -> tuple[Response, ...]:
        """Read a batch of feedback."""
        entries = message.get("feedback")
        if not isinstance(entries, list) or not entries:
            raise NotUnderstood("feedback must be a list of at least one")
        if len(entries) > MOST_ENTRIES:
            raise NotUnderstood(f"feedback holds more than {MOST_ENTRIES} entries")
        return tuple(response(entry) for entry in entries)


def _object(message: dict[str, object], name: str) -> dict[str, object]:
    value = message.get(name, {})
    if not isinstance(value, dict):
        raise NotUnderstood(f"{name} must be an object")
    return value


def _id(message: dict[str, object], name: str) -> str:
    value = message.get(name, "")
    if not isinstance(value, str) or len(value) > LONGEST_ID or "\0" in value:
        raise NotUnderstood(f"{name} must be text of at most {LONGEST_ID} characters")
    if name == "patientId":
        return value.removeprefix("Patient/")
    return value


def _asked_at(extension: dict[str, object]) -> datetime | None:
    said = extension.get(ASKED_AT)
    if said is None:
        return None
    if not is_moment(said):
        raise NotUnderstood(f"{ASKED_AT} must be a time with its zone")
    return datetime.fromisoformat(str(said))


def _card(card: Card) -> dict[str, object]:
    out: dict[str, object] = {
        "uuid": card.uuid,
        "summary": card.summary,
        "indicator": card.indicator,
        "detail": card.detail,
        "source": {"label": card.source},
    }
    if card.override_reasons:
        out["overrideReasons"] = [
            {"system": OVERRIDE_SYSTEM, "code": code, "display": OVERRIDE_REASONS[code]}
            for code in card.override_reasons
        ]
    if card.suggestion:
        out["selectionBehavior"] = "at-most-one"
        out["suggestions"] = [{"label": card.suggestion, "uuid": card.suggestion_id}]
    return out


cds_hooks = CdsHooks()
