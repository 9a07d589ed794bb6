"""Every metric, rule, engine, channel, model and vendor that is named is there.

Reads: UseCase, Rollout, Model, Vendor, and what the rooms hold. There is never a default.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.spec.agreement import HERE, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attending.spec.agreement import Declared, Disagreement


def names(declared: Declared) -> Iterator[Disagreement]:
    """Tell which names nothing bears."""
    for place, name, thing, known in _called(declared):
        if name not in known:
            yield place.unknown(name, thing, known, HERE if thing in ("Model", "Vendor") else "")


_Called = tuple[Place, str, str, tuple[str, ...]]


def _called(declared: Declared) -> Iterator[_Called]:
    words = declared.vocabulary
    use_case = declared.use_case
    here = Place("UseCase", use_case.name)
    yield here / "workflow" / "channel", use_case.workflow.channel, "channel", words.channels
    if use_case.model is not None:
        place = here / "model" / "model"
        yield place, use_case.model.model, "Model", tuple(declared.models)
    for i, target in enumerate(use_case.success):
        yield here / "success" / i / "metric", target.metric, "metric", words.metrics
    for i, row in enumerate(use_case.monitoring):
        yield here / "monitoring" / i / "metric", row.metric, "metric", words.metrics
    for name, model in declared.models.items():
        there = Place("Model", name)
        yield there / "engine", model.engine, "engine", words.engines
        if model.vendor:
            known = tuple(declared.vendors)
            yield there / "vendor", model.vendor, "Vendor", known
    yield from _listed(declared)


def _listed(declared: Declared) -> Iterator[_Called]:
    words, rollout = declared.vocabulary, declared.rollout
    if rollout is None:
        return
    here = Place("Rollout", rollout.use_case)
    for i, gate in enumerate(rollout.gates):
        yield here / "gates" / i / "gate", gate.gate, "gate", words.gates
    for i, caution in enumerate(rollout.cautions):
        yield here / "cautions" / i / "caution", caution.caution, "caution", words.cautions
    for i, limit in enumerate(rollout.safety_limits):
        place = here / "safety_limits" / i / "safety_limit"
        yield place, limit.safety_limit, "safety limit", words.safety_limits
    for listed in ("gates", "cautions", "safety_limits", "watch"):
        for i, rule in enumerate(getattr(rollout, listed)):
            yield here / listed / i / "metric", rule.metric, "metric", words.metrics
