"""Which tier a use case is of: computed from its answers, with what people said of it (G4).

The rules of tiers are data in a rulebook. An answer that is not known counts as the one that
asks for more: of the tiers, high first, the first that holds *or may hold* is taken. So no
answer that is added, and none that is forgotten, ever lowers a tier.

Anybody may raise. To lower takes a committee chair and a compliance officer, two persons, who
both say the same of the same answers; it ends after 180 days, when an answer changes, or when
somebody raises it. Weights order use cases of one tier and are not asked for the tier.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from msgspec import structs

from attending.decide.applies import applies, asked
from attending.errors import Refused
from attending.facts.tier import LEVELS, OVERRIDE_DAYS, Device, Override, Tier
from attending.spec.risk import answers, device, inputs_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from attending.facts.tier import Level
    from attending.spec.rulebook import Rulebook, When
    from attending.spec.use_case import Risk

LOWERED_BY = ("committee_chair", "compliance_officer")


@dataclass(frozen=True)
class Spoken:
    """An override as it was said: by whom, on which date, and at which ledger index."""

    override: Override
    person: str
    on: str
    index: int


@dataclass(frozen=True)
class Standing:
    """The tier in force, and why it is not the computed one where it is not.

    Attributes
    ----------
    computed
        What the answers come to.
    tier
        What holds.
    because
        Empty where nobody set it otherwise.
    until
        The last day of a lowering; None where there is none.
    cites
        The facts that set it otherwise.
    waits
        What a lowering still waits for; empty where none is begun.

    """

    computed: Tier
    tier: Level
    because: str = ""
    until: str | None = None
    cites: tuple[int, ...] = ()
    waits: str = ""


def computed(risk: Risk, book: Rulebook) -> Tier:
    """Compute the tier by a rulebook's rules.

    Raises
    ------
    Refused
        The rulebook holds no rules of tiers.

    """
    if not book.tiers:
        raise Refused(f"rulebook {book.id} holds no rules of tiers", accepted=["tiers:"])
    known = answers(risk)
    ordered = sorted(book.tiers, key=lambda each: LEVELS.index(each.tier), reverse=True)
    found = next((t for t in ordered if applies(t.when, known) != "no"), None)
    because = () if found is None else _because(found.when, known)
    return Tier(
        inputs_digest=inputs_digest(risk),
        rulebook=book.id,
        version=book.version,
        tier="low" if found is None else found.tier,
        because=because,
        rank=sum(weight for name, weight in book.weights.items() if _counts(name, known)),
        device=Device(**structs.asdict(device(risk))),
    )


def _because(when: When, known: Mapping[str, str | None]) -> tuple[str, ...]:
    """Name the answers that make a condition hold, or that keep it from being ruled out."""
    if when.any:
        parts = [p for p in when.parts if applies(p, known) != "no"]
        return tuple(dict.fromkeys(each for part in parts for each in _because(part, known)))
    names = dict.fromkeys(asked(when))
    return tuple(_told(name.removeprefix("risk."), known.get(name)) for name in names)


def _told(name: str, value: str | None) -> str:
    if value is None:
        return f"{name}: not known"
    return name if value == "yes" else f"{name}: {value}"


def _counts(name: str, known: Mapping[str, str | None]) -> bool:
    return known.get(f"risk.{name}") not in ("no", "not_device")


def in_force(tier: Tier, spoken: Iterable[Spoken], on: str) -> Standing:
    """Fold what people said, in ledger order, over the computed tier, as of a date."""
    raised: Spoken | None = None
    lowering: list[Spoken] = []
    for each in spoken:
        if each.on > on:
            continue
        if not each.override.lowers:
            lowering = []
            if raised is None or _rank(each.override.to) >= _rank(raised.override.to):
                raised = each
        elif lowering and _same(lowering[0].override, each.override):
            lowering = [*lowering, each]
        else:
            lowering = [each]
    base = tier.tier if raised is None else max(tier.tier, raised.override.to, key=_rank)
    found = Standing(tier, base)
    if raised is not None and _rank(base) > _rank(tier.tier):
        found = Standing(tier, base, f"{raised.person} raised it", cites=(raised.index,))
    pair = _pair(lowering)
    if not lowering or not _is_about(lowering[0].override, tier, base):
        return found
    if len(pair) < len(LOWERED_BY):
        has = [each.override.role for each in lowering]
        wanted = " and a ".join(r for r in LOWERED_BY if r not in has) or "another person"
        return Standing(tier, base, found.because, cites=found.cites, waits=f"a {wanted}")
    until = expires(max(each.on for each in pair))
    if on > until:
        return found
    who = " and ".join(each.person for each in pair)
    cites = tuple(sorted(each.index for each in pair))
    return Standing(tier, lowering[0].override.to, f"{who} lowered it", until, cites)


def expires(on: str) -> str:
    """Give the last day of a lowering that was complete on a date."""
    return (date.fromisoformat(on) + timedelta(days=OVERRIDE_DAYS)).isoformat()


def _pair(lowering: Sequence[Spoken]) -> tuple[Spoken, ...]:
    """Give two persons, one in each role; fewer where there are not two."""
    chairs, officers = ([s for s in lowering if s.override.role == role] for role in LOWERED_BY)
    both = ((a, b) for a in chairs for b in officers if a.person != b.person)
    return next(both, tuple(lowering[:1]))


def _same(one: Override, other: Override) -> bool:
    return (one.from_, one.to, one.inputs_digest) == (other.from_, other.to, other.inputs_digest)


def _is_about(override: Override, tier: Tier, base: Level) -> bool:
    return override.from_ == base and override.inputs_digest == tier.inputs_digest


def _rank(level: Level) -> int:
    return LEVELS.index(level)
