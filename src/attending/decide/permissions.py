"""Who may do what to which kind of thing, and where: the table of roles, as data (contract G12).

What no row allows is refused. A row is a promise to a person about their work; it never asks
how things stand: whether a plan may be applied *now* is for gates and interlocks to say, and
who sits on a committee is for the committee's own spec. Both are asked as well.

Reading, in short: everybody sees what there is, what was decided and the cards; who works
here sees what was measured, at their own sites; a vendor sees the scorecard of its own tool,
without cells below eleven cases; what is about one patient is for clinicians at their sites,
and for who looks into things. Stopping is for every clinical and technical role.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attending.decide.people import ADMIN, AUDITOR, VENDOR
from attending.spec.person import ROLES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attending.decide.people import People
    from attending.facts.people import Role

CELL_FLOOR = 11  # fewer cases than this may point to somebody

CLINICAL = (
    "clinical_owner", "champion", "super_user", "cmio", "safety_officer", "nurse_informaticist",
    "case_manager",
)  # fmt: skip
TECHNICAL = ("cio", "engineer")
LOOKS_INTO = ("compliance_officer", "privacy_officer")
STAFF = tuple(role for role in ROLES if role not in (ADMIN, VENDOR, AUDITOR))

READ = "read"
STOPS = ("hold", "suspend")
OPEN_TO_ALL = ("portfolio", "minutes", "card")
RESULTS = ("evidence", "scorecard", "notice")
WORK = ("proposal", "task", "rule", "tier", "incident", "training", "factor", "accounts")
ABOUT_PATIENTS = "prediction"
LOOKED_INTO = ("ledger", "access_log", "binder")
PEOPLE = ("people", "key")
IDENTITY, EXTRACT = "identity", "extract"
KINDS = (*OPEN_TO_ALL, *RESULTS, *WORK, ABOUT_PATIENTS, *LOOKED_INTO, *PEOPLE, IDENTITY, EXTRACT,
         "plan", "rollout", "item", "meeting")  # fmt: skip


WORDS = {ABOUT_PATIENTS: "what is about a patient", "access_log": "who looked at what"}


@dataclass(frozen=True)
class Need:
    """What somebody wants to do, to which kind of thing."""

    verb: str
    kind: str

    def __str__(self) -> str:
        return f"{self.verb} {WORDS.get(self.kind, self.kind.replace('_', ' '))}"


@dataclass(frozen=True)
class Place:
    """What it is about.

    Attributes
    ----------
    tool
        The use case; None where it is about no one of them.
    sites
        The sites; None where it is about all of them, empty where it is about none.
    unit
        The unit of the one site; empty where it is about the site whole.
    narrowed
        Whether what lies beyond somebody's reach is left out for them: then some will do.

    """

    tool: str | None = None
    sites: tuple[str, ...] | None = None
    unit: str = ""
    narrowed: bool = False


ANYWHERE = Place()

Row = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]  # roles, verbs, kinds

TABLE: tuple[Row, ...] = (
    (ROLES, (READ,), OPEN_TO_ALL),
    (STAFF, (READ,), (*RESULTS, *WORK)),
    ((VENDOR,), (READ,), ("scorecard", "notice")),
    ((AUDITOR,), (READ,), KINDS),
    ((*CLINICAL, *LOOKS_INTO), (READ,), (ABOUT_PATIENTS,)),
    (LOOKS_INTO, (READ,), LOOKED_INTO),
    ((ADMIN,), (READ, "grant", "revoke", "end"), PEOPLE),
    (("clinical_owner", "champion"), ("propose", "resubmit"), ("proposal",)),
    (("executive_sponsor", "clinical_owner", "champion"), ("end",), ("proposal",)),
    (("clinical_owner", "champion"), ("answer", "close"), ("task",)),
    (("committee_member",), ("vote", "recuse", "dissent"), ("item",)),
    (("committee_chair",), ("agenda", "close"), ("item",)),
    (("committee_chair",), ("call",), ("meeting",)),
    # A wave may ask for the chair's own signature on its plan, as the shipped ones do.
    (("cmio", "cio", "committee_chair"), ("sign",), ("plan",)),
    (LOOKS_INTO, ("confirm",), ("rule",)),
    ((*LOOKS_INTO, "committee_chair"), ("tier",), ("tier",)),
    (LOOKS_INTO, ("review",), ("access_log",)),
    ((*LOOKS_INTO, AUDITOR), ("build",), ("binder",)),
    ((*LOOKS_INTO, AUDITOR), ("verify",), ("ledger",)),
    (LOOKS_INTO, ("keep", "erase"), ("ledger",)),
    # Who is who decides whose data a model reads: for those who answer for records.
    (LOOKS_INTO, (READ, "merge"), (IDENTITY,)),
    (LOOKS_INTO, (READ, "deidentify"), (EXTRACT,)),
    (("safety_officer",), ("open", "contain", "close"), ("incident",)),
    # Reporting is open: what nobody may report, nobody hears of. Who may not suspend reports
    # what suspends nothing.
    ((*CLINICAL, *TECHNICAL, *LOOKS_INTO), ("report",), ("incident",)),
    # Who acknowledges a notice keeps the next post from being told: it is for who can act on it.
    ((*CLINICAL, *TECHNICAL, *LOOKS_INTO), ("acknowledge",), ("notice",)),
    ((*CLINICAL, *TECHNICAL), STOPS, ("rollout",)),
    (("cmio", "cio", "safety_officer"), ("lift", "resume"), ("rollout",)),
    (("engineer",), ("plan",), ("rollout",)),
    (("engineer",), ("apply",), ("plan",)),
    (("super_user", "nurse_informaticist"), ("train", "feedback"), ("card",)),
    (("finance",), ("sign",), ("factor", "accounts")),
)

# What a role forbids to whoever holds it, whatever else they hold.
NEVER = {"engineer": ("sign", "vote")}

ALLOWED = frozenset(
    (role, verb, kind)
    for roles, verbs, kinds in TABLE
    for role in roles
    for verb in verbs
    for kind in kinds
)


@dataclass(frozen=True)
class Reach:
    """How far somebody's reading goes: the roles that allow it, each with its own bounds.

    Attributes
    ----------
    roles
        As they are held; None is everything, where nobody was declared.

    """

    roles: tuple[Role, ...] | None = None

    @property
    def is_everything(self) -> bool:
        """Tell whether nothing is left out."""
        return self.roles is None or any(not r.sites and not _tools(r) for r in self.roles)

    @property
    def floor(self) -> int:
        """Give the fewest cases that are shown: more than 0 for a vendor."""
        vendors = self.roles is not None and all(r.role == VENDOR for r in self.roles)
        return CELL_FLOOR if vendors else 0

    def sees(self, tool: str | None, site: str | None) -> bool:
        """Tell whether something of one tool at one site may be seen; None is of no one."""
        if self.roles is None:
            return True
        return any(_covers(r.sites, site) and _covers(_tools(r), tool) for r in self.roles)

    def sees_some(self, tool: str) -> bool:
        """Tell whether anything of a tool may be seen."""
        return self.roles is None or any(_covers(_tools(r), tool) for r in self.roles)

    def sites(self, tool: str) -> frozenset[str] | None:
        """Give the sites at which a tool may be seen; None is all of them."""
        if self.roles is None:
            return None
        found = [r.sites for r in self.roles if _covers(_tools(r), tool)]
        if any(not sites for sites in found):
            return None
        return frozenset(site for sites in found for site in sites)


EVERYTHING = Reach()


def refusal(
    people: People, person: str, need: Need, place: Place = ANYWHERE, *, date: str
) -> str | None:
    """Say why somebody may not do something; None where they may.

    Parameters
    ----------
    people
        As they stand; where nobody was declared, whoever opens the store may do all.
    person, date
        Who, and the day it is.
    need, place
        What, to what kind of thing, and where.

    """
    if not people.is_declared:
        return None
    if not people.is_here(person):
        return f"{person} is not declared here, or has left"
    held = people.held(person, date)
    barred = [r.role for r in held if need.verb in NEVER.get(r.role, ())]
    if barred:
        return f"{person} is {_a(barred[0])}, and who is may never {need.verb}"
    giving = [r for r in held if (r.role, need.verb, need.kind) in ALLOWED]
    if not giving:
        roles = " or ".join(_a(role) for role in who_may(need)) or "nobody"
        return f"to {need} is for {roles}, and {person} is {_listed(held)}"
    if any(_is_within(role, need, place) for role in giving):
        return None
    return f"{person} may {need} {_where(giving[0])} only"


def may(people: People, person: str, need: Need, place: Place = ANYWHERE, *, date: str) -> bool:
    """Tell whether somebody may do something."""
    return refusal(people, person, need, place, date=date) is None


def reach(people: People, person: str, kind: str, *, date: str) -> Reach:
    """Give how far somebody may read a kind of thing; no role is no reach."""
    if not people.is_declared:
        return EVERYTHING
    return Reach(tuple(r for r in people.held(person, date) if (r.role, READ, kind) in ALLOWED))


def who_may(need: Need) -> tuple[str, ...]:
    """Name the roles that a row gives something to, in the catalog's order."""
    return tuple(role for role in ROLES if (role, need.verb, need.kind) in ALLOWED)


def _is_within(role: Role, need: Need, place: Place) -> bool:
    if place.tool is None and _tools(role) and not place.narrowed:
        return False
    if place.tool is not None and not _covers(_tools(role), place.tool):
        return False
    if place.sites is None and role.sites and not place.narrowed:
        return False
    if role.sites and not {*(place.sites or ())} <= {*role.sites}:
        return False
    if not role.units or place.unit in role.units:
        return True
    # Who works in one unit reads of its site, reports and stops what runs there, and no more.
    return not place.unit and need.verb in (READ, "report", *STOPS)


def _tools(role: Role) -> tuple[str, ...]:
    """Give the tools a role is bound to; a vendor's is bound to them even where none is named."""
    return role.tools or (("",) if role.role == VENDOR else ())


def _covers(bounds: Iterable[str], name: str | None) -> bool:
    there = tuple(bounds)
    return not there or name in there


def _where(role: Role) -> str:
    said = [f"at {', '.join(role.sites)}"] if role.sites else []
    said += [f"in {', '.join(role.units)}"] if role.units else []
    said += [f"for {', '.join(role.tools)}"] if role.tools else []
    return " and ".join(said) or "where it is not narrowed"


def _a(role: str) -> str:
    words = role.replace("_", " ")
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _listed(held: Iterable[Role]) -> str:
    return " and ".join(_a(role.role) for role in held) or "in no role today"
