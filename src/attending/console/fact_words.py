"""What a fact says, in one sentence: for people who come to it from a page.

It is made from the fact alone and adds nothing; below it the fact stands as it was written.
A kind of fact that has no sentence here is shown without one.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec

from attending.console.words import listed, many, opened, role_words, with_titles
from attending.decide.standing import EVERYWHERE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attending.facts.fact import Fact

DONE = {
    "hold": "held",
    "suspend": "suspended",
    "lift": "taken from suspended to silent",
    "resume": "allowed to expand again",
    "advance": "opened",
    "listen": "made to answer silently",
}

OF_WAVES = ("advance", "listen")  # moves whose scope is a wave


def in_words(fact: Fact, titles: Mapping[str, str] = MappingProxyType({})) -> str:
    """Say what a fact says; empty where there is no sentence for its type.

    Parameters
    ----------
    fact
        What was written.
    titles
        The titles that its sites are told by, by name.

    """
    fact = _titled(fact, titles)
    body: dict[str, Any] = fact.body
    name = fact.type.partition("/")[0]
    say = {
        "receipt": _receipt,
        "plan": _plan,
        "decided": _decided,
        "sign_off": _sign_off,
        "prediction": _prediction,
        "outcome": _outcome,
        "packet": _packet,
        "vote": _vote,
        "decision": _decision,
    }.get(name)
    if say is not None:
        return opened(say(fact))
    if name in ("hold", "suspend", "resume", "lift"):
        place = _place(str(body["scope"]))
        return f"{body['person']} ordered: {name} {place}, since {body['reason']}."
    return PLAIN.get(name, "").format(**{"because": "", "gateway": "", "day": "", **body})


PLAIN = {
    "measured": "What was counted at the end of day {day}, from which that day was judged.",
    "batch": "What feed {source} brought of {site}, and what became of its {lines} lines.",
    "messages": "What became of {messages} messages that feed {source} brought of {site}.",
    "data_checked": "What data checks counted in {table}, from which its states were told.",
    "upstream": "What {teller} told of the tables of a warehouse.",
    "upstream_kept": "Where the files lie in which {teller} told of tables, as they came.",
    "upstream_reads": "Which tables of a warehouse {source} reads, and who waits for them.",
    "terms_covered": "How many rows of {view}.{column} the maps of {terms} know, site by site.",
    "specs": "What was declared, before anything happened under it.",
    "budget": "How the chances of being wrong were split, before the first case.",
    "source": "Recorded rows were taken in.",
    "parked": "A row was set aside: {because}.",
    "released": "A row that had waited for its case was taken in.",
    "refused": "A file was refused: {because}.",
    "read_back": "Gateway {gateway} said which snapshot it acts on.",
    "confirmed": "Gateway {gateway} read back what it had not confirmed before.",
    "erasure": "Contents were erased; their proofs still hold.",
    "recusal": "Somebody takes no part in item {item}; why is kept sealed.",
    "no_decision": "Item {item} was closed, and nothing was decided: {because}.",
    "docket": "For the next meeting: {because}.",
    "proposal": "A tool was proposed: {proposal}, submission {n}; the words are kept sealed.",
    "pilot_end": "The pilot of {proposal} was ended: {choice}; what was learned is kept sealed.",
    "impact_table": "From here on, impact is read from another table.",
    "tier": "The risk tier that its answers come to: {tier}, by {rulebook} {version}.",
    "tier_override": "Somebody set its tier from {from} to {to}; why is kept sealed.",
    "confirmed_rule": "{by} has read rule {rule} in its own text, so that it may bind here.",
    "response": "What a person did with an answer that was shown.",
    "tool": "What a workbook says of the tool {tool}, and which of its cells are doubtful.",
    "workbook": "A workbook of {rows} tools was imported; its bytes are sealed.",
    "doubt_answered": "A person answered what stands doubtful in {field} of the tool {tool}.",
    "tool_edited": "A person set {field} of the tool {tool}.",
    "model_fetched": "The file of model {model}, version {version}, was read to answer with it.",
    "access_reviewed": "Looks of {on} that were more than is usual were looked into: {found}.",
    "scale_review": "A person sorted the tool {tool}: {sorted}; why is kept sealed.",
}


def _titled(fact: Fact, titles: Mapping[str, str]) -> Fact:
    """Give the fact with the titles of its sites; the scope of a wave's move is a wave."""
    body: dict[str, Any] = dict(fact.body)
    for name in ("site",) if body.get("move") in OF_WAVES else ("site", "scope"):
        if name in body:
            body[name] = titles.get(str(body[name]), body[name])
    if isinstance(body.get("because"), str):
        body["because"] = with_titles(body["because"], titles)
    if fact.type == "decided/1":
        told = [
            each | {"scope": titles.get(each["scope"], each["scope"])} for each in body["findings"]
        ]
        body["findings"] = told
    site = fact.site if fact.site is None else titles.get(fact.site, fact.site)
    return msgspec.structs.replace(fact, site=site, body=body)


def _receipt(fact: Fact) -> str:
    body: dict[str, Any] = fact.body
    wave = body["move"] in OF_WAVES
    where = f"wave {body['scope']}" if wave else _place(body["scope"])
    were = "were" if body["scope"] == EVERYWHERE else "was"
    done = DONE.get(body["move"], body["move"])
    said = f"on day {body['day']} {where} {were} {done}: {body['because']}."
    missing = body.get("not_confirmed", ())
    read = [name for name in body.get("read_back", ()) if name not in missing]
    said += f" {opened(_gateways(read))} had read it back." if read else ""
    return f"{said} At the time {_gateways(missing)} had not confirmed it." if missing else said


def _gateways(names: Iterable[object]) -> str:
    """Name gateways as what they are: the machines that answer at a place."""
    told = [str(name) for name in names]
    return f"{'gateway' if len(told) == 1 else 'gateways'} {listed(told)}"


def _plan(fact: Fact) -> str:
    body: dict[str, Any] = fact.body
    plan = body["plan"]
    wanted = listed([f"{r.get('n', 1)} as {role_words(r['role'])}" for r in plan["requires"]])
    asks = f"sign-offs wanted: {wanted}" if wanted else "no sign-off wanted"
    places = many(len(plan["changes"]), "place")
    return f"a plan to change {places} because {plan['because']}; {asks}."


def _decided(fact: Fact) -> str:
    body: dict[str, Any] = fact.body
    found = [f"{_place(f['scope'])} {f['found']}" for f in body["findings"]]
    return f"on day {body['day']} it was found: {'; '.join(found) or 'nothing'}."


def _sign_off(fact: Fact) -> str:
    body: dict[str, Any] = fact.body
    return f"{body['person']} signed plan {str(body['digest'])[:12]} as {role_words(body['role'])}."


def _packet(fact: Fact) -> str:
    body: dict[str, Any] = fact.body
    return f"what {body['committee']} was given to decide on {body['deciding']['release']}."


def _vote(fact: Fact) -> str:
    body: dict[str, Any] = fact.body
    words = ", with words that are sealed" if body.get("dissent") else ""
    return f"{fact.by.person} voted {body['choice'].replace('_', ' ')} on {body['item']}{words}."


def _decision(fact: Fact) -> str:
    body: dict[str, Any] = fact.body
    n = len(body["conditions"])
    bound = f" with {many(n, 'condition')}" if n else ""
    word = body["word"].partition("_with")[0].replace("_", " ")
    return f"{body['committee']} decided on {body['release']}: {word}{bound} ({body['because']})."


def _prediction(fact: Fact) -> str:
    body: dict[str, Any] = fact.body
    display = str(body["display"]).replace("_", " ")
    why = f" ({str(body['reason']).replace('_', ' ')})" if body.get("reason") else ""
    where = f" at {fact.site}" if fact.site else ""
    return f"one answer for one case{where}: {display}{why}."


def _outcome(fact: Fact) -> str:
    body: dict[str, Any] = fact.body
    y = {1: "yes", 0: "no", None: "not known"}.get(body.get("y"), str(body.get("y")))
    where = f" at {fact.site}" if fact.site else ""
    return f"what became of one case{where}: {body['outcome']}, {y}."


def _place(scope: str) -> str:
    return "all sites together" if scope == EVERYWHERE else scope
