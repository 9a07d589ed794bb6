"""Roles nobody has and numbers nobody watches, and what the person is told."""

from __future__ import annotations

import pytest

REFUSED = {
    "a role that is not there": (
        "rollout.yaml",
        "role: cmio",
        "role: cmo",
        (
            "rollout.yaml:6: waves[0].sign_offs[0].role: there is no role 'cmo'; did you mean "
            "'cmio'? (accepted: executive_sponsor, clinical_owner, champion, super_user, "
            "committee_member, committee_chair, cmio, cio, compliance_officer, privacy_officer,"
            " safety_officer, nurse_informaticist, engineer, auditor, finance, coder, "
            "case_manager, vendor, admin)"
        ),
    ),
    "a committee member in such a role": (
        "committee.yaml",
        "roles: [cmio]",
        "roles: [CMOI]",
        (
            "committee.yaml:6: members[1].roles[0]: there is no role 'CMOI'; did you mean "
            "'cmio'? (accepted: executive_sponsor, clinical_owner, champion, super_user, "
            "committee_member, committee_chair, cmio, cio, compliance_officer, privacy_officer,"
            " safety_officer, nurse_informaticist, engineer, auditor, finance, coder, "
            "case_manager, vendor, admin)"
        ),
    ),
    "a quorum above the voting members": (
        "committee.yaml",
        "voting: 2",
        "voting: 3",
        (
            "committee.yaml:7: quorum.voting: 3 voting members make a quorum, but 2 are listed "
            "as voting; lower it or list more members"
        ),
    ),
    "a gate on a metric nobody watches": (
        "rollout.yaml",
        "gates:\n",
        ("gates:\n  - {gate: enough_outcomes, metric: outcomes.completeness, of: fall30}\n"),
        (
            "usecase.yaml:26: monitoring: nobody watches outcomes.completeness of fall30, "
            "though gates[0] of the rollout rests on it; add a row with its metric, of, "
            "principle, cadence, owner, trigger and action"
        ),
    ),
    "a gate on the metric of no outcome, watched for another": (
        "rollout.yaml",
        ("outcomes.risk_ratio, of: fall30, floor: 1.25, goal: 0.9}\ncautions"),
        ("outcomes.risk_ratio, floor: 1.25, goal: 0.9}\ncautions"),
        (
            "usecase.yaml:26: monitoring: nobody watches outcomes.risk_ratio, though gates[0] "
            "of the rollout rests on it; add a row with its metric, of, principle, cadence, "
            "owner, trigger and action"
        ),
    ),
}


@pytest.mark.parametrize(("file", "old", "new", "told"), REFUSED.values(), ids=REFUSED)
def test_what_nobody_can_answer_for_is_refused(spoiled, file, old, new, told):
    assert spoiled(file, old, new) == told
