"""Read what a folder's features go through: views, and maps with the files beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UnsetType

from attending.ingest.history import compiled
from attending.ingest.terms.pinned import keep_maps, through
from attending.spec.data.reading import Reading

if TYPE_CHECKING:
    from attending.admit import Folder
    from attending.fhir.view import View
    from attending.lake.raw import RawFiles


def reading_of(folder: Folder) -> Reading:
    """Give the views of an admitted folder, and the maps that its features are read through.

    Raises
    ------
    Refused
        A map's file does not hold what was declared.

    """
    return Reading(tuple(folder.views.values()), through(folder.terms, _read(folder), folder.path))


def keep_maps_of(folder: Folder, raw: RawFiles) -> None:
    """Keep a folder's maps beside the raw data, so that answers can be made again."""
    keep_maps(raw, folder.terms, folder.path)


def views_read(folder: Folder) -> list[View]:
    """Give the views that features or a history read, ready to be applied."""
    return list(compiled({name: folder.views[name] for name in sorted(_read(folder))}).values())


def _read(folder: Folder) -> set[str]:
    """Name the views that features or a history read."""
    read = {feature.view for feature in folder.use_case.features_by_name().values()}
    for source in folder.sources.values():
        if not isinstance(source.history, UnsetType):
            read |= {source.history.cases, source.history.outcomes}
    return read
