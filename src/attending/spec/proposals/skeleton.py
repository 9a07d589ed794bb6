"""The first `usecase.yaml` of a use case that was proposed: what is known, and nothing made up."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

STILL = (
    "path",
    "model",
    "inputs",
    "workflow",
    "outcomes",
    "subgroups",
    "value",
    "monitoring",
)
KNOWN = {"yes": "true", "no": "false"}
RISKS = ("acts_without_person", "drives_treatment_or_triage", "time_critical", "protected_input")


def skeleton(name: str, digest: str, plain: Mapping[str, object], texts: Mapping[str, str]) -> str:
    """Write the skeleton of a use case as YAML; what only people can say is left out.

    Parameters
    ----------
    name, digest
        Of the proposal, and of the submission.
    plain, texts
        What it says, as `spec.proposal.apart` takes it apart.

    """
    oversight = cast("Mapping[str, str]", plain["oversight"])
    owners = cast("Mapping[str, str]", plain["after_launch"])
    lines = [
        f"# Begun from proposal {name}. Still to be written, and refused until it is:",
        f"# {', '.join(STILL)}; and each line below that says so.",
        "kind: UseCase",
        f"name: {plain['use_case']}",
        f"title: {_text(plain['title'])}",
        f"priority: {plain['priority']}",
        f"problem: {_text(texts['problem'])}",
        f"proposal: {digest}",
        "success:",
        *_success(cast("Mapping[str, Mapping[str, object]]", plain["metrics"]), texts),
        f"executive_sponsor: {{person: {_text(plain['sponsor'])}}}",
        f"clinical_champion: {{person: {_text(plain['champion'])}}}",
        "after_launch:",
        *(f"  {role}: {_text(owners[role])}" for role in ("owner", "decides", "funds", "supports")),
        "risk:",
        *(_answered(name, oversight[name]) for name in RISKS),
        f"  device: {oversight['device']}",
    ]
    return "\n".join(lines) + "\n"


def _success(metrics: Mapping[str, Mapping[str, object]], texts: Mapping[str, str]) -> list[str]:
    lines = []
    for i, row in metrics.items():
        lines += [
            "  # name what counts it here, such as outcomes.risk_ratio",
            f"  - metric: {_text(texts[f'metrics.{i}.metric'])}",
        ]
        if row["baseline"] != "not_known":
            lines.append(f"    baseline: {row['baseline']}")
        lines += [f"    target: {row['target']}", f"    by: {row['by']}"]
    return lines


def _answered(name: str, answer: str) -> str:
    known = KNOWN.get(answer)
    return f"  {name}: {known}" if known else f"  # {name}: was not known when it was proposed"


def _text(value: object) -> str:
    """Write text as YAML: what JSON writes is YAML, whatever it holds."""
    return msgspec.json.encode(str(value)).decode()
