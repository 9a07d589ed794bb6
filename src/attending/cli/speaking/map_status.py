"""Say of maps that are read which of them their makers do not call ready for use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from attending.fhir.terms import Terms

ACTIVE = "active"
WORDS = {
    "draft": "its maker calls it a draft, not yet ready for normal use",
    "retired": "its maker has retired it; it is read since `take_retired` says so",
}
NOT_SAID = "its maker does not say whether it is ready for use"


def tell_status(maps: Terms) -> Terms:
    """Print on stderr what makers say of maps that are not active; give the maps."""
    for name, status in sorted(maps.statuses.items()):
        if status != ACTIVE:
            click.echo(f"{name}: {WORDS.get(status, NOT_SAID)}", err=True)
    return maps
