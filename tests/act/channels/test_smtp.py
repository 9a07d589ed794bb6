"""Mail reaches the server whole, and a server that fails is told of in our own words."""

from __future__ import annotations

import msgspec
import pytest

from attending.act.channel import Undelivered
from attending.act.channels import smtp as room
from attending.act.channels.smtp import smtp


def test_a_letter_is_taken_over_whole_and_bears_the_notices_id(office, outgoing):
    contacts = office.contacts()
    smtp.send(outgoing, contacts, contacts.posts[0])
    (letter,) = office.letters
    assert "To: safety-officer@hospital.example" in letter
    assert "Subject: Suspended: falls at Elm" in letter
    assert f"Message-ID: <{'n' * 24}.trigger@attending>" in letter
    assert "Two\r\nlines" in letter


def test_what_a_server_says_when_it_refuses_is_not_repeated(office, outgoing):
    office.refuses = True
    contacts = office.contacts()
    with pytest.raises(Undelivered) as refused:
        smtp.send(outgoing, contacts, contacts.posts[0])
    assert "canary" not in str(refused.value)
    assert office.letters == []


def test_a_server_that_hangs_is_given_up(office, outgoing, monkeypatch):
    monkeypatch.setattr(room, "PATIENCE", 0.2)
    office.hangs = True
    contacts = office.contacts()
    with pytest.raises(Undelivered, match="no mail server took it"):
        smtp.send(outgoing, contacts, contacts.posts[0])


def test_tls_is_asked_for_unless_the_contacts_say_there_is_none(office, outgoing):
    contacts = office.contacts()
    mail = msgspec.structs.replace(contacts.mail, tls="starttls")
    with pytest.raises(Undelivered, match="SMTPNotSupported"):
        smtp.send(outgoing, msgspec.structs.replace(contacts, mail=mail), contacts.posts[0])
    assert office.letters == []
