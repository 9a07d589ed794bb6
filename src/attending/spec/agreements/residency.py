"""No site's data goes to a vendor who keeps them where that site's data may not be.

Reads: Model, Rollout, Site, Vendor. Asked only of a vendor who is called (`base_url`): a model
that runs here sends nothing anywhere. Where a vendor keeps what it is sent and nobody has
declared it, it is not known, and not known is no permission. Says nothing of what a vendor
does; the contract does, and whoever reads it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.spec.agreement import Place
from attending.spec.residency import beyond

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attending.spec.agreement import Declared, Disagreement
    from attending.spec.vendor import Vendor


def residency(declared: Declared) -> Iterator[Disagreement]:
    """Tell which called vendor keeps data where a site of the rollout does not let them be."""
    rollout = declared.rollout
    waves = rollout.waves if rollout is not None else ()
    named = dict.fromkeys(name for wave in waves for name in wave.sites)
    sites = [declared.sites[name] for name in named if name in declared.sites]
    for vendor in _called(declared):
        for site in sites:
            why = beyond(site, vendor.data_in)
            if why:
                yield (Place("Vendor", vendor.name) / "data_in").says(why)


def _called(declared: Declared) -> Iterator[Vendor]:
    """Give the vendors of this folder's models that are called at an address."""
    names = dict.fromkeys(model.vendor for model in declared.models.values() if model.vendor)
    for name in names:
        vendor = declared.vendors.get(name)
        if vendor is not None and vendor.base_url is not None:
            yield vendor
