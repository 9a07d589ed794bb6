"""A feed: where a site's clinical data comes from, in which form, and whose clock it goes by."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

import msgspec

from attending.spec.text import ELEMENT, Name

Form = Literal["fhir_ndjson", "fhir_bundle"]
FORMS: tuple[Form, ...] = get_args(Form)


class Feed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One source of resources at one site.

    ``known`` is the path of the element that says when a resource became known at the source,
    where it has no ``meta.lastUpdated``. What neither tells is known when it is received.
    """

    kind: Literal["Feed"]
    name: Annotated[Name, msgspec.Meta(description="what the source is called")]
    site: Annotated[Name, msgspec.Meta(description="whose data it brings")]
    format: Annotated[Form, msgspec.Meta(description="in which form")]
    known: (
        Annotated[
            str,
            msgspec.Meta(
                pattern=ELEMENT, description="when a resource became known, such as issued"
            ),
        ]
        | None
    ) = None
    title: str = ""
    credit: str = ""
