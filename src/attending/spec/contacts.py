"""Contacts: where posts are reached, and with which secrets. Never a fact, never in a ledger."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from attending.spec.text import Text

SHORTEST_SECRET = 16  # characters


class Mail(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The server that takes mail for delivery."""

    host: Text
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 587
    sender: Text
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    user: str = ""
    password: str = ""


class Hook(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An address that takes signed messages, and the secret they are signed with."""

    url: Text
    secret: Annotated[str, msgspec.Meta(min_length=SHORTEST_SECRET)]


class Pager(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An address that takes events, and the key that routes them."""

    url: Text
    key: Text


class Post(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One post, and the ways to reach it."""

    post: Annotated[Text, msgspec.Meta(description="as playbooks name it")]
    smtp: str = ""
    webhook: Hook | None = None
    pager: Pager | None = None


class Contacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everybody who can be told."""

    kind: Literal["Contacts"]
    console: str = ""
    mail: Mail | None = None
    posts: Annotated[tuple[Post, ...], msgspec.Meta(min_length=1)]

    def post(self, name: str) -> Post | None:
        """Give a post; None where nobody says how it is reached."""
        return next((each for each in self.posts if each.post == name), None)
