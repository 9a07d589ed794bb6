"""What is done at desks in a simulated year: who keeps the sheet, the keys, the records, and looks.

Besides what goes on at bedsides and in the committee, somebody keeps the inventory of AI tools,
somebody rotates the key by which the EHR signs its calls, people look at what was shown to a
patient's clinician and say what for, two things go wrong and are reported, and what has lain long
enough is erased by two persons, but for what a court may ask for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attending.simulator.year_diary import SITES, when

if TYPE_CHECKING:
    from collections.abc import Callable

    from attending.simulator.year_diary import Calendar, Diary

SHEET, KEYS, RECORDS = "informatics-desk", "keys-desk", "records-officer"
PRIVACY, SAFETY, WARD = "privacy-officer", "safety-officer", "ward-case-manager"
PEOPLE = {
    KEYS: "admin", PRIVACY: "privacy_officer", SAFETY: "safety_officer", WARD: "case_manager",
}  # fmt: skip

COLUMNS = (
    "tool", "name", "vendor", "use_case", "made", "claimed_status", "owner", "sites",
    "protected_race", "protected_color", "protected_national_origin", "protected_sex",
    "protected_age", "protected_disability", "protected_reviewed_on", "mitigation", "device",
)  # fmt: skip
# One tool a line; of what is measured: direct, proxy, none, or nobody has said.
TOOLS = """\
falls|Falls alert||falls|built|live|falls-lead|Alder; Birch|none|none|none|none|direct|proxy|2025-11-03|thresholds compared by age|not_device
delirium|Delirium screen||delirium|built|pilot|geriatrics-lead|Alder|none|none|none|none|none|none|||unclear
scribe|Visit scribe|Penfold|scribe|bought|pilot|clinic-lead|Alder|none|none|proxy|none|none|not_known|||not_device
lakeside_sepsis|Sepsis score of the chart|Lakeside||bought|live|emergency-lead|Birch; Elm|direct|none|none|direct|direct|none|2024-09-02|race leaves the next version|not_device
skin_reader|Skin photo reader|Dermalane||bought|live|skin-lead|Elm|none|direct|none|none|none|none|2025-12-01|tested on six skin types|device
old_score|Score of days past|||built|retired|clinic-lead|Alder|direct|none|none|none|none|none|||not_device
"""  # noqa: E501  a table is read by its rows
REVIEWED = ("lakeside_sepsis", "2026-01-20")
SAID = ("scribe", "protected_disability", "none")

KEPT, SHEETS = "stray_feedback", "sheets"
RULES = (
    {"rule": KEPT, "title": "What stray feedback said is erased after a month.", "duty": "erase",
     "covers": ["parked/1"], "of": "payloads", "months": 1, "source": "records policy 4",
     "checked": "read in the text"},
    {"rule": SHEETS, "title": "That a sheet was handed in is erased after a month.",
     "duty": "erase", "covers": ["workbook/1"], "of": "facts", "months": 1,
     "source": "records policy 5", "checked": "read in the text"},
    {"rule": "answers", "title": "Answers are kept for ten years.", "duty": "keep",
     "covers": ["prediction/1", "response/1"], "of": "facts", "years": 10,
     "source": "records policy 1", "checked": "read in the text"},
)  # fmt: skip
HELD, HOLD = "delirium", "matter-7"
EVERY = 10  # days between two stray messages
WHY = "a matter before a court"
HARM, OUTAGE = "delirium", "scribe"

Order = tuple[str, str, dict[str, Any]]  # tool, scope, and the reply


class Desks:
    """The desks of a year.

    Parameters
    ----------
    ask
        The platform, as in `Year`.
    diary
        Where what is true is written.
    on
        When what happens.

    """

    def __init__(
        self, ask: Callable[[dict[str, Any]], dict[str, Any]], diary: Diary, on: Calendar
    ) -> None:
        self._ask, self.diary, self._on = ask, diary, on

    def work(self, day: int) -> list[Order]:
        """Do what is due on a day; give the suspensions that came with a report."""
        on = self._on
        todo: dict[int, list[Callable[[], None]]] = {
            0: [lambda: self._key("first")],
            on.paper: [self._declare_people, self._write_sheet, self._adopt],
            on.paper + 20: [self._review_tool],
            on.paper + 30: [self._say_of_tool],
            on.view: [lambda: self._look(WARD, "treatment"), self._hold],
            on.view + 2: [lambda: self._look(WARD, "break_glass", because="found unconscious")],
            on.view + 9: [lambda: self._look(PRIVACY, "audit", n=3)],
            on.rotate: [lambda: self._key("second")],
            on.rotate + 3: [self._retire],
            on.outage: [self._outage],
            on.outage + 5: [lambda: self._clock(OUTAGE, "us_hipaa_restore")],
            on.incident + 2: [lambda: self._correct(HARM)],
            on.incident + 5: [lambda: self._clock(HARM, "us_mdr_user_facility")],
            on.incident + 8: [
                lambda: self._clock(HARM, "us_jc_analysis"),
                lambda: self._close(HARM),
            ],
            on.erase: [lambda: self._erase(KEPT), lambda: self._erase(SHEETS)],
        }
        for each in todo.get(day, ()):
            each()
        if day % EVERY == EVERY - 1:
            self._stray(day)
        return self._harm() if day == on.incident else []

    # --- the inventory --------------------------------------------------------------------------

    def _write_sheet(self) -> None:
        for line in TOOLS.splitlines():
            row = dict(zip(COLUMNS, line.split("|"), strict=True))
            self.diary.tools[row["tool"]] = row
        self._hand_in()

    def _review_tool(self) -> None:
        tool, on = REVIEWED
        self.diary.tools[tool]["protected_reviewed_on"] = on
        self._hand_in()

    def _hand_in(self) -> None:
        lines = [",".join(COLUMNS), *(",".join(r.values()) for r in self.diary.tools.values())]
        reply = self._ask({"do": "inventory", "by": SHEET, "text": "\n".join(lines) + "\n"})
        self.diary.sheets.append(reply["at"])

    def _say_of_tool(self) -> None:
        tool, column, value = SAID
        self._ask({"do": "inventory_said", "by": SHEET, "tool": tool, "column": column,
                   "value": value})  # fmt: skip
        self.diary.tools[tool][column] = value

    # --- people, and who looks at what ------------------------------------------------------------

    def _declare_people(self) -> None:
        self._ask({"do": "people", "by": KEYS, "people": PEOPLE})

    def _look(self, person: str, purpose: str, *, because: str = "", n: int = 1) -> None:
        cards = [each["card"] for each in self.diary.calls if each["card"]][-n:]
        told = {"do": "look", "person": person, "purpose": purpose, "cards": cards}
        reply = self._ask({**told, "because": because})
        seen = {"person": person, "purpose": purpose, "cards": cards, "at": reply["at"]}
        seen |= {"broke": bool(because), "by": "", "found": ""}
        if because:
            self._ask({"do": "look_into", "view": reply["view"], "person": PRIVACY,
                       "found": "proper"})  # fmt: skip
            seen |= {"by": PRIVACY, "found": "proper"}
        self.diary.views.append(seen)

    # --- the key by which the EHR signs -----------------------------------------------------------

    def _key(self, name: str) -> None:
        reply = self._ask({"do": "key", "name": name, "by": KEYS})
        self.diary.keys.append({"name": name, "key": reply["key"], "from": reply["at"], "to": ""})

    def _retire(self) -> None:
        old = self.diary.keys[0]
        old["to"] = self._ask({"do": "retire", "key": old["key"], "by": KEYS,
                               "because": "its time is over"})["at"]  # fmt: skip
        if self._ask({"do": "knock", "name": old["name"]})["status"] != 401:  # noqa: PLR2004  HTTP
            self.diary.surprises.append("a retired key was let in")

    # --- what goes wrong --------------------------------------------------------------------------

    def _harm(self) -> list[Order]:
        """Report something grave, which suspends where it was seen."""
        said = {"kind": "wrong_output", "severity": 1, "person": "nurse", "days_ago": 2}
        reply = self._report(HARM, (SITES[0],), **said)
        return [(HARM, SITES[0], reply)]

    def _outage(self) -> None:
        self._report(OUTAGE, (), kind="outage", severity=3, person="clinic-lead", days_ago=1)

    def _report(self, tool: str, sites: tuple[str, ...], **said: Any) -> dict[str, Any]:  # noqa: ANN401  whatever was said
        reply = self._ask({"do": "report", "tool": tool, "sites": list(sites), **said})
        self.diary.incidents.append(
            {"tool": tool, "sites": sites or SITES, **said, "name": reply["incident"],
             "known_at": reply["at"], "state": "open", "clocks": {}, "fixed_at": ""}
        )  # fmt: skip
        return reply

    def _step(self, tool: str, step: str, state: str = "", **said: Any) -> dict[str, Any]:  # noqa: ANN401  same
        case = self._case(tool)
        told = {"do": "step", "tool": case["tool"], "incident": case["name"], "step": step}
        reply = self._ask({**told, "person": SAFETY, **said})
        case["state"] = state or case["state"]
        return reply

    def _case(self, tool: str) -> dict[str, Any]:
        return next(case for case in self.diary.incidents if case["tool"] == tool)

    def _correct(self, tool: str) -> None:
        self._step(tool, "contain", "contained")
        self._step(tool, "causes", causes=["data"])
        action = {"owner": "data-desk", "due": "2027-06-01", "check": "works_again"}
        self._step(tool, "correct", what="map the field again", **action)
        self._case(tool)["action"] = action
        self._case(tool)["fixed_at"] = self._step(tool, "done", "fixed")["at"]

    def _close(self, tool: str) -> None:
        self._step(tool, "check", "checked")
        self._step(tool, "close", "closed")

    def _clock(self, tool: str, rule: str) -> None:
        self._case(tool)["clocks"][rule] = self._step(tool, "clock", rule=rule)["at"]

    # --- what is kept, held and erased ------------------------------------------------------------

    def _adopt(self) -> None:
        reply = self._ask({"do": "adopt", "by": RECORDS, "rules": [*RULES]})
        self.diary.rules = [{**rule, "at": reply["at"]} for rule in RULES]

    def _hold(self) -> None:
        reply = self._ask({"do": "hold", "hold": HOLD, "tool": HELD, "by": RECORDS, "why": WHY})
        self.diary.holds.append({"hold": HOLD, "tool": HELD, "by": RECORDS, "at": reply["at"]})

    def _stray(self, day: int) -> None:
        """Let feedback come that answers no card of anybody's."""
        tool = ("falls", HELD)[day // EVERY % 2]
        reply = self._ask({"do": "stray", "tool": tool, "site": SITES[2], "n": day})
        self.diary.parked.append({"tool": tool, "site": SITES[2], **when(reply)})

    def _erase(self, rule: str) -> None:
        told = {"rule": rule, "by": RECORDS, "second": PRIVACY}
        self.diary.erasures.append({**told, "at": self._ask({"do": "erase", **told})["at"]})
