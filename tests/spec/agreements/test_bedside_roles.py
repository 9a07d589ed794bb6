"""A code stands for one role, and the platform's own words are not given away."""

from __future__ import annotations

import pytest

REFUSED = {
    "a code that stands for two": (
        "{nurse: [s|1], physician: [s|2, s|1]}", "s|1 stands for nurse already",
    ),
    "a word of the platform's own": ("{not_known: [s|1]}", "said by the platform itself"),
    "a code without its system": ("{nurse: [rn]}", "a system and a code"),
}  # fmt: skip

WORKFLOW = "  hook: patient-view\n"


@pytest.mark.parametrize(("roles", "because"), REFUSED.values(), ids=REFUSED)
def test_a_role_that_cannot_be_told_is_refused(spoiled, roles, because):
    assert because in spoiled("usecase.yaml", WORKFLOW, f"{WORKFLOW}  roles: {roles}\n")
