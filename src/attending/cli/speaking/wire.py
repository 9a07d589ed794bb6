"""What verbs about HL7 v2 messages have in common: whose they are and how they are read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from attending.errors import Refused
from attending.ingest.hl7v2.charset import CODECS
from attending.spec.text import IN_WORDS, NAME

if TYPE_CHECKING:
    from datetime import tzinfo


def named(_: click.Context, option: click.Parameter, name: str) -> str:
    """Give a name that a spec may bear; refuse any other, before something is kept under it."""
    if re.fullmatch(NAME, name) is None:
        where = option.opts[0]
        raise Refused(f"{name!r} is no name here", where=where, accepted=[IN_WORDS[NAME]])
    return name


SITE = click.option("--site", required=True, callback=named, help="Whose messages these are.")
SOURCE = click.option(
    "--source", required=True, callback=named, help="What the feed is called, such as adt."
)
TABLES = click.option(
    "--tables",
    required=True,
    type=click.Path(path_type=Path),
    help="HL7's v2-to-FHIR mapping tables: the folder with messages, segments, datatypes, …",
)
ZONE = click.option(
    "--zone",
    "zone_name",
    help="The zone of times that name none, such as Europe/Vienna; else it is not known.",
)
CHARSET = click.option(
    "--charset",
    default="utf-8",
    show_default=True,
    type=click.Choice(sorted(set(CODECS.values()))),
    help="Of messages whose MSH-18 is empty.",
)


def zone(name: str | None) -> tzinfo | None:
    """Give a zone by its name; None if none is named.

    Raises
    ------
    Refused
        There is no such zone.

    """
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Refused(f"no time zone {name!r}", accepted=["as Europe/Vienna, or UTC"]) from error
