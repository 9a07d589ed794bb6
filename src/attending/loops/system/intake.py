"""Intake: what somebody proposes becomes a fact, with its words sealed beside it.

Ranking, comparing and judging are asked of `decide`; here is only what touches the ledger.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from attending import shapes
from attending.decide.proposals.intake import KINDS, Intake, after, changes, submission
from attending.digest import canonical, digest
from attending.errors import GateNotMet, NoSuchName, Refused, Stale
from attending.facts.fact import By, Fact
from attending.facts.proposal import LEVELS, Barrier, Choice, ImpactTable
from attending.ledger.following import Following
from attending.ledger.randomness import random_bytes
from attending.spec.proposals.proposal import apart
from attending.spec.proposals.proposal_reading import Known, read_proposal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from attending.decide.proposals.intake import Changed, Kept
    from attending.facts.fact import Via
    from attending.facts.proposal import Submitted
    from attending.ledger.read import Reader
    from attending.loops.books import Books
    from attending.spec.document import Document
    from attending.spec.proposals.proposal import Texts

KEY_BYTES = 32


class Written(msgspec.Struct, frozen=True):
    """The words of one submission, with the key of their digests."""

    key: str
    texts: dict[str, str]


@dataclass(frozen=True)
class Desk:
    """What taking in a proposal needs: the books, who acts, and what opens sealed words.

    Keys of digests are `drawn` from the system; from its seed alone in a story, which has no
    secrets.
    """

    books: Books
    opened: Callable[[str], bytes | None]
    person: str
    via: Via = "cli"
    drawn: Callable[[int], bytes] = random_bytes


class Told(NamedTuple):
    """One change as it is told to a person: a field, what it was and what it is."""

    field: str
    was: str
    now: str


def followed(reader: Reader) -> Following[Intake]:
    """Give the fold of everything that was proposed, following a ledger."""
    return Following(reader, Intake(), after, kinds=KINDS)


def submit(desk: Desk, document: Document) -> tuple[Intake, bool]:
    """Take a proposal in; give what is proposed now, and whether anything is new.

    Raises
    ------
    SpecRefused
        With everything that is wrong with it.
    Stale
        It was submitted again meanwhile; the message holds what changed since.
    Refused
        The submitter has left, or a use case that was named is another one now.

    """
    _named(desk.person)
    following = followed(desk.books.reader)
    intake = following.now()
    if desk.person in intake.gone:
        raise Refused(f"{desk.person} has left; a proposal is submitted by somebody who is here")
    proposal = read_proposal(document, Known(intake.gone, intake.table.units()))
    there = intake.proposals.get(proposal.proposal)
    taken = apart(proposal)
    body, payload = _body(desk, taken, there)
    mine = Mine(submission(body, index=-1, at=desk.books.at, person=desk.person), taken.texts)
    new = mine.new
    if there is not None:
        if not changes(there.last, new):
            return intake, False
        _check_follows(desk, there, mine, proposal.prior_digest)
    elif proposal.prior_digest:
        raise Stale(f"nothing was proposed as {proposal.proposal} yet; leave out prior_digest")
    fact = Fact(
        kind="said",
        key=f"{new.proposal}/{new.n}/{new.digest[:12]}/proposal",
        at=desk.books.at,
        by=By(person=desk.person, via=desk.via),
        use_case=new.use_case,
        body=body,
    )
    desk.books.write([fact], [payload])
    intake = following.now()
    kept = intake.proposals[new.proposal]
    if all(each.digest != new.digest for each in kept.history):
        raise Stale(_stale(desk, kept, mine, quoted=proposal.prior_digest))  # another came first
    return intake, True


class Mine(NamedTuple):
    """What somebody sends, before it is on record, with its words."""

    new: Submitted
    texts: Mapping[str, str]


def _check_follows(desk: Desk, there: Kept, mine: Mine, quoted: str) -> None:
    if quoted != there.last.digest:
        raise Stale(_stale(desk, there, mine, quoted=quoted))
    was = there.last.use_case
    if was is not None and mine.new.use_case != was:
        raise Refused(
            f"{there.last.proposal} is about use case {was}; propose another one by itself",
            where="use_case",
        )


def _stale(desk: Desk, there: Kept, mine: Mine, *, quoted: str) -> str:
    """Say what changed since the submission that was quoted, else how what stands differs."""
    last = there.last
    base = next((each for each in there.history if each.digest == quoted), None)
    if base is not None:
        told = differing(desk.opened, base, last)
        head = f"since submission {base.n}, on which yours rests, there changed"
    else:
        later = _words(desk.opened, last)
        told = tuple(_told(each, mine.texts, later) for each in changes(mine.new, last))
        why = "no submission bears the prior_digest" if quoted else "no prior_digest is"
        head = f"{why} quoted; from yours to what stands"
    return "\n".join(
        [
            f"submission {last.n}, by {last.person}, is the last; {head}:",
            *(f"  {each.field}: {each.was} -> {each.now}" for each in told),
            f"to submit on top of it, quote prior_digest: {last.digest}",
        ]
    )


def _body(desk: Desk, taken: Texts, there: Kept | None) -> tuple[dict[str, object], bytes]:
    """Make the body of the fact, and the payload that holds the words."""
    before = words_of(desk.opened, there.last) if there is not None else None
    key = bytes.fromhex(before.key) if before is not None else desk.drawn(KEY_BYTES)
    payload = canonical({"key": key.hex(), "texts": taken.texts})
    plain: dict[str, object] = msgspec.json.decode(canonical(taken.plain))  # as it will be read
    body: dict[str, object] = {
        "type": "proposal/1",
        "n": there.last.n + 1 if there is not None else 1,
        **({"prior_digest": there.last.digest} if there is not None else {}),
        **plain,
        "texts": {path: _keyed(key, path, text) for path, text in taken.texts.items()},
        "sealed": sha256(payload).hexdigest(),
    }
    return body | {"digest": digest(body)}, payload


def _keyed(key: bytes, path: str, text: str) -> str:
    return hmac.digest(key, f"{path}\0{text}".encode(), "sha256").hex()


def words_of(opened: Callable[[str], bytes | None], of: Submitted) -> Written | None:
    """Give the words of a submission; None where they were erased, or no key is here."""
    raw = opened(of.sealed)
    return None if raw is None else shapes.decode(raw, Written)


def differing(
    opened: Callable[[str], bytes | None], was: Submitted, now: Submitted
) -> tuple[Told, ...]:
    """Tell what differs between two submissions, field by field, words and all."""
    before, later = _words(opened, was), _words(opened, now)
    return tuple(_told(each, before, later) for each in changes(was, now))


def _words(opened: Callable[[str], bytes | None], of: Submitted) -> Mapping[str, str]:
    kept = words_of(opened, of)
    return {} if kept is None else kept.texts


def _told(each: Changed, before: Mapping[str, str], later: Mapping[str, str]) -> Told:
    if not each.is_text:
        return Told(each.field, _shown(each.was), _shown(each.now))
    sealed = "other words"
    was = "nothing" if each.was is None else before.get(each.field, sealed)
    now = "nothing" if each.now is None else later.get(each.field, sealed)
    return Told(each.field, was, now)


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, list):
        return "; ".join(str(each) for each in value)
    return "not known" if value == "not_known" else str(value)


def end(
    desk: Desk, name: str, choice: Choice, *, barriers: tuple[Barrier, ...], lesson: str
) -> tuple[Intake, bool]:
    """End a proposal's pilot with a recorded choice; tell whether it is new.

    Raises
    ------
    Refused
        No lesson is written, or no barrier is named where it is not to scale.
    GateNotMet
        Somebody else than its sponsor, or who decides after launch, would end it.

    """
    _named(desk.person)
    following = followed(desk.books.reader)
    kept = found(following.now(), name)
    if not lesson.strip():
        raise Refused("a pilot ends with what was learned; write the lesson")
    if choice != "scale" and not barriers:
        raise Refused("name what stood in the way",
                      accepted=msgspec.json.schema(shapes.ready(Barrier))["enum"])  # fmt: skip
    _check_may_end(following.now(), kept, desk.person)
    was = kept.end
    if was is not None:
        if (was.choice, was.barriers) == (choice, tuple(dict.fromkeys(barriers))):
            return following.now(), False
        raise Refused(f"its pilot ended with {was.choice} on {was.at[:10]}; propose it again first")
    payload = canonical({"salt": desk.drawn(KEY_BYTES).hex(), "text": lesson.strip()})
    last = kept.last
    fact = Fact(
        kind="said",
        key=f"{name}/{last.n}/{last.digest[:12]}/pilot_end",
        at=desk.books.at,
        by=By(person=desk.person, via=desk.via),
        use_case=last.use_case,
        body={
            "type": "pilot_end/1",
            "proposal": name,
            "digest": last.digest,
            "tool": last.tool,
            "choice": choice,
            "barriers": list(dict.fromkeys(barriers)),
            "lesson": sha256(payload).hexdigest(),
        },
    )
    desk.books.write([fact], [payload])
    return following.now(), True


def _check_may_end(intake: Intake, kept: Kept, person: str) -> None:
    plain = kept.last.plain
    owners = shapes.convert(plain["after_launch"], dict[str, str])
    may = dict.fromkeys([str(plain["sponsor"]), owners["decides"]])
    if person in intake.gone or person not in may:
        raise GateNotMet(
            f"{person} may not end it: its sponsor does, or who decides after launch; where both "
            "have left, propose it again with who holds the posts now",
            where=kept.last.proposal,
        )


def lesson_of(opened: Callable[[str], bytes | None], sealed: str) -> str:
    """Give the words of a lesson; a sentence where they cannot be read here."""
    raw = opened(sealed)
    if raw is None:
        return "its lesson is sealed, and cannot be read here"
    return str(msgspec.json.decode(raw)["text"])


def set_table(desk: Desk, table: ImpactTable) -> bool:
    """Put another impact table in force; tell whether it is another one.

    Raises
    ------
    Refused
        Nobody is named, a level is out of order, or an old version's name is used again.

    """
    _named(desk.person)
    intake = followed(desk.books.reader).now()
    if table == intake.table:
        return False
    if table.version == intake.table.version:
        raise Refused(f"version {table.version} is in force with other levels; name a new version")
    for kind, units in table.levels.items():
        for unit, bounds in units.items():
            if len(bounds) != LEVELS or list(bounds) != sorted(set(bounds)):
                what = f"{kind} in {unit} wants {LEVELS} levels that rise"
                raise Refused(what, where=table.version)
    told = msgspec.to_builtins(table)
    body = {"type": "impact_table/1", "table": told, "digest": digest(told)}
    fact = Fact(
        kind="said",
        key=f"{table.version}/{digest(told)[:12]}/impact_table",
        at=desk.books.at,
        by=By(person=desk.person, via=desk.via),
        body=body,
    )
    desk.books.write([fact])
    return True


def found(intake: Intake, name: str) -> Kept:
    """Give a proposal.

    Raises
    ------
    NoSuchName
        With the nearest name there is.

    """
    if name not in intake.proposals:
        raise NoSuchName(name, "what was proposed here", intake.proposals)
    return intake.proposals[name]


def _named(person: str) -> None:
    if not person.strip():
        raise Refused("a named person does this")
