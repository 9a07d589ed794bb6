"""Incident: open one, contain it, correct what led to it, and close it when that is shown."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

import click
import msgspec

from attending.cli.speaking.options import OUTPUT, STORE
from attending.cli.speaking.telling import close as let_go
from attending.cli.speaking.telling import tell
from attending.decide.clock_words import clock_words
from attending.decide.incident import NEXT, Register
from attending.errors import NoSuchName
from attending.facts.incident import SEVERITIES, FoundBy
from attending.ledger import layout
from attending.ledger.open_reader import open_reader
from attending.loops.incident import CAUSES, KINDS, Report, report
from attending.loops.incident_steps import (
    EVENTS,
    Correction,
    Taken,
    correct,
    find_causes,
    step,
    tell_clock,
)
from attending.loops.severity import regrade
from attending.loops.today import today
from attending.wiring import live_clock, open_hands

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from attending.decide.incident import Held

PERSON = click.option("--as", "person", required=True, help="Who, by name or post.")


@click.group()
def incident() -> None:
    """Report what went wrong, and follow it to its end.

    An incident of severity 1 or 2 suspends at its sites at once, as `attending suspend` does.
    It closes once a committee's condition has shown that what was done about it worked. Exit
    code 4: that step may not be taken yet.
    """


@incident.command("open")
@click.argument("usecase")
@click.option("--kind", required=True, type=click.Choice(KINDS))
@click.option("--severity", required=True, type=click.IntRange(1, 4), help="1 is worst.")
@click.option("--what", required=True, help="What happened; it is sealed. Name no patient.")
@click.option("--site", "sites", multiple=True, help="Where; everywhere when none is named.")
@click.option("--as", "person", default="", help="Who found it; may be left out with --role.")
@click.option("--role", default="", help="In which role; alone, it keeps them unnamed.")
@click.option("--at-site", default="", help="Where who found it works.")
@click.option("--vendor", is_flag=True, help="The vendor found it.")
@click.option("--began-on", default="", help="The day it began; today when left out.")
@click.option("--death", is_flag=True, help="Somebody died.")
@click.option("--widespread", is_flag=True, help="It is not of one place alone.")
@STORE
@OUTPUT
def open_(
    usecase: str,
    *,
    kind: str,
    severity: int,
    what: str,
    sites: tuple[str, ...],
    person: str,
    role: str,
    at_site: str,
    vendor: bool,
    began_on: str,
    death: bool,
    widespread: bool,
    store: Path,
    output: str,
) -> None:
    """Open an incident of USECASE; severity 1 or 2 suspends at its sites in the same moment."""
    source: Literal["vendor", "person"] = "vendor" if vendor else "person"
    said = Report(
        kind=kind,
        severity=severity,
        what=what,
        found_by=FoundBy(source=source, role=role, site=at_site, person=person),
        sites=sites,
        began_on=began_on,
        death=death,
        widespread=widespread,
    )
    hands, folded = open_hands(store, usecase, payload_key=layout.payload_key(store))
    try:
        opened = report(hands, folded, said, today(hands, folded))
        held, now = folded.incidents.incidents[opened.incident], hands.clock.now()
    finally:
        let_go(hands)
    tell(told(held, now), lines(held, now), output)


@incident.command()
@click.argument("name")
@PERSON
@click.option("--how", default="", help="How it is contained; it is sealed.")
@STORE
@OUTPUT
def contain(name: str, *, person: str, how: str, store: Path, output: str) -> None:
    """Say that incident NAME is contained; refused while its suspension is not confirmed."""
    with _taken(store, name, person, output) as taken:
        step(taken, "contain", words=how)


@incident.command()
@click.argument("name")
@click.option("--cause", "causes", multiple=True, required=True, type=click.Choice(CAUSES))
@click.option("--words", default="", help="What was found; it is sealed.")
@PERSON
@STORE
@OUTPUT
def cause(
    name: str, *, causes: tuple[str, ...], words: str, person: str, store: Path, output: str
) -> None:
    """Say what led to incident NAME."""
    with _taken(store, name, person, output) as taken:
        find_causes(taken, causes, words=words)


@incident.command("correct")
@click.argument("name")
@click.option("--action", default=0, help="Which action; a new one, unless --done.")
@click.option("--what", default="", help="What is done; it is sealed.")
@click.option("--owner", default="", help="Who does it.")
@click.option("--due", default="", help="By which date.")
@click.option("--check", default="", help="The show condition that is to show that it worked.")
@click.option("--done", is_flag=True, help="The action is done.")
@PERSON
@STORE
@OUTPUT
def correct_(
    name: str,
    *,
    action: int,
    what: str,
    owner: str,
    due: str,
    check: str,
    done: bool,
    person: str,
    store: Path,
    output: str,
) -> None:
    """Write down a corrective action of incident NAME, state it again, or say that it is done."""
    with _taken(store, name, person, output) as taken:
        if done:
            step(taken, "done", {"action": action})
        else:
            correct(taken, Correction(action, what, owner, due, check))


@incident.command()
@click.argument("name")
@click.argument("rule")
@click.option("--event", default="met", type=click.Choice(EVENTS))
@click.option("--on", default="", help="When; now when left out.")
@PERSON
@STORE
@OUTPUT
def clock(
    name: str, rule: str, *, event: str, on: str, person: str, store: Path, output: str
) -> None:
    """Say that the clock RULE of incident NAME was met, is paused, or goes on."""
    with _taken(store, name, person, output) as taken:
        tell_clock(taken, rule, event, on=on)


@incident.command()
@click.argument("name")
@click.argument("severity", type=click.IntRange(1, 4))
@click.option("--why", required=True, help="Why; it is sealed.")
@PERSON
@STORE
@OUTPUT
def severity(name: str, *, severity: int, why: str, person: str, store: Path, output: str) -> None:
    """Say that incident NAME is of SEVERITY now; 1 and 2 suspend at its sites at once.

    Clocks that run go on, and a worse severity starts those that it owes.
    """
    with _taken(store, name, person, output) as taken:
        regrade(taken, severity, why=why)


@incident.command()
@click.argument("name")
@PERSON
@STORE
@OUTPUT
def check(name: str, *, person: str, store: Path, output: str) -> None:
    """Ask whether the conditions of incident NAME have shown that its corrections worked."""
    with _taken(store, name, person, output) as taken:
        step(taken, "check")


@incident.command()
@click.argument("name")
@PERSON
@STORE
@OUTPUT
def close(name: str, *, person: str, store: Path, output: str) -> None:
    """Close incident NAME; refused until it is checked."""
    with _taken(store, name, person, output) as taken:
        step(taken, "close")


@incident.command("list")
@click.option("--use-case", default="", help="Of one use case; of all when left out.")
@click.option("--all", "everything", is_flag=True, help="Closed ones as well.")
@STORE
@OUTPUT
def list_(*, use_case: str, everything: bool, store: Path, output: str) -> None:
    """List the incidents, the worst first."""
    register, now = folded_register(store), live_clock(store).now()
    found = register.of(use_case, is_open=None if everything else True)
    said = [line for held in found for line in summary(held)]
    tell([told(held, now) for held in found], said or ["No incident is open."], output)


@incident.command()
@click.argument("name")
@STORE
@OUTPUT
def show(name: str, *, store: Path, output: str) -> None:
    """Show all that is known of incident NAME, and what it waits for."""
    register, now = folded_register(store), live_clock(store).now()
    held = _named(register, name)
    waits = next_step(register, held)
    tell(told(held, now) | {"next": waits}, [*lines(held, now), waits], output)


def folded_register(store: Path) -> Register:
    """Fold every incident of a store.

    Raises
    ------
    Refused
        There is no ledger there.

    """
    reader, register = open_reader(store), Register()
    try:
        for entry in reader.entries(kinds=("said", "decided", "acted")):
            register = register.after(entry)
    finally:
        reader.close()
    return register


def told(held: Held, now: datetime) -> dict[str, Any]:
    """Give an incident as plain JSON."""
    return {
        "schema": "incident/1",
        **msgspec.to_builtins(held.opened),
        "state": held.state,
        "causes": list(held.causes),
        "corrective": [
            {**msgspec.to_builtins(a.told), "done": a.done is not None}
            for _, a in sorted(held.actions.items())
        ],
        "clocks": [{**msgspec.to_builtins(c), "words": clock_words(c, now)} for c in held.clocks],
        "not_carried_out": list(held.unanswered),
        "not_confirmed": list(held.not_confirmed),
        "facts": list(held.history),
    }


def summary(held: Held) -> list[str]:
    """Say what an incident is, and where its suspension is not confirmed."""
    opened = held.opened
    kind = opened.kind.replace("_", " ")
    where = ", ".join(opened.sites) or "no site"
    found = [f"{opened.incident}: {kind} at {where}, severity {opened.severity}, {held.state}"]
    found += [f"  {SEVERITIES[opened.severity]}; found by {opened.found_by.told}"]
    found += ["  not suspended yet: the order is on record and not carried out"] * bool(
        held.unanswered
    )
    found += [f"  not confirmed at {gateway}" for gateway in held.not_confirmed]
    return found


def lines(held: Held, now: datetime) -> list[str]:
    """Say what is known of an incident, a line each."""
    opened, found = held.opened, summary(held)
    if opened.stops and not held.unanswered and not held.waits:
        found.append("  its suspension was read back by every gateway that was heard of")
    found += [f"  {c.title}: {clock_words(c, now)}" for c in held.clocks]
    if opened.no_clocks:
        found.append(f"  no clock could be started ({opened.no_clocks}); look them up by hand")
    found += [f"  cause: {cause.replace('_', ' ')}" for cause in held.causes]
    for number, action in sorted(held.actions.items()):
        done = "done" if action.done is not None else f"due {action.told.due}"
        shown = f"shown by {action.told.check}" if action.told.check else "no condition named"
        found.append(f"  action {number}: {action.told.owner}, {done}; {shown}")
    return found


def next_step(register: Register, held: Held) -> str:
    """Say what an incident waits for."""
    if held.state == "closed":
        return f"closed at {held.closed_at}"
    if held.state == "contained":
        return (
            "waits for its corrective actions to be done"
            if held.actions
            else ("waits for a corrective action: attending incident correct")
        )
    taken = NEXT[held.state]
    refused = register.refusal(held.opened.incident, taken)
    return f"next: {taken}" if refused is None else f"next: {taken}, refused now: {refused}"


@contextmanager
def _taken(store: Path, name: str, person: str, output: str) -> Iterator[Taken]:
    """Open the use case an incident is about; tell how the incident stands afterwards."""
    held = _named(folded_register(store), name)
    key = layout.payload_key(store)
    hands, folded = open_hands(store, held.opened.use_case, payload_key=key)
    try:
        taken = Taken(hands, folded, name, person)
        yield taken
        now, held = hands.clock.now(), taken.held()
        waits = next_step(folded.incidents, held)
    finally:
        let_go(hands)
    tell(told(held, now) | {"next": waits}, [*lines(held, now), waits], output)


def _named(register: Register, name: str) -> Held:
    if name not in register.incidents:
        raise NoSuchName(name, "the incidents of this ledger", register.incidents)
    return register.incidents[name]
