"""Whether a tool is a medical device in United States law: the four criteria, answered one by one.

Clinical decision support is no device where all four hold (Food, Drug, and Cosmetic Act, section
520(o)(1)(E)). The platform records who answered what by which guidance; it gives no legal advice.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from attending.spec.text import Text

Criterion = Literal["yes", "no", "unclear"]

Found = Literal["not_device", "unclear", "device"]


class DeviceCriteria(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The four criteria; `yes` is that one holds, and one that does not makes a device of it."""

    c1: Annotated[
        Criterion,
        msgspec.Meta(description="it reads no image, and no raw reading of an instrument"),
    ]
    c2: Annotated[
        Criterion,
        msgspec.Meta(description="it shows or weighs medical information as people know it"),
    ]
    c3: Annotated[
        Criterion,
        msgspec.Meta(description="it supports or advises a health care professional, nobody else"),
    ]
    c4: Annotated[
        Criterion,
        msgspec.Meta(
            description="that professional can look behind its advice, and need not trust"
        ),
    ]
    guidance_version: Annotated[
        Text,
        msgspec.Meta(description="which guidance was read, by its date, such as 2026-01-29"),
    ]
    by: Annotated[Text, msgspec.Meta(description="who answered, by name or post")]


class Determination(msgspec.Struct, frozen=True, kw_only=True):
    """What the criteria come to; a criterion that nobody answered is ``unclear``."""

    c1: Criterion = "unclear"
    c2: Criterion = "unclear"
    c3: Criterion = "unclear"
    c4: Criterion = "unclear"
    time_critical: bool
    result: Found
    guidance_version: str = ""
    by: str = ""
