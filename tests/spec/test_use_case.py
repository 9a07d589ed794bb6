"""What a use case and a rollout must say, and what the person is told when they do not."""

from __future__ import annotations

import pytest

REFUSED = {
    "no executive sponsor": (
        "usecase.yaml",
        "executive_sponsor: {person: chief-nurse}\n",
        "",
        (
            "usecase.yaml:1: `executive_sponsor:` is missing (who stands for it among those who"
            " lead, and can stop it); write `executive_sponsor: {person: …}`"
        ),
    ),
    "no clinical champion": (
        "usecase.yaml",
        "clinical_champion: {person: ward-nurse}\n",
        "",
        (
            "usecase.yaml:1: `clinical_champion:` is missing (the clinician who uses it and "
            "speaks for those who must); write `clinical_champion: {person: …}`"
        ),
    ),
    "nobody to own it after launch": (
        "usecase.yaml",
        "owner: falls-lead, ",
        "",
        (
            "usecase.yaml:11: after_launch: `owner:` is missing (who answers for the tool once "
            "the project team is gone); write `owner: …`"
        ),
    ),
    "nobody to decide": (
        "usecase.yaml",
        "decides: committee, ",
        "",
        (
            "usecase.yaml:11: after_launch: `decides:` is missing (who says whether it expands,"
            " changes or retires); write `decides: …`"
        ),
    ),
    "nobody to fund it": (
        "usecase.yaml",
        "funds: quality, ",
        "",
        (
            "usecase.yaml:11: after_launch: `funds:` is missing (whose budget pays for it after"
            " the project's money ends); write `funds: …`"
        ),
    ),
    "nobody to support it": (
        "usecase.yaml",
        ", supports: desk",
        "",
        (
            "usecase.yaml:11: after_launch: `supports:` is missing (whom clinicians call when "
            "it misbehaves); write `supports: …`"
        ),
    ),
    "no problem": (
        "usecase.yaml",
        "problem: Patients fall at night.\n",
        "",
        (
            "usecase.yaml:1: `problem:` is missing (what goes wrong today, for whom; an AI "
            "without a problem has no use); write `problem: …`"
        ),
    ),
    "an empty problem": (
        "usecase.yaml",
        "problem: Patients fall at night.",
        "problem:",
        (
            "usecase.yaml:6: problem: `problem:` is empty (what goes wrong today, for whom; an "
            "AI without a problem has no use); write `problem: …`"
        ),
    ),
    "a problem of spaces": (
        "usecase.yaml",
        "problem: Patients fall at night.",
        "problem: '  '",
        "usecase.yaml:6: problem: the text is empty; write something here",
    ),
    "no success metrics": (
        "usecase.yaml",
        ("success:\n  - {metric: outcomes.risk_ratio, of: fall30, target: 0.9, by: day 90}\n"),
        "",
        (
            "usecase.yaml:1: `success:` is missing (metrics with targets that can be missed, "
            "written before the first case); write `success: [{metric: …, target: …, by: …}]`"
        ),
    ),
    "an empty list of success metrics": (
        "usecase.yaml",
        ("success:\n  - {metric: outcomes.risk_ratio, of: fall30, target: 0.9, by: day 90}\n"),
        "success: []\n",
        (
            "usecase.yaml:7: success: the list is empty; write at least one, as `[{metric: …, "
            "target: …, by: …}]`"
        ),
    ),
    "a success metric without a target": (
        "usecase.yaml",
        ", target: 0.9",
        "",
        (
            "usecase.yaml:8: success[0]: `target:` is missing (the value that would count as "
            "success, written before the first case); write `target: …`"
        ),
    ),
    "no path": (
        "usecase.yaml",
        "path: A\n",
        "",
        (
            "usecase.yaml:1: `path:` is missing (A: same tool, more sites; B: more tools, same "
            "people; or both); write `path: A | B | both`"
        ),
    ),
    "a path that is none of the three": (
        "usecase.yaml",
        "path: A",
        "path: C",
        "usecase.yaml:4: path: 'C' is not one of the words used here (accepted: A, B, both)",
    ),
    "a word in the wrong case": (
        "usecase.yaml",
        "path: A",
        "path: a",
        (
            "usecase.yaml:4: path: 'a' is not one of the words used here; did you mean 'A'? "
            "(accepted: A, B, both)"
        ),
    ),
    "a monitoring row without an owner": (
        "usecase.yaml",
        "    owner: ward-nurse\n",
        "",
        (
            "usecase.yaml:27: monitoring[0]: `owner:` is missing (who looks; a number that "
            "nobody owns is not watched); write `owner: …`"
        ),
    ),
    "a monitoring row without an action": (
        "usecase.yaml",
        "    action: suspend\n",
        "",
        (
            "usecase.yaml:27: monitoring[0]: `action:` is missing (what is done then; without "
            "it the row cannot be activated); write `action: hold | page | retire | retrain | "
            "review | suspend`"
        ),
    ),
    "an action that is not one": (
        "usecase.yaml",
        "    action: suspend\n",
        "    action: suspended\n",
        (
            "usecase.yaml:33: monitoring[0].action: 'suspended' is not one of the words used "
            "here; did you mean 'suspend'? (accepted: hold, page, retire, retrain, review, "
            "suspend)"
        ),
    ),
    "no safety limits": (
        "rollout.yaml",
        (
            "safety_limits:\n"
            "  - {safety_limit: beyond_floor, metric: outcomes.risk_ratio, of: fall30, floor: "
            "1.25, stop_line: 2}\n"
        ),
        "",
        (
            "rollout.yaml:1: `safety_limits:` is missing (what suspends output without anybody "
            "asking); write `safety_limits: [{safety_limit: …, metric: …, floor: …, stop_line: "
            "…}]`"
        ),
    ),
    "a pool without a reason": (
        "rollout.yaml",
        ", reason: few beds",
        "",
        (
            "rollout.yaml:9: pools[0]: `reason:` is missing (why they belong together, written "
            "before the first case); write `reason: …`"
        ),
    ),
}


@pytest.mark.parametrize(("file", "old", "new", "told"), REFUSED.values(), ids=REFUSED)
def test_what_must_be_said_is_asked_for_with_its_reason(spoiled, file, old, new, told):
    assert spoiled(file, old, new) == told
