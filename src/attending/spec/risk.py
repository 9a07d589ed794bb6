"""The answers about risk, as tiers and rules read them: what is not known is never no."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from attending.digest import digest
from attending.spec.device import Determination, DeviceCriteria
from attending.spec.rulebook import RISK

if TYPE_CHECKING:
    from attending.spec.device import Found
    from attending.spec.use_case import Risk

NOT_KNOWN = "not_known"

WORST: tuple[Found, ...] = ("not_device", "unclear", "device")


def answers(risk: Risk) -> dict[str, str | None]:
    """Give the answers about risk as a rulebook may ask about them; None is not known."""
    found: dict[str, str | None] = {}
    for name in RISK:
        said = device(risk).result if name == "device" else getattr(risk, name)
        if isinstance(said, bool):
            said = "yes" if said else "no"
        known = isinstance(said, str) and said != NOT_KNOWN
        found[f"risk.{name}"] = said if known else None
    return found


def device(risk: Risk) -> Determination:
    """Determine whether it is a device: what was stated, or what the criteria come to if stricter.

    Where all four hold it is none, but where it is also time-critical that is unclear.
    """
    found = risk.device_criteria
    if not isinstance(found, DeviceCriteria):
        return Determination(time_critical=risk.time_critical, result=risk.device)
    four = (found.c1, found.c2, found.c3, found.c4)
    came: Found = "device" if "no" in four else "unclear" if "unclear" in four else "not_device"
    if came == "not_device" and risk.time_critical:
        came = "unclear"
    return Determination(
        c1=found.c1,
        c2=found.c2,
        c3=found.c3,
        c4=found.c4,
        time_critical=risk.time_critical,
        result=max(came, risk.device, key=WORST.index),
        guidance_version=found.guidance_version,
        by=found.by,
    )


def inputs_digest(risk: Risk) -> str:
    """Give the digest of the answers: other answers, another digest."""
    return digest({"answers": answers(risk), "device": msgspec.to_builtins(device(risk))})
