"""A playbook: who is told of what, by which channel, within what time, and who after that.

Only posts are named here. Where a post is reached, and with which secret, is in the contacts,
which lie outside the ledger.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from attending.spec.text import Name, Text

About = Literal["incident", "suspension", "hold", "condition"]

WALL = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class Reached(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A post, and the channel it is told by."""

    to: Annotated[Text, msgspec.Meta(description="the post that is told")]
    by: Annotated[Name, msgspec.Meta(description="by which channel: smtp, webhook or pager")]


class Tell(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line: of what, whom, and who is told next while nobody has acknowledged it."""

    of: About
    to: Annotated[Text, msgspec.Meta(description="the post that is told first")]
    by: Annotated[Name, msgspec.Meta(description="by which channel: smtp, webhook or pager")]
    severity_at_most: Annotated[int, msgspec.Meta(ge=1, le=4)] = 4
    use_cases: tuple[Text, ...] = ()
    sites: tuple[Text, ...] = ()
    acknowledge_within_minutes: Annotated[
        int, msgspec.Meta(ge=1, description="the time before the next post is told")
    ] = 30
    then: tuple[Reached, ...] = ()

    @property
    def chain(self) -> tuple[Reached, ...]:
        """Give everybody it may come to, in order."""
        return (Reached(to=self.to, by=self.by), *self.then)


class Quiet(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Hours in which what can wait, waits: never a suspension, nor a severity of 1 or 2."""

    from_time: WALL
    to_time: WALL
    timezone: Text = "UTC"
    of: Annotated[tuple[About, ...], msgspec.Meta(min_length=1)] = ("hold", "condition")


class Playbook(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who is told of what."""

    kind: Literal["Playbook"]
    name: Name
    title: Text = "Who is told"
    tells: Annotated[
        tuple[Tell, ...],
        msgspec.Meta(min_length=1, description="who is told of what, as a list"),
    ]
    quiet: tuple[Quiet, ...] = ()
