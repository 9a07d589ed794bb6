"""What a channel is: a way to tell a post something, which says whether it was taken over.

A channel is handed a message that is made already, and where the post is reached. It is asked
with a bounded wait, and gives no answer but "taken over", or why not, in our own words: what
the other side wrote is not repeated, for nobody knows what is in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from attending.facts.notice import Sign
    from attending.spec.contacts import Contacts, Post

PATIENCE = 10.0  # seconds for each answer of the other side


class Undelivered(Exception):  # noqa: N818  named for what happened
    """A message was not taken over; the words say why, without the other side's."""


@dataclass(frozen=True)
class Outgoing:
    """A message on its way.

    Attributes
    ----------
    notice
        Its id, the same at every try.
    sign
        Whether it raises, acknowledges or ends an alarm.
    subject, text
        One line, and the whole.
    urgency
        ``critical``, ``error``, ``warning`` or ``info``.
    at, now
        Since when it is so, and the moment it is sent, in seconds since 1970.

    """

    notice: str
    sign: Sign
    subject: str
    text: str
    urgency: str
    at: str
    now: int


@dataclass(frozen=True)
class Channel:
    """A way to tell a post something.

    Attributes
    ----------
    name
        What playbooks call it.
    send
        Hands a message over, or raises `Undelivered`.

    """

    name: str
    send: Callable[[Outgoing, Contacts, Post], None]
