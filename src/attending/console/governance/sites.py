"""Sites as people read them: which somebody may see, and by what title they are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.console.page import Asked


def sites_seen(asked: Asked) -> set[str] | None:
    """Give the sites that somebody may see; None is all of them."""
    return None if asked.reach.is_everything else {*titles(asked)}


def titles(asked: Asked) -> Mapping[str, str]:
    """Give the titles of the sites that somebody may see, by name, as use cases declare them."""
    return {
        site: title for course in asked.courses().values() for site, title in course.sites.items()
    }
