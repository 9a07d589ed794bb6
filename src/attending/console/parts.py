"""The parts the console is built from; nothing of it is looked up anywhere else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from attending.console.drawing import Drawing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from attending.admit import Folder
    from attending.clock import Clock
    from attending.console.history import History
    from attending.console.practice import Practice
    from attending.console.sign_in import Sessions
    from attending.console.signing_in.oidc import Oidc
    from attending.console.verifying import Verifying
    from attending.decide.notice import Notices
    from attending.decide.people import Said
    from attending.decide.proposals.intake import Intake
    from attending.facts.entry import Entry
    from attending.facts.people import Viewed
    from attending.facts.proposal import Barrier, Choice
    from attending.ledger.read import Reader
    from attending.loops.incident import Report
    from attending.loops.system.vouching import Vouched
    from attending.report.data.impact import Maps
    from attending.report.data.traced import Traced
    from attending.spec.document import Document

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})


class Actions(Protocol):
    """What people may do on pages: the same as on the command line, and refused alike."""

    def order(self, use_case: str, verb: str, scope: str, *, reason: str, person: str) -> None:
        """Hold, suspend, resume or lift."""
        ...

    def sign(self, use_case: str, digest: str, *, role: str, by: Vouched) -> bool:
        """Sign a plan's digest in a role; tell whether the signature is new."""
        ...

    def apply(self, use_case: str, digest: str) -> None:
        """Carry out a plan that waits."""
        ...

    def vote(self, use_case: str, packet: str, choice: str, *, dissent: str, by: Vouched) -> None:
        """Vote on a packet; what is written as dissent is sealed."""
        ...

    def recuse(self, use_case: str, packet: str, *, why: str, by: Vouched) -> None:
        """Take no part in an item."""
        ...

    def close_item(self, use_case: str, packet: str, *, by: Vouched) -> None:
        """Close an item: count the votes, and write what they come to."""
        ...


class PeopleActions(Protocol):
    """What is written about people: who they are, and who looked at what."""

    def view(self, viewed: Viewed, *, why: str) -> None:
        """Write down that somebody looks, before anything is shown."""
        ...

    def say(self, said: Said, *, person: str) -> None:
        """Declare somebody, give or end a role, or say that somebody has left."""
        ...

    def review(self, view: int, found: str, *, person: str) -> None:
        """Write down that a view which set the rules aside was looked into."""
        ...

    def settle(self, whose: str, who: str, on: str, *, found: str, person: str) -> None:
        """Write down that a day of unusual looks was looked into."""
        ...

    def opened(self, digest: str) -> str | None:
        """Open what somebody wrote; None where it was erased, or there is no key here."""
        ...


class EvidenceActions(Protocol):
    """What people may do about evidence, on its page as on the command line."""

    def build(self, scope: Mapping[str, str], questions: tuple[int, ...], *, person: str) -> str:
        """Build a binder and keep it; give its digest."""
        ...

    def drill(self, *, person: str) -> str:
        """Rehearse a letter, and keep its binder; give the binder's digest."""
        ...

    def kept(self) -> set[str]:
        """Give the digests of the binders that are here."""
        ...

    def binder(self, digest: str) -> Path | None:
        """Give the file of a binder that is here."""
        ...

    def hold(self, name: str, reach: tuple[str, str], *, why: str, person: str) -> None:
        """Place a legal hold."""
        ...

    def lift(self, name: str, *, why: str, person: str) -> None:
        """Lift a legal hold."""
        ...

    def ask(self, rule: str, *, person: str) -> None:
        """Ask to erase what is due under a schedule."""
        ...

    def agree(self, digest: str, *, person: str) -> None:
        """Agree to an erasure that another person asked for."""
        ...


class IntakeDesk(Protocol):
    """What people may read and do of proposals: the same as on the command line."""

    acts: bool

    def known(self) -> Intake:
        """Give everything that was proposed, up to now."""
        ...

    def opened(self, digest: str) -> bytes | None:
        """Open what somebody wrote; None where that cannot be read here."""
        ...

    def submit(self, document: Document, *, person: str) -> bool:
        """Take a proposal in; tell whether it is new."""
        ...

    def end(
        self,
        proposal: str,
        choice: Choice,
        *,
        barriers: tuple[Barrier, ...],
        lesson: str,
        person: str,
    ) -> bool:
        """End a pilot with a recorded choice; tell whether it is new."""
        ...


class IncidentActions(Protocol):
    """What people may do about incidents: the same as `attending incident`."""

    def report(self, use_case: str, told: Report) -> str:
        """Open an incident, which may suspend; give its name."""
        ...

    def take(
        self, use_case: str, incident: str, what: str, form: Mapping[str, str], *, person: str
    ) -> None:
        """Take one step with an incident."""
        ...


class NoticeDesk(Protocol):
    """What people may read and do of notices: the same as `attending notice`."""

    acts: bool

    def known(self) -> Notices:
        """Give what there is to tell and what was told, up to now."""
        ...

    def acknowledge(self, notice: str, *, person: str) -> bool:
        """Write that a notice was acknowledged; tell whether it is new."""
        ...


class InventoryActions(Protocol):
    """What people may say of the inventory on pages."""

    def answer(self, doubt: str, value: str, *, person: str) -> None:
        """Answer a doubtful cell."""
        ...

    def set_(self, tool: str, column: str, value: str, *, person: str) -> None:
        """Change one column of a tool."""
        ...


class LineageDesk(Protocol):
    """Makes an answer again from the bytes it came from: the same as `attending lineage`."""

    def trace(self, entry: Entry) -> Traced:
        """Trace one answer; what is wanting or wrong is told, not raised."""
        ...

    def maps(self, folders: Sequence[Folder], beside: Sequence[Path]) -> Maps:
        """Give what the maps say that use cases declare, from files kept here or beside."""
        ...


@dataclass(frozen=True)
class Parts:
    """Everything the console needs.

    Attributes
    ----------
    reader, history
        The ledger, and what was folded of it.
    store
        The ledger's folder.
    folders
        Admitted use-case folders by use case; one that is absent has no claims to show.
    sessions
        Who is signed in.
    verifying
        Verifies the ledger beside the pages.
    actions
        What may be done; None where this copy only reads.
    hosts
        Names this console answers to; a page asked for under another is refused.
    origin
        ``http`` or ``https``: how people reach it.
    notice
        Gives what every page must say now, such as that this copy only reads.
    practice
        The practice EHR, over the gateway of this process; None where no tool answers.
    people
        What is written about people; None where this copy only reads.
    oidc
        The identity provider people sign in by; None where a token alone signs in.
    evidence
        What may be done about evidence; None where this copy only reads.
    intake
        Proposals; None where their words cannot be read, nor anything be done.
    incidents
        What may be done about incidents; None where this copy only reads.

    """

    reader: Reader
    history: History
    store: Path
    folders: Mapping[str, Folder]
    clock: Clock
    sessions: Sessions
    verifying: Verifying
    actions: Actions | None = None
    hosts: frozenset[str] = LOOPBACK
    origin: str = "http"
    notice: Callable[[], str] = str
    practice: Practice | None = None
    evidence: EvidenceActions | None = None
    drawing: Drawing = field(default_factory=Drawing)
    people: PeopleActions | None = None
    oidc: Oidc | None = None
    intake: IntakeDesk | None = None
    incidents: IncidentActions | None = None
    notices: NoticeDesk | None = None  # as `intake`, about no one use case
    tell_token: Callable[[str], None] | None = None  # tells one where attending runs
    inventory: InventoryActions | None = None  # as `actions`, about no one use case
    lineage: LineageDesk | None = None  # makes answers again; None where there is no lake
