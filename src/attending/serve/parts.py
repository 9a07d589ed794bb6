"""The parts a gateway is built from; nothing of it is looked up anywhere else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from attending.serve.found_here import FoundHere
from attending.serve.notices import SHIFT
from attending.serve.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from attending.clock import Clock
    from attending.serve.cases import Cases
    from attending.serve.channel import Channel
    from attending.serve.clients import Clients
    from attending.serve.exposure import Exposures
    from attending.serve.keeper import Pen
    from attending.serve.pseudonym import Pseudonyms
    from attending.serve.tool import Tools

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Options:
    """What an operator may set.

    Attributes
    ----------
    base_url
        The address callers use, without a path; a token's audience is checked against it.
    max_body
        Bytes of a request; more is refused unread.
    body_seconds
        How long a request may take to arrive.
    shift
        How long a person who was told that an AI is down is not told again.
    origins
        Browser origins that may call; none by default.
    about_the_past
        Whether a caller may say which moment it asks about: in a replay, and nowhere else.

    """

    base_url: str = "http://127.0.0.1:8400"
    max_body: int = MEBIBYTE
    body_seconds: float = 5.0
    shift: timedelta = SHIFT
    origins: tuple[str, ...] = ()
    about_the_past: bool = False


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Everything a gateway needs.

    Attributes
    ----------
    clients
        Who may call; None turns authentication off, for a demo on loopback only.
    found_here
        How good each tool was found to be at each site; refreshed with the snapshot.
    cases
        Who was shown what this week, for tools with a weekly cap.
    units
        By site, the units whose names are no secret: those its spec declares.

    """

    gateway: str
    sites: tuple[str, ...]
    tools: Tools
    channels: tuple[Channel, ...]
    exposures: Exposures
    pen: Pen
    pseudonyms: Pseudonyms
    clock: Clock
    clients: Clients | None
    cases: Cases
    found_here: FoundHere = field(default_factory=FoundHere)
    units: Mapping[str, frozenset[str]] = field(default_factory=dict)
    options: Options = field(default_factory=Options)
    tally: Tally = field(default_factory=Tally)
