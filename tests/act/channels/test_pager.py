"""A pager raises one alarm under one key, and stands down under the same."""

from __future__ import annotations

from dataclasses import replace

from attending.act.channels.pager import pager


def test_an_alarm_is_raised_acknowledged_and_resolved_under_one_key(office, outgoing):
    contacts = office.contacts()
    for sign in ("trigger", "trigger", "acknowledge", "resolve"):
        pager.send(replace(outgoing, sign=sign), contacts, contacts.posts[0])
    told = office.events()
    assert [e["event_action"] for e in told] == ["trigger", "trigger", "acknowledge", "resolve"]
    assert {e["dedup_key"] for e in told} == {outgoing.notice}
    assert {e["routing_key"] for e in told} == {"routing-key-canary"}
    assert told[0]["payload"]["severity"] == "critical"
    assert told[0]["payload"]["summary"] == outgoing.subject
    assert "payload" not in told[3]
