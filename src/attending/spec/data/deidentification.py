"""How one extract is de-identified: what every column holds, and what becomes of it."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from attending.spec.text import PLACE, Date, Text

# What 45 CFR 164.514(b)(2)(i)(A) to (R) wants gone, in its order.
IDENTIFIERS = (
    "names", "geography", "dates", "telephone_numbers", "fax_numbers", "email_addresses",
    "social_security_numbers", "medical_record_numbers", "health_plan_numbers",
    "account_numbers", "certificate_numbers", "vehicle_identifiers", "device_identifiers",
    "web_addresses", "ip_addresses", "biometric_identifiers", "photographs", "other_unique",
)  # fmt: skip
FREE_TEXT, NOTHING = "free_text", "no_identifier"


class ColumnRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One column: what it holds, and the rule that it goes through."""

    holds: Annotated[
        Text,
        msgspec.Meta(description="one of the eighteen identifiers, free_text or no_identifier"),
    ]
    rule: Annotated[Text, msgspec.Meta(description="a rule of ingest/deid, such as year_only")]


class SmallCells(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Rows alike in these columns, in what comes out, are kept where enough people have them."""

    by: Annotated[tuple[Text, ...], msgspec.Meta(min_length=1)]
    at_least: Annotated[int, msgspec.Meta(ge=2)] = 11


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an expert found about the risk that is left (45 CFR 164.514(b)(1))."""

    expert: Annotated[Text, msgspec.Meta(description="the post or firm that made it")]
    signed_on: Date
    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$", description="of the document")]


class Deidentification(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A plan for one extract; a column that it does not name is refused, not passed on.

    Attributes
    ----------
    person
        The column that tells people apart; codes and shifts are made by it.
    method
        ``safe_harbor``: all eighteen identifiers are gone. ``expert``: an expert has stated
        that the risk left is very small, and for how the extract is made.
    sites, data_in
        Whose data they are, and where the extract will be kept and worked on; asked for once any
        site says where its data stay.

    """

    kind: Literal["Deidentification"]
    name: Text
    purpose: Text
    person: Text
    method: Literal["safe_harbor", "expert"]
    columns: dict[str, ColumnRule]
    small_cells: SmallCells | None = None
    statement: Statement | None = None
    sites: Annotated[tuple[Text, ...], msgspec.Meta(min_length=1)] | msgspec.UnsetType = (
        msgspec.UNSET
    )
    data_in: (
        Annotated[
            tuple[Annotated[str, msgspec.Meta(pattern=PLACE)], ...],
            msgspec.Meta(
                min_length=1, description="where the extract is kept and worked on, such as US-VA"
            ),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET
