"""A source: how the columns of somebody's file become cases and outcomes (contract C6)."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from attending.spec.data.history import History
from attending.spec.text import Days, Text

Scalar = str | int | float | bool | None


class DayColumn(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    rename={"as_": "as"},
    kw_only=True,
):
    """When a case happened, as a site day: days since the tool went live there.

    Exactly one of three forms: a number of days (``column``, ``days_since``); a date
    or time (``column``, ``as``, ``since``); no time at all (``hash_of``, ``per_day``),
    where cases are ordered by SHA-256 of a column, or of a text made from columns
    (``"{site}:{row}"``), and the report says it is no calendar.
    """

    column: str | None = None
    days_since: Literal["site_launch"] | None = None
    as_: Literal["date", "datetime"] | None = None
    since: str | dict[str, str] | None = None
    hash_of: str | None = None
    per_day: Annotated[int, msgspec.Meta(ge=1)] | None = None


class MappedColumn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A column whose values are given other names; an unlisted value is parked."""

    column: Annotated[Text, msgspec.Meta(description="the column's name in the file")]
    map: dict[str, str] | None = None


class ArmColumn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The randomized arm, with the probability each arm was drawn with."""

    column: Annotated[Text, msgspec.Meta(description="the column's name in the file")]
    map: Annotated[
        dict[str, str],
        msgspec.Meta(description="which value means which arm, such as {1: alerted, 0: usual}"),
    ]
    probability: Annotated[
        dict[str, Annotated[float, msgspec.Meta(gt=0, lt=1)]],
        msgspec.Meta(description="with which probability each arm was drawn"),
    ]


class DisplayColumn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What people were shown for this case, as it was recorded."""

    column: Annotated[Text, msgspec.Meta(description="the column's name in the file")]
    map: Annotated[
        dict[str, Literal["shown", "no_advice", "silent", "suppressed", "failed", "late"]],
        msgspec.Meta(description="which value means which display, such as {1: shown, 0: silent}"),
    ]


class SubgroupColumn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An attribute that divides cases; numbers are cut at the declared points."""

    column: Annotated[Text, msgspec.Meta(description="the column's name in the file")]
    map: dict[str, str] | None = None
    cuts: tuple[float, ...] | None = None


class InputColumn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A column that a model may read when the replay scores; codes may be given names."""

    column: Annotated[Text, msgspec.Meta(description="the column's name in the file")]
    map: dict[str, str] | None = None


class LeftOut(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Rows that are not replayed, for a reason written before they are read; counted."""

    column: Annotated[Text, msgspec.Meta(description="the column's name in the file")]
    values: Annotated[
        tuple[str, ...],
        msgspec.Meta(min_length=1, description="the values whose rows are left out"),
    ]
    because: Annotated[Text, msgspec.Meta(description="why they are left out, for the report")]


class CaseColumns(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which columns make a case, or with `joined_on` name one that the gateway has answered.

    Where no column names a case, a text made from columns does: ``"{site}:{row}"``.
    Names in braces are columns. ``{row}`` is how many rows above it read the same in those
    columns, so that a case keeps its name when another site's rows come or go.

    With ``joined_on`` rows bring outcomes alone: ``case`` names the encounter, the patient
    or the prediction that the gateway was asked about, and no day is told. It is unset, not
    null, where it is absent, so that a source without it is spelled as it always was.
    """

    case: Annotated[Text, msgspec.Meta(description="the column that names the case")]
    site: Annotated[MappedColumn, msgspec.Meta(description="the column that names the site")]
    day: Annotated[
        DayColumn,
        msgspec.Meta(description="how the day of the case is told; not with joined_on"),
    ] = DayColumn()
    joined_on: (
        Annotated[
            Literal["encounter", "patient", "prediction"],
            msgspec.Meta(description="what `case` names, where the gateway answered the case"),
        ]
        | UnsetType
    ) = UNSET
    arm: ArmColumn | None = None
    display: DisplayColumn | None = None
    subgroups: dict[str, SubgroupColumn] = {}
    inputs: dict[str, InputColumn] = {}
    left_out: tuple[LeftOut, ...] = ()

    @property
    def joins(self) -> str:
        """Give what `case` names at the gateway; empty where rows tell cases themselves."""
        return self.joined_on or ""


class OutcomeColumns(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which columns make an outcome, and how long after the case it is known.

    ``any`` is true when one part is true, false when none is and at least one is
    recorded, and missing when no part is recorded. Cases counted as false though a
    part was not recorded are counted apart and reported.
    """

    any: tuple[str, ...] | None = None
    column: str | None = None
    true_when: tuple[Scalar, ...] | None = None
    above: float | None = None
    known_after: Annotated[
        Days,
        msgspec.Meta(description="days after the case at which it is known, such as 14 d"),
    ]


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One mapping from files to facts.

    ``missing`` lists the spellings of "nothing was recorded", for every column or,
    as a mapping, for named columns beside the two that always hold.
    """

    kind: Literal["Source"]
    name: Text = "source"
    title: str = ""
    credit: str = ""
    missing: tuple[Scalar, ...] | dict[str, tuple[Scalar, ...]] = ("", "NaN")
    cases: Annotated[CaseColumns, msgspec.Meta(description="which columns make a case")]
    outcomes: Annotated[
        dict[str, OutcomeColumns],
        msgspec.Meta(description="which columns make each outcome"),
    ]
    history: History | UnsetType = UNSET  # its rows are those of views, not of a file
