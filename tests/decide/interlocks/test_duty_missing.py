from __future__ import annotations

import pytest

from attending.decide.interlocks.duty_missing import duty_missing
from attending.facts.duties import Checkup
from attending.facts.plan import Change

FOUND = Checkup(
    book="us-hipaa", version="1", rule="audit-controls", duty="d", section="s", kept="missing",
    because="nothing is there", cites=(), force="block", checked="V",
)  # fmt: skip


@pytest.mark.parametrize(("forces", "n"), [(("block",), 1), (("warn", "inform"), 0)])
def test_a_rule_that_binds_and_is_not_met_forbids_and_no_other_does(trips, forces, n):
    def unmet(*asked):
        assert asked == ("block",), "nothing that only warns is asked for"
        return [FOUND] if {*asked} & {*forces} else []

    told = trips(duty_missing, unmet=unmet)
    assert len(told) == n
    assert all("us-hipaa/audit-controls 1: nothing is there" in each for each in told)


def test_a_plan_that_shows_nothing_more_is_not_asked(making, trips):
    silent = Change("Alder", "*", (None, "falls-1"), ("off", "silent"), (0, 1))

    def unmet(*forces):
        pytest.fail(f"asked {forces}")

    assert trips(duty_missing, plan=making.plan(changes=(silent,)), unmet=unmet) == []
