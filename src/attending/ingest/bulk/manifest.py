"""What a server says that it has: the manifest of an export, of either version."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn

import msgspec

from attending import shapes
from attending.errors import Refused
from attending.ingest.bulk.later import codes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attending.ingest.bulk.asking import Answer

GOOD = 200
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")


class Item(msgspec.Struct, rename="camel"):
    """One file of a manifest."""

    url: str
    type: str = ""
    count: int | None = None


class Link(msgspec.Struct):
    """Where the manifest goes on."""

    relation: str
    url: str


class Manifest(msgspec.Struct, rename="camel"):
    """A manifest, of either version."""

    transaction_time: str
    requires_access_token: bool
    output: list[Item] = []
    deleted: list[Item] = []
    error: list[Item] = []
    outcome: list[Item] = []
    link: list[Link] = []


def items(manifest: Manifest) -> Iterator[tuple[str, Item]]:
    """Give its files in its order, and what each is: output, deleted or outcome."""
    for what, items in (
        ("output", manifest.output),
        ("deleted", manifest.deleted),
        ("outcome", [*manifest.error, *manifest.outcome]),
    ):
        for item in items:
            yield what, item


def read(answer: Answer) -> Manifest:
    """Read a manifest, or one page of it.

    Raises
    ------
    Refused
        The server failed, or this is no manifest: one without its moment would let the next
        export ask from nowhere.

    """
    if answer.status != GOOD:
        refuse("the export failed", answer)
    try:
        manifest = shapes.decode(answer.body, Manifest)
    except msgspec.MsgspecError as error:
        raise Refused(f"the manifest cannot be read: {error}") from error
    if not INSTANT.fullmatch(manifest.transaction_time):
        because = "the manifest cannot be read: its transactionTime is no instant"
        raise Refused(because, accepted=["2026-11-01T04:00:00Z"])
    return manifest


def refuse(what: str, answer: Answer) -> NoReturn:
    """Refuse with the codes of an OperationOutcome; its texts may tell of patients."""
    found = codes(answer.body)
    told = f" ({', '.join(found)})" if found else ""
    raise Refused(f"{what}: it answered {answer.status}{told}")
