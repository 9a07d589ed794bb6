"""People as an admin writes them down: who may sign in, how, and what they may do where."""

from __future__ import annotations

from typing import Annotated

import msgspec

from attending.spec.text import Date, Text


class SignsIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an identity provider calls somebody; only a digest of it is kept."""

    issuer: Annotated[Text, msgspec.Meta(description="the identity provider's own address")]
    subject: Annotated[Text, msgspec.Meta(description="what it calls this person: `sub`")]


class RoleHeld(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    kw_only=True,
    rename={"since": "from"},
):
    """A role, where it is held, and for how long; without sites it is held everywhere."""

    role: Annotated[Text, msgspec.Meta(description="one of the catalog of roles")]
    sites: tuple[Text, ...] = ()
    units: tuple[Text, ...] = ()
    tools: tuple[Text, ...] = ()
    since: Date | None = None
    to: Date | None = None


class PersonDeclared(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Somebody who may sign in."""

    person: Annotated[Text, msgspec.Meta(description="the post they hold, as committees name it")]
    printed_name: Annotated[Text, msgspec.Meta(description="what stands beside a signature")]
    signs_in: SignsIn | None = None
    roles: tuple[RoleHeld, ...] = ()


class PeopleDeclared(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everybody that one file names; who is not named in it stays as they are."""

    people: Annotated[
        tuple[PersonDeclared, ...],
        msgspec.Meta(min_length=1, description="who may sign in, as a list"),
    ]
