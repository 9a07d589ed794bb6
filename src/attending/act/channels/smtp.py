"""Mail, handed to the hospital's own server.

It says that the server took the message over, and not that anybody read it: that is what the
acknowledgement is for. The message bears the notice's id as its Message-ID, so that one that
comes twice is seen to be one. It is sent as plain text, under TLS unless the contacts say that
the server has none.
"""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING

from attending.act.channel import PATIENCE, Channel, Outgoing, Undelivered

if TYPE_CHECKING:
    from attending.spec.contacts import Contacts, Mail, Post


def send(message: Outgoing, contacts: Contacts, post: Post) -> None:
    """Hand a message to the mail server."""
    mail = contacts.mail
    if mail is None or not post.smtp:
        raise Undelivered("the contacts name no mail server, or no address of this post")
    letter = EmailMessage(policy=SMTP)
    letter["From"], letter["To"] = mail.sender, post.smtp
    letter["Subject"] = message.subject
    letter["Message-ID"] = f"<{message.notice}.{message.sign}@attending>"
    letter.set_content(message.text)
    try:
        with _opened(mail) as server:
            if mail.user:
                server.login(mail.user, mail.password)
            server.send_message(letter)
    except smtplib.SMTPResponseException as error:
        raise Undelivered(f"refused with code {error.smtp_code}") from None
    except (OSError, smtplib.SMTPException) as error:
        raise Undelivered(f"no mail server took it ({type(error).__name__})") from None


def _opened(mail: Mail) -> smtplib.SMTP:
    if mail.tls == "implicit":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(mail.host, mail.port, timeout=PATIENCE, context=context)
    server = smtplib.SMTP(mail.host, mail.port, timeout=PATIENCE)
    if mail.tls == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except (OSError, smtplib.SMTPException):
            server.close()
            raise
    return server


smtp = Channel(name="smtp", send=send)
