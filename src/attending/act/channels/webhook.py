"""A webhook, signed: the receiver can tell that it came from here, now, and once.

The signature is HMAC-SHA256 over the id, the time and the body, in the headers `webhook-id`,
`webhook-timestamp` and `webhook-signature`, as Standard Webhooks has them (version 1). The id
is the notice's own, the same at every try: who has seen it may drop it. It does not encrypt;
that is TLS, without which only this machine itself is called.
"""

from __future__ import annotations

import base64
import hmac
from typing import TYPE_CHECKING

import msgspec

from attending.act.channel import Channel, Outgoing, Undelivered
from attending.act.posting import post as post_to

if TYPE_CHECKING:
    from attending.spec.contacts import Contacts, Post


def send(message: Outgoing, contacts: Contacts, post: Post) -> None:
    """Post a signed message."""
    if post.webhook is None:
        raise Undelivered("the contacts name no webhook of this post")
    told = {
        "id": message.notice,
        "sign": message.sign,
        "since": message.at,
        "urgency": message.urgency,
        "subject": message.subject,
        "text": message.text,
    }
    body = msgspec.json.encode(told, order="sorted")
    named = f"{message.notice}.{message.sign}"
    headers = {
        "webhook-id": named,
        "webhook-timestamp": str(message.now),
        "webhook-signature": signature(post.webhook.secret, named, message.now, body),
    }
    post_to(post.webhook.url, body, headers)


def signature(secret: str, named: str, now: int, body: bytes) -> str:
    """Sign a message: base64 of HMAC-SHA256 over ``id.timestamp.body``."""
    about = f"{named}.{now}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(secret.encode(), about, "sha256")).decode()


webhook = Channel(name="webhook", send=send)
