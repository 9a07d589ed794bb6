"""A meeting: a packet is computed, people vote on its digest, and the chair closes it.

Nothing here decides. Who may vote, who is there and what the votes come to are asked of
`decide/committee`, when a vote is written and again whenever the ledger is folded.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from attending import shapes
from attending.clock import stamp
from attending.decide.committee import close_refusal, outcome, refusal
from attending.decide.condition import day_after
from attending.digest import digest
from attending.errors import Refused, Stale
from attending.facts.committee import Bar, Condition, Form, Meaning, Task
from attending.facts.fact import By, Fact
from attending.loops.packet import Put, computed, deciding_now, put, write_down
from attending.loops.propose import check_proposed
from attending.loops.sealing import sealed_if_any
from attending.loops.system.vouching import Vouched, check, signature
from attending.loops.widen import widen
from attending.spec.budget import condition_share
from attending.spec.condition import Keep, Proposed, Show
from attending.spec.document import dotted
from attending.spec.text import in_days

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.decide.committee import Bench, Item, Outcome
    from attending.facts.fact import Via
    from attending.loops.parts import Folded, Parts
    from attending.spec.condition import MeetingHeld


@dataclass(frozen=True)
class Voice:
    """One person's word on a packet, through a door, with what vouches for who they are."""

    person: str
    packet: str
    via: Via = "cli"
    auth: tuple[str, ...] = ("store",)
    re_auth_at: str | None = None

    @property
    def vouched(self) -> Vouched:
        """Give what vouches for who they are."""
        return Vouched(self.person, self.via, self.auth, self.re_auth_at)


def vote(parts: Parts, folded: Folded, voice: Voice, choice: str, *, dissent: str = "") -> bool:
    """Write a vote bound to a packet's digest; tell whether it changes anything.

    Raises
    ------
    Stale
        Another packet is open, or the item is closed.
    Refused
        The person may not vote on it, or not so.
    GateNotMet
        A rule asks that they show again who they are first.

    """
    item, bench = opened(parts, folded, voice.packet)
    because = refusal(item, bench, voice.person, choice=choice, digest=item.packet.digest)
    if because is not None:
        raise Refused(because, where=item.packet.item)
    check(parts, folded, voice.vouched)
    before = item.votes.get(voice.person)
    if before is not None and before.choice == choice and not dissent:
        return False
    payload, named = sealed_if_any(dissent)
    meaning: Meaning = "approval" if choice.startswith("approve") else "review"
    body = {
        "type": "vote/1",
        "item": item.packet.item,
        "meeting": item.packet.meeting,
        "packet_digest": item.packet.digest,
        "choice": choice,
        **({"dissent": named} if dissent else {}),
        "signature": _signature(parts, voice, item, meaning),
    }
    write_down(parts, folded, _said(parts, folded, voice, body), payload)
    return True


def recuse(parts: Parts, folded: Folded, voice: Voice, why: str) -> bool:
    """Write that somebody takes no part in an item; tell whether it is new.

    Raises
    ------
    Refused
        The person is no member, or no reason is given.

    """
    item, bench = opened(parts, folded, voice.packet)
    if bench.member(voice.person) is None:
        raise Refused(f"{voice.person} is no member of {bench.committee.name}")
    if not why.strip():
        raise Refused("who is recused says why")
    if voice.person in item.recused:
        return False
    payload, named = sealed_if_any(why)
    body = {
        "type": "recusal/1",
        "item": item.packet.item,
        "meeting": item.packet.meeting,
        "packet_digest": item.packet.digest,
        "why": named,
        "signature": _signature(parts, voice, item, "review"),
    }
    write_down(parts, folded, _said(parts, folded, voice, body), payload)
    return True


def close(parts: Parts, folded: Folded, voice: Voice) -> Fact:
    """Close an item: count the votes, and write what they come to.

    Raises
    ------
    Refused
        The person may not close it.
    GateNotMet
        A rule asks that they show again who they are first.

    """
    item, bench = opened(parts, folded, voice.packet)
    barred = close_refusal(item, bench, voice.person)
    if barred is not None:
        raise Refused(barred, where=item.packet.item)
    check(parts, folded, voice.vouched)
    counted = outcome(item, bench)
    asked = Put(
        item.packet.meeting,
        committee=item.packet.committee,
        proposed=_proposed(item),
        closes=tuple(_list(item, "closes")),
    )
    now = deciding_now(parts, folded, asked)
    moved = sorted(k for k in now if digest(now[k]) != digest(item.packet.deciding.get(k)))
    if moved:
        because = f"{', '.join(moved)} changed since the packet, so that the votes are stale"
        body = _decision(parts, item, voice, counted, said=("re_review", because))
    elif counted.word is None:
        body = {"type": "no_decision/1", **_counted(parts, item, voice, counted)}
        body["because"] = counted.because
    else:
        body = _decision(parts, item, voice, counted, said=(counted.word, counted.because))
    kind = str(body["type"]).partition("/")[0]
    fact = computed(
        parts, body, kind, By(person=voice.person, role="committee_chair", via=voice.via)
    )
    write_down(parts, folded, fact)
    return fact


def hold_meeting(parts: Parts, folded: Folded, held: MeetingHeld) -> Fact:
    """Hold a whole meeting at once, by the same rules; give its decision.

    Raises
    ------
    Refused
        Somebody voted who may not, a condition cannot be judged, or nothing was decided.

    """
    widen(parts, folded)
    if held.conditions:
        check_proposed(parts, folded, held.conditions, dotted)
    asked = Put(held.meeting, held.chair, held.committee, held.conditions, via="sheet")
    packet = put(parts, folded, asked).digest
    for each in held.votes:
        vote(parts, folded, Voice(each.person, packet, "sheet", ("sheet",)), each.choice)
    done = close(parts, folded, Voice(held.chair, packet, "sheet", ("sheet",)))
    if done.type != "decision/1":
        raise Refused(f"meeting {held.meeting} decided nothing: {done.body['because']}")
    return done


def opened(parts: Parts, folded: Folded, packet: str) -> tuple[Item, Bench]:
    """Give the item whose packet bears a digest, and who decides on it.

    Raises
    ------
    Stale
        Another packet of the item is open, or it is closed, or there is none.

    """
    widen(parts, folded)
    governed = folded.standing.governed
    item = next((i for i in governed.items.values() if i.packet.digest == packet), None)
    if item is None or item.closed:
        raise Stale(f"no packet {packet[:12]} is open; it was closed, or another has followed it")
    bench = governed.bench(item.packet.committee)
    if bench is None:
        raise Stale(f"committee {item.packet.committee} is declared no more; put the item again")
    return item, bench


def _decision(
    parts: Parts, item: Item, voice: Voice, counted: Outcome, *, said: tuple[str, str]
) -> dict[str, Any]:
    today = parts.clock.now().astimezone(UTC).date()
    word, because = said
    governs = parts.folder.committees[item.packet.committee].approval_days
    set_now = _proposed(item) if word == "approved_with_conditions" else ()
    approves = word.startswith("approved")
    body = {
        "type": "decision/1",
        **_counted(parts, item, voice, counted),
        "word": word,
        "because": because,
        "release": item.packet.deciding["release"],
        "conditions": [msgspec.to_builtins(_set(parts, each, today)) for each in set_now],
        "closes": _list(item, "closes") if approves else [],
        "valid_from": today.isoformat(),
        "expires_on": (today + timedelta(days=governs)).isoformat(),
    }
    return body | {"digest": digest(body)}


def _counted(parts: Parts, item: Item, voice: Voice, counted: Outcome) -> dict[str, Any]:
    return {
        "item": item.packet.item,
        "meeting": item.packet.meeting,
        "round": item.packet.round,
        "committee": item.packet.committee,
        "packet_digest": item.packet.digest,
        "votes": msgspec.to_builtins([item.votes[name] for name in sorted(item.votes)]),
        "uncounted": msgspec.to_builtins(item.uncounted),
        "recused": sorted(item.recused),
        "quorum": msgspec.to_builtins(counted.quorum),
        "signature": _signature(parts, voice, item, "responsibility"),
    }


def _set(parts: Parts, proposed: Proposed, today: date) -> Condition:
    """Make a condition of what was proposed: dated, and with what it may spend."""
    due, rollout = proposed.due, parts.folder.rollout
    if due is not None and due.endswith("d"):
        due = (today + timedelta(days=in_days(due))).isoformat()
    bar = proposed.show or proposed.keep
    spends = bar is not None and rollout is not None
    return Condition(
        id=proposed.id,
        owner=proposed.owner,
        form=form_of(proposed),
        effect=proposed.effect,
        from_on=day_after(today),
        due=due,
        closes="never" if proposed.keep is not None else proposed.closes,
        share=condition_share(rollout, proposed.effect) if spends and rollout else None,
    )


def form_of(proposed: Proposed) -> Form:
    """Give what a proposed condition asks for, as facts keep it."""
    if proposed.do is not None:
        return Form(do=Task(fact=proposed.do.fact, where=proposed.do.where))
    if proposed.show is not None:
        return Form(show=_bar(proposed.show))
    return Form(keep=_bar(proposed.keep)) if proposed.keep is not None else Form()


def _bar(asked: Show | Keep) -> Bar:
    return Bar(
        metric=asked.metric,
        of=asked.of,
        sites=asked.scope.sites,
        subgroup=asked.scope.subgroup,
        floor=asked.floor,
        goal=asked.goal,
        stop_line=asked.stop_line if isinstance(asked, Keep) else None,
    )


def _proposed(item: Item) -> tuple[Proposed, ...]:
    return shapes.convert(item.packet.deciding.get("proposed", []), tuple[Proposed, ...])


def _list(item: Item, name: str) -> list[str]:
    return shapes.convert(item.packet.deciding.get(name, []), list[str])


def _signature(parts: Parts, voice: Voice, item: Item, meaning: Meaning) -> object:
    return signature(parts, voice.vouched, meaning, item.packet.digest)


def _said(parts: Parts, folded: Folded, voice: Voice, body: Mapping[str, Any]) -> Fact:
    """Make a fact of a person's word; its key holds the index, for nobody says it twice alike."""
    kind = str(body["type"]).partition("/")[0]
    return Fact(
        kind="said",
        key=f"{body['item']}/{folded.next_index}/{voice.person}/{kind}",
        at=stamp(parts.clock.now()),
        by=By(person=voice.person, via=voice.via),
        use_case=parts.use_case,
        body=dict(body),
    )
