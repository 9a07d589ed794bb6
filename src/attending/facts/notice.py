"""Notices: what was sent to which post, and who acknowledged it (G8)."""

from __future__ import annotations

from typing import Literal

import msgspec

Sign = Literal["trigger", "acknowledge", "resolve"]


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One try to tell one post of one thing.

    Attributes
    ----------
    notice
        Its id, the same at every try: whoever gets it twice can tell.
    to, channel
        Which post, by which channel.
    template
        What it speaks of: an incident, a suspension, a hold or a condition.
    sign
        Whether it raises, acknowledges or ends an alarm.
    fact
        Ledger index of what it is about.
    level
        How often it had been passed on before.
    attempt
        Which try it was, from 1.
    sent_at, failed
        When it was taken over by the other side; or why it was not.

    """

    notice: str
    to: str
    channel: str
    template: str
    sign: Sign = "trigger"
    fact: int
    level: int = 0
    attempt: int = 1
    sent_at: str | None = None
    failed: str = ""
