"""What is still wanting before a wave may follow, in words; empty when it is proven.

Reads today's verdicts, the rollout and the standing. A verdict that is not there counts
as much as one that says no: a metric that vanished must not let anything pass.

It does not tell whether an interlock forbids the step, nor who has signed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from attending.decide.standing import Standing
    from attending.facts.verdict import Verdict
    from attending.spec.rollout import Rollout, Wave

SAID = {
    "unsettled": "cannot tell yet",
    "not_met": "not met",
    "error": "cannot be judged",
}


def wanting(
    rollout: Rollout, verdicts: Sequence[Verdict], sites: Iterable[str], *, day: int
) -> tuple[str, ...]:
    """Give what the gates still want at some sites, a phrase for each."""
    found = {(v.scope, v.rule, v.metric): v for v in verdicts if v.listed == "gate"}
    out = []
    for site in sites:
        for gate in rollout.gates:
            verdict = found.get((site, gate.gate, f"{gate.metric}/{gate.of}"))
            if verdict is None:
                out.append(f"{gate.gate} at {site}: not judged")
            elif verdict.as_of < day:
                out.append(f"{gate.gate} at {site}: last judged on day {verdict.as_of}")
            elif verdict.word != "met":
                out.append(f"{gate.gate} at {site}: {SAID[verdict.word]}; {verdict.because}")
    return tuple(out)


def waiting(
    rollout: Rollout, standing: Standing, verdicts: Sequence[Verdict], *, day: int
) -> tuple[str, ...]:
    """Give what the next wave waits for; empty where it may be planned, or there is none."""
    ahead, last = after(rollout, standing)
    if ahead is None:
        return ()
    held = [f"held: {hold.because}" for hold in standing.holds.values()]
    if last is None:
        return tuple(held)
    early = last.minimum_days - (day - standing.waves[last.name])
    soon = [f"{early} more days of {last.name}"] if early > 0 else []
    return (*held, *soon, *wanting(rollout, verdicts, last.sites, day=day))


def after(rollout: Rollout, standing: Standing) -> tuple[Wave | None, Wave | None]:
    """Give the wave that is next, and the one before it; None where there is none."""
    last: Wave | None = None
    for wave in rollout.waves:
        if wave.name not in standing.waves:
            return wave, last
        last = wave
    return None, last
