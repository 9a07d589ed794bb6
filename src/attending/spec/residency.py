"""Where data of a site may be: the one reading of it that declarations and doors share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UnsetType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attending.spec.site import Site


def beyond(site: Site, places: Iterable[str] | UnsetType) -> str:
    """Say why data of a site may not be in some places; empty where they may.

    Parameters
    ----------
    site
        Whose data they are; where it says nothing, they may be anywhere.
    places
        Where they would be; not known is no permission.

    """
    if isinstance(site.data_stays_in, UnsetType):
        return ""
    may = f"data of site {site.name!r} may be in {', '.join(site.data_stays_in)} only"
    if isinstance(places, UnsetType):
        return f"{may}; say where it is"
    out = [place for place in places if not is_in(place, site.data_stays_in)]
    return f"{may}, not in {', '.join(out)}" if out else ""


def is_in(place: str, allowed: Iterable[str]) -> bool:
    """Tell whether a place is one of some, or a part of one.

    >>> is_in("US-VA", ["US"]), is_in("EU", ["EU-DE"])
    (True, False)
    """
    return any(place == each or place.startswith(f"{each}-") for each in allowed)
