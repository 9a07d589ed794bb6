"""A source whose rows are those of views over FHIR resources, and when each became known.

A case is a row of one view, such as one row for each stay, and its outcome a row of another.
What a tool is asked about a case is put together from the resources that were known at the
moment it is asked, and from no others.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from attending.spec.text import Name, Text


class History(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which views hold the cases and their outcomes, and who and when a case is about.

    Attributes
    ----------
    cases, outcomes
        Views of this folder. The columns of `cases:` and `outcomes:` in the source are theirs.
    patient, encounter, asked_at
        Columns of the view of cases: keys such as ``Patient/123``, and a date or time.
    known
        By FHIR type, the elements that tell from which moment a resource counts as known, where
        it says none itself (``meta.lastUpdated``): the first that gives one. A resource without
        any is known from when it was received, and the report says so.

    """

    cases: Annotated[Name, msgspec.Meta(description="the view with one row for each case")]
    outcomes: Annotated[Name, msgspec.Meta(description="the view that tells what became of them")]
    patient: Annotated[Text, msgspec.Meta(description="the column that names the patient")]
    encounter: str = ""
    asked_at: Annotated[Text, msgspec.Meta(description="the column that says when it is asked")]
    known: dict[str, tuple[str, ...]] = {}
