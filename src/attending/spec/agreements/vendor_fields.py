"""No vendor is sent a field that its contract does not list.

Reads: Model, Vendor. Asked of a vendor who is called (`base_url`) and lists what it may be sent
(`fields_allowed`). One who lists nothing may be sent nothing: the gateway refuses to start with
a model that is asked there. Says nothing of what a field holds; the use case's inputs and
features do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.spec.agreement import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attending.spec.agreement import Declared, Disagreement


def vendor_fields(declared: Declared) -> Iterator[Disagreement]:
    """Tell which models read what their vendor may not be sent."""
    for model in declared.models.values():
        vendor = declared.vendors.get(model.vendor)
        if vendor is None or vendor.base_url is None or not vendor.fields_allowed:
            continue
        for name in model.fields:
            if name not in vendor.fields_allowed:
                yield (Place("Model", model.name) / "fields" / name).says(
                    f"vendor {vendor.name!r} may be sent {', '.join(vendor.fields_allowed)} only"
                )
