"""A year of governance at a small health system: what its people did, and what is true of it.

A program that knows nothing of the platform but what people and an EHR see of it: it declares
tools, meets, signs, orders, calls and answers cards, and keeps its own diary of all that. What
is true stays in the diary; only requests leave.

Three tools over a year. *falls* goes by the book: silent, approved with one member recused and
another dissenting, live in two waves, held and suspended by people, harmful at one hospital from
a day that is planted, replaced by a second release, and live for some days after its approval
ran out. *delirium* is declined, comes back, and is approved with a condition. *scribe* was in
use before anybody was asked.
"""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING, Any

from attending.simulator.year_desks import Desks
from attending.simulator.year_diary import SITES, Calendar, Diary, when

if TYPE_CHECKING:
    from collections.abc import Callable

HARMED = "Birch"
SIGNERS = {
    "committee_chair": ("chair",),
    "cmio": ("cmio",),
    "committee_member": ("member", "author"),
}
APPROVED = {"chair": "approve", "cmio": "approve", "member": "approve"}
DECLINED = dict.fromkeys(APPROVED, "decline")
DISSENTS = {"author": "decline"}
REASONS = ("patient-ineligible", "action-completed", "risk-benefit-ratio")
ACCEPTS, OVERRIDES, TWICE = 0.5, 0.8, 0.1
AROUND = range(-4, 9)  # days around what is planned on which a tool's turns are taken
WORKS_AGAIN = {
    "id": "works_again", "owner": "owner", "due": "40 d",
    "show": {"metric": "outcomes.risk_ratio", "of": "fall", "floor": 1.25, "goal": 0.5,
             "expected": {"cases_a_day": 60, "event_share": 0.2}},
}  # fmt: skip
CONDITION = {"id": "resumed", "owner": "nurse", "due": "300 d", "do": {"fact": "resume/1"}}

ROLES = ("nurse", "physician", "")  # by the last digit of a user; the third says nothing
UNITS = ("icu", "ward", "")

Place = tuple[str, str]  # tool, site


class Year:
    """One seeded year.

    Parameters
    ----------
    ask
        The platform: a request in, what is seen of it out; each reply says the moment (``at``)
        and how many facts there are (``facts``).
    seed
        Which year.
    calendar
        What happens when.
    calls
        Calls a day for each tool at each hospital.

    """

    def __init__(
        self,
        ask: Callable[[dict[str, Any]], dict[str, Any]],
        *,
        seed: int,
        calendar: Calendar | None = None,
        calls: int = 1,
    ) -> None:
        self._on = calendar or Calendar()
        self._ask = ask
        self._dice = random.Random(seed)  # noqa: S311  a simulation
        self._calls = calls
        self._day = 0
        self.diary = Diary()
        self._stands: dict[Place, tuple[str, str]] = {}  # mode, release
        self._called: Counter[str] = Counter()
        self._desks = Desks(ask, self.diary, self._on)

    def play(self) -> Diary:
        """Let the year pass."""
        for tool in ("falls", "delirium", "scribe"):
            self._declare(tool, 1, ("first", "rest"))
        for _ in range(self._on.days):
            for tool, scope, reply in self._desks.work(self._day):
                self._note("suspend", tool, scope, reply)
            self._people()
            self._planned()
            self._round()
            if self._day % 30 == 29:  # noqa: PLR2004  monthly
                self._mark()
            self._pass_day()
        self._mark()
        return self.diary

    # --- what people do on which day -----------------------------------------------------------

    def _people(self) -> None:
        on = self._on
        todo: dict[int, list[Callable[[], None]]] = {
            on.first: [
                lambda: self._meet("falls", "first", {**APPROVED, **DISSENTS}, recused="owner")
            ],
            on.declined: [lambda: self._meet("delirium", "first", DECLINED)],
            on.found: [self._found_in_use],
            on.hold: [lambda: self._order("falls", "hold", "all")],
            on.hold + 3: [lambda: self._order("falls", "resume", "all")],
            on.late: [lambda: self._meet("scribe", "late", APPROVED, recused="author")],
            on.suspend: [lambda: self._order("falls", "suspend", "Alder")],
            on.suspend + 3: [lambda: self._back("falls", "Alder")],
            on.again: [lambda: self._meet("delirium", "again", APPROVED, conditions=[CONDITION])],
            on.second: [lambda: self._declare("falls", 2, ("again", "everywhere"))],
            on.second + 3: [lambda: self._meet("falls", "second", APPROVED)],
            on.stop: [lambda: self._order("delirium", "suspend", "all")],
            on.stop + 4: [lambda: self._back("delirium", "all")],
            on.incident + 1: [
                lambda: self._meet("delirium", "third", APPROVED, conditions=[WORKS_AGAIN])
            ],
            on.incident + 3: [lambda: self._back("delirium", SITES[0])],
        }
        for each in todo.get(self._day, ()):
            each()

    def _turns(self) -> dict[str, dict[str, str]]:
        """Give what hospitals report today of the tools whose turns are taken."""
        on = self._on
        busy = {
            "falls": (3, on.first, on.hold, on.hold + 3, on.suspend, on.second, on.days),
            "delirium": (on.declined, on.again, on.incident, on.stop, on.stop + 4),
            "scribe": (on.found, on.late),
        }
        return {
            tool: dict.fromkeys(SITES, "good")
            for tool, days in busy.items()
            if any(self._day - day in AROUND for day in days)
            or (tool == "falls" and self._is_harmed)
        }

    @property
    def _is_harmed(self) -> bool:
        """Tell whether falls does harm at a hospital, or was stopped there for it just now."""
        found = self.diary.limits
        return self._day >= self._on.harm and (not found or self._day < found[0]["day"] + 10)

    def _back(self, tool: str, scope: str) -> None:
        self._order(tool, "lift", scope)
        self._order(tool, "resume", scope)

    def _declare(self, tool: str, version: int, waves: tuple[str, str]) -> None:
        release = f"{tool}-{version}"
        request = {
            "do": "declare",
            "tool": tool,
            "release": release,
            "approval_days": self._on.approval_days,
            "waves": [
                {"name": name, "sites": sites}
                for name, sites in zip(waves, (SITES[:1], SITES[1:]), strict=True)
            ],
        }
        reply = self._ask(request)
        self.diary.declared.append({"tool": tool, "release": release, **when(reply)})

    def _meet(
        self,
        tool: str,
        meeting: str,
        votes: dict[str, str],
        *,
        recused: str = "",
        conditions: list[dict[str, Any]] | None = None,
    ) -> None:
        votes = {p: v for p, v in votes.items() if p != recused}
        if conditions:
            votes = {p: f"{v}_with_conditions" for p, v in votes.items()}
        request = {
            "do": "meeting",
            "tool": tool,
            "meeting": meeting,
            "votes": votes,
            "recused": recused,
            "conditions": conditions or [],
        }
        reply = self._ask(request)
        said = {k: request[k] for k in ("tool", "meeting", "votes", "recused")}
        word = "approved_with_conditions" if conditions else "approved"
        release = [d["release"] for d in self.diary.declared if d["tool"] == tool][-1]
        self.diary.decisions.append(
            {
                **said,
                "word": "declined" if votes["chair"] == "decline" else word,
                "release": release,
                **when(reply),
            }
        )

    def _order(self, tool: str, verb: str, scope: str) -> None:
        reply = self._ask(
            {"do": "order", "tool": tool, "verb": verb, "scope": scope, "person": "nurse"}
        )
        if reply.get("refused"):
            self.diary.surprises.append(
                f"day {self._day}: {verb} {tool} {scope}: {reply['refused']}"
            )
            return
        self._note(verb, tool, scope, reply)

    def _note(self, verb: str, tool: str, scope: str, reply: dict[str, Any]) -> None:
        """Note an order, and how places stand after it."""
        self.diary.orders.append({"tool": tool, "verb": verb, "scope": scope, **when(reply)})
        for site in SITES:
            mode, release = self._stands.get((tool, site), ("off", ""))
            if scope not in ("all", site):
                continue
            if verb == "suspend" and mode in ("live", "silent"):
                self._stand(tool, site, ("suspended", release), reply)
            elif verb == "lift" and mode == "suspended":
                self._stand(tool, site, ("silent", release), reply)

    def _found_in_use(self) -> None:
        """Plant a tool that was live before anybody was asked."""
        reply = self._ask({"do": "in_use", "tool": "scribe"})
        self._stand("scribe", SITES[0], ("live", "scribe-1"), reply)
        self.diary.unapproved.append(
            {"tool": "scribe", "site": SITES[0], "release": "scribe-1", "from": reply["at"]}
        )

    def _planned(self) -> None:
        """Let whoever must sign what waits do so, as they read it, and have it applied."""
        for tool in ("falls", "delirium", "scribe"):
            for plan in self._ask({"do": "waits", "tool": tool})["plans"]:
                for role, n in plan["roles"].items():
                    for person in SIGNERS[role][:n]:
                        signs = {"tool": tool, "plan": plan["digest"], "role": role}
                        self._ask({"do": "sign", **signs, "person": person})
                reply = self._ask({"do": "apply", "tool": tool, "plan": plan["digest"]})
                for each in () if reply.get("refused") else plan["changes"]:
                    self._stand(tool, each["site"], (each["mode"], each["release"]), reply)

    # --- what a day brings ----------------------------------------------------------------------

    def _pass_day(self) -> None:
        harms = self._is_harmed and not self.diary.limits
        harms = harms and self._stands.get(("falls", HARMED), ("", ""))[0] == "live"
        reports = self._turns()
        if harms:
            reports["falls"][HARMED] = "bad"
        reply = self._ask({"do": "day", "reports": reports})
        self._day += 1
        if harms and not self._shows("falls", HARMED):
            self.diary.limits.append(
                {"tool": "falls", "site": HARMED, "day": self._day, "at": reply["at"],
                 "facts": reply["facts"]}
            )  # fmt: skip
            self._stand("falls", HARMED, ("suspended", "falls-1"), reply)
            self.diary.calls[-1]["word"] = "suppressed"
        if self.diary.limits and self.diary.limits[0]["day"] == self._day - 4:
            self._back("falls", HARMED)

    def _round(self) -> None:
        """Let clinicians work: every tool is called at every hospital."""
        for (tool, site), (mode, _) in [*self._stands.items()]:
            for _ in range(self._calls):
                advises = self._dice.random() < 0.5  # noqa: PLR2004  half of patients
                card = self._call(tool, site, advises=advises)
                if bool(card) != (mode == "live" and advises):
                    self.diary.surprises.append(f"day {self._day}: {tool} at {site} was {mode}")
                if card:
                    self._answer(tool, site, card)

    def _shows(self, tool: str, site: str) -> bool:
        """See, as a clinician does, whether a tool still advises."""
        return self._call(tool, site, advises=True) is not None

    def _call(self, tool: str, site: str, *, advises: bool) -> dict[str, Any] | None:
        one = self._dice.randrange(3)
        user, role, unit = f"{site}-{one}", ROLES[one], UNITS[one]
        self._called[tool] += 1
        reply = self._ask(
            {
                "do": "call",
                "tool": tool,
                "site": site,
                "user": user,
                "role": role,
                "unit": unit,
                "patient": f"{tool}-{self._called[tool]}",
                "frailty": 1.0 if advises else -1.0,
            }
        )
        mode, release = self._stands.get((tool, site), ("off", ""))
        words = {"live": "shown" if advises else "no_advice", "silent": "silent"}
        card: dict[str, Any] | None = next(iter(reply["cards"]), None)
        self.diary.calls.append(
            {
                "tool": tool,
                "site": site,
                "user": user,
                "role": role,
                "unit": unit,
                "word": words.get(mode, "suppressed"),
                "release": release,
                "card": card["uuid"] if card else "",
                **when(reply),
            }
        )
        if card:
            self._interval(tool, site)["shown"] += 1
        return card

    def _answer(self, tool: str, site: str, card: dict[str, Any]) -> None:
        """Answer a card, or not; some think again."""
        acts = self._dice.random()
        said = ["accepted"] if acts < ACCEPTS else ["overridden"] if acts < OVERRIDES else []
        if said and self._dice.random() < TWICE:
            said = ["overridden", "accepted"]
        for word in said:
            code = "" if word == "accepted" else self._dice.choice(REASONS)
            request = {"do": "feedback", "tool": tool, "site": site, "card": card}
            reply = self._ask({**request, "word": word, "code": code})
            self.diary.responses.append(
                {"card": card["uuid"], "word": word, "code": code, **when(reply)}
            )

    # --- the diary ------------------------------------------------------------------------------

    def _stand(self, tool: str, site: str, to: tuple[str, str], reply: dict[str, Any]) -> None:
        """Note how a place stands now, and since when."""
        was = self._stands.get((tool, site), ("off", ""))
        self._stands[tool, site] = to
        if was[0] == "live" and to != was:
            self._interval(tool, site)["to"] = reply["at"]
        if to[0] == "live" and to != was:
            told = {"tool": tool, "site": site, "release": to[1], "from": reply["at"]}
            self.diary.live.append({**told, "to": "", "shown": 0})
        if was[1] and to[1] != was[1]:
            self.diary.retired.append(
                {"tool": tool, "site": site, "release": was[1], **when(reply)}
            )

    def _interval(self, tool: str, site: str) -> dict[str, Any]:
        last: dict[str, Any] = {"shown": 0}
        return next(
            (i for i in self.diary.live if (i["tool"], i["site"], i["to"]) == (tool, site, "")),
            last,
        )

    def _mark(self) -> None:
        reply = self._ask({"do": "mark"})
        stands = {"/".join(place): list(stand) for place, stand in self._stands.items()}
        self.diary.marks.append({**when(reply), "stands": stands})
