"""The error budget, split: who may be wrongly advanced, held or suspended, how often (C9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from attending.spec.rollout import Rollout

Listed = Literal["gate", "caution", "safety_limit"]

EVERYWHERE = "all"
MOST_CONDITIONS = 8  # contract G6: of each effect, over the whole rollout; then a new plan


def scopes(rollout: Rollout) -> tuple[str, ...]:
    """List where verdicts are given: each site once, each pool, then ``all``.

    Sites stand in the order of the waves, pools in the order they were written.
    """
    sites = [site for wave in rollout.waves for site in wave.sites]
    pools = [pool.name for pool in rollout.pools]
    return (*dict.fromkeys(sites + pools), EVERYWHERE)


def shares(rollout: Rollout) -> dict[str, dict[Listed, float]]:
    """Give what one gate, one caution and one safety limit may spend in each scope.

    Each part of the budget is split over the scopes, equally or by the declared
    weights (a scope without a weight weighs 1). Cautions then share a scope's hold
    part and safety limits its suspend part. Gates share nothing: a wave advances only
    when all of them are met, so each may spend the whole expand part (C9).

    Returns
    -------
    dict
        For each scope, the share of one gate, one caution and one safety limit.

    """
    budget, where = rollout.budget, scopes(rollout)
    weights = {scope: budget.weights.get(scope, 1.0) for scope in where}
    total = sum(weights.values())
    cautions = max(1, len(rollout.cautions))
    limits = max(1, len(rollout.safety_limits))
    return {
        scope: {
            "gate": budget.expand * weight / total,
            "caution": budget.hold * weight / total / cautions,
            "safety_limit": budget.suspend * weight / total / limits,
        }
        for scope, weight in weights.items()
    }


def condition_share(rollout: Rollout, effect: Literal["hold", "suspend"]) -> float:
    """Give what one condition of an effect may spend: an eighth, however many are set."""
    budget = rollout.budget.conditions
    return (budget.hold if effect == "hold" else budget.suspend) / MOST_CONDITIONS
