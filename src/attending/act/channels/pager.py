"""A pager, by events that raise, acknowledge and resolve one alarm under one key.

The body is the shape that paging services share: `routing_key`, `event_action`, `dedup_key`
and a `payload` with summary, source, severity and timestamp. The key is the notice's id, so
that an event that comes twice raises one alarm. It does not tell whether a phone rang.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from attending.act.channel import Channel, Outgoing, Undelivered
from attending.act.posting import post as post_to

if TYPE_CHECKING:
    from attending.spec.contacts import Contacts, Post


def send(message: Outgoing, contacts: Contacts, post: Post) -> None:
    """Post one event."""
    if post.pager is None:
        raise Undelivered("the contacts name no pager of this post")
    event: dict[str, object] = {
        "routing_key": post.pager.key,
        "event_action": message.sign,
        "dedup_key": message.notice,
    }
    if message.sign == "trigger":
        event["payload"] = {
            "summary": message.subject,
            "source": "attending",
            "severity": message.urgency,
            "timestamp": message.at,
            "custom_details": {"text": message.text},
        }
    post_to(post.pager.url, msgspec.json.encode(event, order="sorted"), {})


pager = Channel(name="pager", send=send)
