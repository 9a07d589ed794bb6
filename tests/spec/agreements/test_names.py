"""Names that nothing bears, and the nearest one that the person is offered."""

from __future__ import annotations

import pytest

REFUSED = {
    "a metric of success": (
        "usecase.yaml",
        "outcomes.risk_ratio, of: fall30, target",
        "outcome.risk_ratio, of: fall30, target",
        (
            "usecase.yaml:8: success[0].metric: there is no metric 'outcome.risk_ratio'; did "
            "you mean 'outcomes.risk_ratio'? (accepted: adoption.override_rate, "
            "outcomes.completeness, outcomes.risk_ratio)"
        ),
    ),
    "a metric of monitoring": (
        "usecase.yaml",
        "metric: outcomes.risk_ratio\n",
        "metric: adoption.overide_rate\n",
        (
            "usecase.yaml:27: monitoring[0].metric: there is no metric 'adoption.overide_rate';"
            " did you mean 'adoption.override_rate'? (accepted: adoption.override_rate, "
            "outcomes.completeness, outcomes.risk_ratio)\n"
            "usecase.yaml:26: monitoring: nobody watches outcomes.risk_ratio of fall30, though "
            "gates[0] of the rollout rests on it; add a row with its metric, of, principle, "
            "cadence, owner, trigger and action"
        ),
    ),
    "a metric of a gate": (
        "rollout.yaml",
        "no_worse_than, metric: outcomes.risk_ratio",
        "no_worse_than, metric: outcomes.risk_ration",
        (
            "rollout.yaml:11: gates[0].metric: there is no metric 'outcomes.risk_ration'; did "
            "you mean 'outcomes.risk_ratio'? (accepted: adoption.override_rate, "
            "outcomes.completeness, outcomes.risk_ratio)\n"
            "usecase.yaml:26: monitoring: nobody watches outcomes.risk_ration of fall30, though"
            " gates[0] of the rollout rests on it; add a row with its metric, of, principle, "
            "cadence, owner, trigger and action"
        ),
    ),
    "a metric only shown": (
        "rollout.yaml",
        "freezes:",
        ("watch:\n  - {metric: override_rate}\nfreezes:"),
        (
            "rollout.yaml:17: watch[0].metric: there is no metric 'override_rate'; did you mean"
            " 'adoption.override_rate'? (accepted: adoption.override_rate, "
            "outcomes.completeness, outcomes.risk_ratio)"
        ),
    ),
    "a gate": (
        "rollout.yaml",
        "gate: no_worse_than",
        "gate: no_worse",
        (
            "rollout.yaml:11: gates[0].gate: there is no gate 'no_worse'; did you mean "
            "'no_worse_than'? (accepted: enough_outcomes, evidence_fresh, no_worse_than)"
        ),
    ),
    "a caution": (
        "rollout.yaml",
        "caution: short_of_goal",
        "caution: short_of_gaol",
        (
            "rollout.yaml:13: cautions[0].caution: there is no caution 'short_of_gaol'; did you"
            " mean 'short_of_goal'? (accepted: short_of_goal)"
        ),
    ),
    "a safety limit": (
        "rollout.yaml",
        "safety_limit: beyond_floor",
        "safety_limit: byond_floor",
        (
            "rollout.yaml:15: safety_limits[0].safety_limit: there is no safety limit "
            "'byond_floor'; did you mean 'beyond_floor'? (accepted: beyond_floor)"
        ),
    ),
    "a channel": (
        "usecase.yaml",
        "channel: cds_hooks",
        "channel: cds_hook",
        (
            "usecase.yaml:13: workflow.channel: there is no channel 'cds_hook'; did you mean "
            "'cds_hooks'? (accepted: cds_hooks, worklist)"
        ),
    ),
    "an engine": (
        "model.yaml",
        "engine: logistic",
        "engine: logistics",
        (
            "model.yaml:5: engine: there is no engine 'logistics'; did you mean 'logistic'? "
            "(accepted: logistic, onnx)"
        ),
    ),
    "a vendor": (
        "model.yaml",
        "vendor: maker",
        "vendor: makr",
        (
            "model.yaml:6: vendor: there is no Vendor 'makr' in this folder; did you mean "
            "'maker'? (accepted: maker)"
        ),
    ),
    "a model": (
        "usecase.yaml",
        "workflow:",
        ("model: {model: fall_score}\nworkflow:"),
        (
            "usecase.yaml:12: model.model: there is no Model 'fall_score' in this folder; did "
            "you mean 'falls_score'? (accepted: falls_score)"
        ),
    ),
}


@pytest.mark.parametrize(("file", "old", "new", "told"), REFUSED.values(), ids=REFUSED)
def test_a_name_that_nothing_bears_is_refused_with_the_nearest(spoiled, file, old, new, told):
    assert spoiled(file, old, new) == told
