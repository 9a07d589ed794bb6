"""A webhook's receiver can tell that it came from here, now, and once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import msgspec
import pytest

from attending.act.channel import Undelivered
from attending.act.channels.webhook import webhook
from attending.spec.contacts import Hook


def verified(secret, headers, body):
    """Verify as a receiver does that knows nothing of the sender's code."""
    about = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
    told = hmac.new(secret.encode(), about, hashlib.sha256).digest()
    return headers["webhook-signature"] == "v1," + base64.b64encode(told).decode()


def test_what_arrives_verifies_and_nothing_of_it_can_be_changed(office, outgoing):
    contacts = office.contacts()
    post = contacts.posts[0]
    webhook.send(outgoing, contacts, post)
    ((path, headers, body),) = office.posts
    assert path == "/hook/safety-officer"
    assert json.loads(body)["subject"] == outgoing.subject
    assert verified(post.webhook.secret, headers, body)
    assert not verified(post.webhook.secret, headers, body + b" ")
    assert not verified("another secret than that", headers, body)
    for name, value in (("webhook-id", "other"), ("webhook-timestamp", "1791878401")):
        assert not verified(post.webhook.secret, headers | {name: value}, body)
    assert headers["webhook-timestamp"] == str(outgoing.now)
    assert post.webhook.secret.encode() not in body


@pytest.mark.parametrize("status", [301, 400, 404, 500, 503])
def test_it_is_not_taken_over_unless_the_other_side_says_so(office, outgoing, status):
    office.status = status
    contacts = office.contacts()
    with pytest.raises(Undelivered, match=str(status)):
        webhook.send(outgoing, contacts, contacts.posts[0])


@pytest.mark.parametrize("url", ["http://hospital.example/x", "ftp://127.0.0.1/x", "nowhere"])
def test_nothing_goes_in_the_clear_beyond_this_machine(office, outgoing, url):
    contacts = office.contacts()
    hook = Hook(url=url, secret="a secret of some length")
    post = msgspec.structs.replace(contacts.posts[0], webhook=hook)
    with pytest.raises(Undelivered, match="no https address"):
        webhook.send(outgoing, contacts, post)
