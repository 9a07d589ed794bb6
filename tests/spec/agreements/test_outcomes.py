"""Outcomes that the parts of a folder disagree on, and what the person is told."""

from __future__ import annotations

import pytest

REFUSED = {
    "an outcome the use case does not declare, in success": (
        "usecase.yaml",
        "of: fall30, target",
        "of: fall_30, target",
        (
            "usecase.yaml:8: success[0].of: there is no outcome 'fall_30' in the use case; did "
            "you mean 'fall30'? (accepted: fall30)"
        ),
    ),
    "the same in monitoring": (
        "usecase.yaml",
        "    of: fall30\n",
        "    of: fall3\n",
        (
            "usecase.yaml:28: monitoring[0].of: there is no outcome 'fall3' in the use case; "
            "did you mean 'fall30'? (accepted: fall30)\n"
            "usecase.yaml:26: monitoring: nobody watches outcomes.risk_ratio of fall30, though "
            "gates[0] of the rollout rests on it; add a row with its metric, of, principle, "
            "cadence, owner, trigger and action"
        ),
    ),
    "the same in a caution": (
        "rollout.yaml",
        "{caution: short_of_goal, metric: outcomes.risk_ratio, of: fall30",
        "{caution: short_of_goal, metric: outcomes.risk_ratio, of: fal30",
        (
            "rollout.yaml:13: cautions[0].of: there is no outcome 'fal30' in the use case; did "
            "you mean 'fall30'? (accepted: fall30)"
        ),
    ),
    "the same in what is only shown": (
        "rollout.yaml",
        "freezes:",
        ("watch:\n  - {metric: outcomes.risk_ratio, of: falls}\nfreezes:"),
        (
            "rollout.yaml:17: watch[0].of: there is no outcome 'falls' in the use case; did you"
            " mean 'fall30'? (accepted: fall30)"
        ),
    ),
    "a source that is not there": (
        "usecase.yaml",
        "sources: [source]",
        "sources: [sauce]",
        (
            "usecase.yaml:17: outcomes[0].sources[0]: there is no Source 'sauce' in this "
            "folder; did you mean 'source'? (accepted: source)"
        ),
    ),
    "an outcome the source does not provide": (
        "source.yaml",
        "fall30: {any",
        "fall3: {any",
        (
            "usecase.yaml:17: outcomes[0].sources[0]: there is no outcome 'fall30' in source "
            "'source'; did you mean 'fall3'? (accepted: fall3)"
        ),
    ),
    "known on another day in the source": (
        "source.yaml",
        "known_after: 30 d",
        "known_after: 14 d",
        (
            "source.yaml:11: outcomes.fall30.known_after: the source says 14 d, but the use "
            "case says 'fall30' has maturity 30 d; write the same number of days in both"
        ),
    ),
    "matured before the window closes": (
        "usecase.yaml",
        "window: 30 d, maturity: 30 d",
        "window: 30 d, offset: 1 d, maturity: 30 d",
        (
            "usecase.yaml:17: outcomes[0].maturity: maturity 30 d ends before the window does "
            "(day 31); write 31 d or more"
        ),
    ),
    "an outcome declared twice": (
        "usecase.yaml",
        "subgroups:",
        (
            "  - {name: fall30, title: Again, sources: [source], window: 30 d, maturity: 30 d}\n"
            "subgroups:"
        ),
        "usecase.yaml:18: outcomes[1].name: outcome 'fall30' is declared twice; keep one",
    ),
    "a subgroup that the source does not have": (
        "usecase.yaml",
        "attributes: [sex]",
        "attributes: [sexx]",
        (
            "usecase.yaml:18: subgroups.attributes[0]: there is no subgroup 'sexx' in `cases: "
            "subgroups:` of its source; did you mean 'sex'? (accepted: sex, age)"
        ),
    ),
}


@pytest.mark.parametrize(("file", "old", "new", "told"), REFUSED.values(), ids=REFUSED)
def test_outcomes_on_which_the_folder_disagrees_are_refused(spoiled, file, old, new, told):
    assert spoiled(file, old, new) == told
