"""What came of walking from an answer back to raw bytes: where they lie, or why it failed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reached:
    """One version of a resource that a feature rests on: nothing here says whose it is.

    Attributes
    ----------
    feature, view
        What rests on it, and by which view.
    resource
        Its FHIR type and version.
    raw, offset, length, line
        Where its bytes lie; lines count from 1.

    """

    feature: str
    view: str
    resource: str
    raw: str
    offset: int
    length: int
    line: int = 0


@dataclass(frozen=True)
class Traced:
    """One answer, traced.

    Attributes
    ----------
    reached
        What its features rest on.
    wanting
        What is not here that it takes, such as the raw files; empty where nothing is.
    wrong
        What is not as it was recorded, with its place.
    specs
        The fact that declares its views and features.

    """

    reached: tuple[Reached, ...] = ()
    wanting: str = ""
    wrong: str = ""
    specs: int | None = None
