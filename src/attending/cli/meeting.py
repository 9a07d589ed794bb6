"""Meeting: what a committee is shown, what its members say, and what it comes to."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from attending.admit import read_lone
from attending.cli.speaking.naming import named as by_digest
from attending.cli.speaking.options import OUTPUT, STORE
from attending.cli.speaking.telling import close as let_go
from attending.cli.speaking.telling import tell
from attending.clock import stamp
from attending.decide.committee import present
from attending.errors import GateNotMet, Refused
from attending.ledger import layout
from attending.ledger.open_reader import open_reader
from attending.ledger.unsealed import opener
from attending.loops import meeting as meetings
from attending.loops.packet import Put, put
from attending.loops.propose import check_proposed
from attending.loops.system.waiting import WAITS_IN, waiting
from attending.loops.widen import widen
from attending.report.meetings.minutes import minutes as read_minutes
from attending.report.meetings.minutes_pdf import minutes_pdf
from attending.report.meetings.pace import pace as quarters_of
from attending.spec.condition import Conditions
from attending.wiring import live_clock, open_parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attending.facts.committee import Packet
    from attending.facts.fact import Fact

PERSON = click.option("--as", "person", required=True, help="Who, as the committee names them.")
PAYLOADS = click.option(
    "--payload-key",
    type=click.Path(path_type=Path),
    help="Key of what people write; by default keys/payload.key in the store.",
)
CHOICES = ("approve", "approve_with_conditions", "re_review", "decline", "abstain")


@click.group()
def meeting() -> None:
    """Put an item before a committee, vote on it, and close it.

    Nobody votes on their own: who declared the specs, who owns the tool, who speaks for a
    vendor. Exit code 4: a person may not do that.
    """


@meeting.command()
@click.argument("usecase")
@click.option("--meeting", "name", required=True, help="Which meeting, such as 2026-10.")
@click.option("--committee", default="", help="Of which committee, where there are several.")
@click.option("--conditions", type=click.Path(path_type=Path), help="Proposed conditions, YAML.")
@click.option("--closes", multiple=True, help="A condition that an approval would end.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write it here.")
@click.option("--by", "person", default="platform", help="Who asks.")
@STORE
@OUTPUT
def packet(
    usecase: str,
    *,
    name: str,
    committee: str,
    conditions: Path | None,
    closes: tuple[str, ...],
    out: Path | None,
    person: str,
    store: Path,
    output: str,
) -> None:
    """Compute what the committee decides on for USECASE, and write it down.

    A condition that could not be judged is refused here, before anybody votes.
    """
    parts, folded = open_parts(store, usecase)
    try:
        proposed: Conditions | None = None
        if conditions is not None:
            proposed, document = read_lone(conditions, Conditions, under="conditions")
            widen(parts, folded)
            check_proposed(parts, folded, proposed.conditions, document.where)
        asked = Put(
            meeting=name,
            person=person,
            committee=committee,
            proposed=proposed.conditions if proposed is not None else (),
            closes=closes,
        )
        made = put(parts, folded, asked)
    finally:
        let_go(parts.hands)
    told = msgspec.to_builtins(made) | {"schema": "packet/1"}
    if out is not None:
        out.write_text(json.dumps(told, indent=2, sort_keys=True), "utf-8")
    tell(told, _packet_lines(made), output)


@meeting.command()
@click.argument("packet")
@click.option("--choice", required=True, type=click.Choice(CHOICES))
@click.option("--dissent", default="", help="Why not; kept sealed, its digest goes on record.")
@PERSON
@PAYLOADS
@STORE
@OUTPUT
def vote(
    packet: str,
    *,
    choice: str,
    dissent: str,
    person: str,
    payload_key: Path | None,
    store: Path,
    output: str,
) -> None:
    """Vote on PACKET: its digest (or the first characters of it), or a file `packet` wrote.

    A later vote of the same person stands in place of the earlier one, until the item closes.
    """
    use_case, digest = found(store, packet)
    key = (payload_key or layout.payload_key(store)) if dissent else None
    parts, folded = open_parts(store, use_case, payload_key=key)
    try:
        voice = meetings.Voice(person, digest)
        with _by_rule():
            is_new = meetings.vote(parts, folded, voice, choice, dissent=dissent)
        item, bench = meetings.opened(parts, folded, digest)
        there = msgspec.to_builtins(present(item, bench))
    finally:
        let_go(parts.hands)
    told = {"schema": "voted/1", "packet": digest, "new": is_new, "choice": choice, **there}
    line = f"{person} votes {choice.replace('_', ' ')} on packet {digest[:12]}"
    tell(told, [line, _quorum_line(there)], output)


@meeting.command()
@click.argument("packet")
@click.option("--why", required=True, help="Why; kept sealed, its digest goes on record.")
@PERSON
@PAYLOADS
@STORE
@OUTPUT
def recuse(
    packet: str, *, why: str, person: str, payload_key: Path | None, store: Path, output: str
) -> None:
    """Take no part in PACKET's item: neither for the quorum nor for the majority."""
    use_case, digest = found(store, packet)
    key = payload_key or layout.payload_key(store)
    parts, folded = open_parts(store, use_case, payload_key=key)
    try:
        voice = meetings.Voice(person, digest)
        with _by_rule():
            is_new = meetings.recuse(parts, folded, voice, why)
    finally:
        let_go(parts.hands)
    told = {"schema": "recused/1", "packet": digest, "new": is_new, "person": person}
    tell(told, [f"{person} takes no part in packet {digest[:12]}"], output)


@meeting.command()
@click.argument("packet")
@PERSON
@STORE
@OUTPUT
@click.pass_context
def close(ctx: click.Context, packet: str, *, person: str, store: Path, output: str) -> None:
    """Close PACKET's item: count the votes and write the decision they come to.

    If anything it rests on has changed since the packet, it closes as re-review. Exit code
    4: no quorum, or no choice carries; the item returns.
    """
    use_case, digest = found(store, packet)
    parts, folded = open_parts(store, use_case)
    try:
        with _by_rule():
            done = meetings.close(parts, folded, meetings.Voice(person, digest))
    finally:
        let_go(parts.hands)
    tell(done.body | {"schema": done.type}, _decision_lines(done), output)
    ctx.exit(0 if done.type == "decision/1" else 4)


@meeting.command()
@click.argument("name")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--committee", default="", help="Of which committee, where several met.")
@click.option("--opened", is_flag=True, help="Print what people wrote, opened with the key.")
@PAYLOADS
@STORE
def minutes(
    name: str, *, out: Path, committee: str, opened: bool, payload_key: Path | None, store: Path
) -> None:
    """Write the minutes of meeting NAME as a PDF: what was put, said, decided and signed."""
    key = payload_key or layout.payload_key(store)
    reader = open_reader(store)
    try:
        found = read_minutes(
            reader.entries(),
            name,
            committee,
            opened=opener(reader, key) if opened else lambda _digest: None,
        )
        as_of = stamp(live_clock(store).now())
        out.write_bytes(minutes_pdf(found, as_of=as_of, root=reader.root()))
    finally:
        reader.close()
    click.echo(f"{len(found.items)} items of meeting {name}: {out}")


@meeting.command()
@STORE
@OUTPUT
def docket(store: Path, output: str) -> None:
    """Print what waits for the committee: incidents, broken conditions, approvals that ended."""
    reader = open_reader(store)
    try:
        waits = waiting(reader.entries(kinds=WAITS_IN), live_clock(store).now())
    finally:
        reader.close()
    lines = [f"{each.use_case}: {each.because}" for each in waits]
    told = [each._asdict() for each in waits]
    tell({"schema": "docket/1", "waits": told}, lines or ["nothing waits for a meeting"], output)


@meeting.command()
@STORE
@OUTPUT
def pace(store: Path, output: str) -> None:
    """Say how many decisions each quarter saw, and the days from intake to a first decision."""
    reader = open_reader(store)
    try:
        quarters = quarters_of(reader.entries(kinds=("said", "decided")))
    finally:
        reader.close()
    told = [msgspec.to_builtins(q) | {"median_days": q.median_days} for q in quarters]
    lines = [
        f"{q.name}: {q.decisions} decisions; from intake to decision "
        + (f"{q.median_days:g} days (median of {len(q.days)})" if q.days else "not known")
        for q in quarters
    ]
    tell({"schema": "pace/1", "quarters": told}, lines or ["nothing was decided yet"], output)


def found(store: Path, named: str) -> tuple[str, str]:
    """Give the use case and the digest of a packet that this ledger holds.

    Raises
    ------
    NoSuchName
        No packet here bears that digest.
    Refused
        The name is too short, or names several.

    """
    digest = _digest_in(Path(named)) if Path(named).is_file() else named
    return by_digest(store, digest, "packet")


def _digest_in(path: Path) -> str:
    try:
        plain: dict[str, Any] = msgspec.json.decode(path.read_bytes())
        return str(plain["digest"])
    except (msgspec.MsgspecError, OSError, KeyError, TypeError) as error:
        raise Refused(f"this file holds no packet: {error}", where=str(path)) from error


@contextmanager
def _by_rule() -> Iterator[None]:
    """Refuse by rule, as a gate does."""
    try:
        yield
    except Refused as refused:
        if type(refused) is Refused:
            because = refused.what
            raise GateNotMet(because, where=refused.where, accepted=refused.accepted) from refused
        raise


def _packet_lines(made: Packet) -> list[str]:
    deciding: dict[str, Any] = made.deciding
    lines = [f"packet {made.digest}", f"{made.use_case} before {made.committee}, {made.meeting}"]
    lines.append(f"release {deciding['release']}")
    lines += [f"  {each['scope']}: {each['found']}" for each in deciding["findings"]]
    lines += [f"suspended: {place}" for place in deciding["suspended"]]
    lines += [f"held: {because}" for because in deciding["held"]]
    for each in deciding["conditions"]:
        lines.append(f"condition {each['id']}: {each['state']} (owner {each['owner']})")
    lines += [f"an approval ends condition {name}" for name in deciding["closes"]]
    for each in deciding["proposed"]:
        due = f", due {each['due']}" if each.get("due") else ""
        lines.append(f"proposed condition {each['id']}: else {each['effect']}{due}")
    return lines + [f"missing: {what}" for what in deciding["missing"]]


def _quorum_line(there: dict[str, int]) -> str:
    return (
        f"  {there['voting']} of {there['voting_wanted']} voting members are there, "
        f"{there['practicing']} of {there['practicing_wanted']} from an affected unit"
    )


def _decision_lines(done: Fact) -> list[str]:
    body: dict[str, Any] = done.body
    if done.type != "decision/1":
        return [f"nothing is decided: {body['because']}; the item returns"]
    lines = [f"{body['item']}: {body['word'].replace('_', ' ')} ({body['because']})"]
    if body["word"].startswith("approved"):
        lines.append(f"from {body['valid_from']} to {body['expires_on']}")
    for each in body["conditions"]:
        due = f", due {each['due']}" if each["due"] else ""
        lines.append(f"condition {each['id']}: else {each['effect']}{due}; owner {each['owner']}")
    lines += [f"condition {name} is ended" for name in body["closes"]]
    return lines + [f"not counted: {each['because']}" for each in body["uncounted"]]
