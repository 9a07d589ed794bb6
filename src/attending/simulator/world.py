"""The world: patients, an EHR and the people around it, seen from outside the platform.

A program of its own, which knows nothing of the platform but the doors an EHR has: it asks
for cards, sends what clinicians did with them, drops files of outcomes, and has people sign
what waits for them. It speaks in lines of JSON, a list of requests for a list of replies.

It keeps what it planted in a file without a name, which no other process can open, and at
the end hands it to the judge, a program that it starts.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import subprocess
import sys
import tempfile
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from attending.simulator.hospitals import (
    KNOWN_AFTER,
    TERN_VALLEY,
    VITALS,
    Hospital,
    Patients,
    patients,
    truth,
    write_truth,
)
from attending.simulator.paperwork import PUT_IN_ORDER, PUT_IN_ORDER_ON
from attending.simulator.weeks import DAYS, date_of

if TYPE_CHECKING:
    from collections.abc import Iterator

TOOL, JUDGE = "sepsis_alert", "attending.simulator.judge"
NAMES = UUID("6ba7b812-9dad-11d1-80b4-00c04fd430c8")  # RFC 9562's namespace for identifiers
ROUNDS = (2, 8, 14, 20)  # hours at which patients are looked at
CLINICIANS = 12  # at each hospital
ACCEPTS, OVERRIDES = 0.55, 0.85  # of cards: accepted below the first, overridden below the second
REASONS = ("patient-ineligible", "action-completed", "risk-benefit-ratio")
LOST = 0.01  # of outcomes that nobody ever records

# Who signs at Tern Valley, in which role; the chair reads what waits each morning.
SIGNERS = {"committee_chair": "committee-chair", "cmio": "cmio", "clinical_owner": "sepsis-lead"}

# The committee meets once the first hospitals have listened for two weeks; all come but one.
MEETS_ON = 14
FIRST_MEETING = {
    "do": "meeting",
    "meeting": "first",
    "chair": "committee-chair",
    "votes": [
        {"person": person, "choice": "approve"}
        for person in ("committee-chair", "cmio", "sepsis-lead")
    ],
}


class Platform:
    """The platform, as lines of JSON in and out."""

    def ask(self, *requests: dict[str, Any]) -> list[dict[str, Any]]:
        """Send requests; give their replies in order."""
        sys.stdout.write(json.dumps(requests) + "\n")
        sys.stdout.flush()
        line = sys.stdin.readline()
        if not line:
            raise SystemExit("the platform went away")
        replies: list[dict[str, Any]] = json.loads(line)
        return replies


class World:
    """One seeded world, played day by day.

    Parameters
    ----------
    seed
        Which world.
    planted
        Whether anything is planted in it.
    silent_feed
        A hospital whose outcomes stop coming, and from which day.
    hours
        When patients are looked at.

    """

    def __init__(
        self,
        seed: int,
        *,
        planted: bool,
        silent_feed: tuple[str, int] | None = None,
        hours: tuple[int, ...] = ROUNDS,
    ) -> None:
        self._hours = hours
        self._seed = seed
        self._planted = planted
        self._silent_feed = silent_feed
        self._platform = Platform()
        self._asked: dict[tuple[str, int], int] = {}
        self.seen = {h.name: {"asked": 0, "outcomes": 0, "septic": 0} for h in TERN_VALLEY}

    def play(self, days: range) -> None:
        """Let the days pass; of those before, the outcomes that are still to come are known."""
        for day in range(max(0, days.start - KNOWN_AFTER), days.start):
            self._listed(day)
        for day in days:
            if day == PUT_IN_ORDER_ON:
                self._put_in_order()
            if day == MEETS_ON:
                self._meet()
            self._people()
            listed = self._listed(day)
            for turn, hour in enumerate(self._hours):
                self._round(day, turn, hour, listed)
            self._outcomes(day)
            self._platform.ask({"do": "close"})

    def end(self) -> str:
        """Say that the story is over; give the store's folder, which the judge reads."""
        (done,) = self._platform.ask({"do": "end"})
        return str(done["store"])

    def _meet(self) -> None:
        """Hold the committee's first meeting, on what has been found silently."""
        (said,) = self._platform.ask({**FIRST_MEETING})
        if "refused" in said:
            raise SystemExit(f"the committee decided nothing: {said['refused']}")

    def _put_in_order(self) -> None:
        """Hand in the sheet of tools, and propose what is wanted next."""
        for each, said in zip(PUT_IN_ORDER, self._platform.ask(*PUT_IN_ORDER), strict=True):
            if "refused" in said:
                raise SystemExit(f"{each['do']} was refused: {said['refused']}")

    def _people(self) -> None:
        """Let whoever may sign what waits do so, and have it applied."""
        (found,) = self._platform.ask({"do": "waits"})
        for plan in found["plans"]:
            for role in plan["roles"]:
                person = SIGNERS[role]
                self._platform.ask(
                    {"do": "sign", "plan": plan["digest"], "role": role, "person": person}
                )
            self._platform.ask({"do": "apply", "plan": plan["digest"]})

    def _listed(self, day: int) -> list[Hospital]:
        """Ask, as an EHR does, where the tool is offered; note whose day it is."""
        asked = [
            {"do": "get", "at": _at(day, 1), "path": f"/sites/{h.name}/cds-services"}
            for h in TERN_VALLEY
        ]  # a moment that is past already is now
        replies = self._platform.ask(*asked)
        offered = []
        for hospital, reply in zip(TERN_VALLEY, replies, strict=True):
            if any(service["id"] == TOOL for service in json.loads(reply["body"])["services"]):
                offered.append(hospital)
                self._asked[hospital.name, day] = len(self._of(hospital, day).septic)
        return offered

    def _of(self, hospital: Hospital, day: int) -> Patients:
        return patients(hospital, day, seed=self._seed, planted=self._planted)

    def _round(self, day: int, turn: int, hour: int, listed: list[Hospital]) -> None:
        calls: list[tuple[Hospital, int]] = []
        for hospital in listed:
            n = self._asked[hospital.name, day]
            calls += [(hospital, i) for i in range(n) if i % len(self._hours) == turn]
        there = {h.name: self._of(h, day) for h in listed}
        asked = [
            {
                "do": "post",
                "at": _at(day, hour),
                "path": f"/sites/{h.name}/cds-services/{TOOL}",
                "body": _request(h, day, i, there[h.name]),
            }
            for h, i in calls
        ]
        replies = self._platform.ask(*asked) if asked else []
        for (hospital, _), reply in zip(calls, replies, strict=True):
            if reply["status"] != HTTPStatus.OK:
                raise SystemExit(f"a call at {hospital.name} was answered with {reply['status']}")
            self.seen[hospital.name]["asked"] += 1
        said = [
            each
            for (hospital, i), reply in zip(calls, replies, strict=True)
            for each in _responses(
                hospital, _at(day, hour), reply, acts=float(there[hospital.name].acts[i])
            )
        ]
        if said:
            self._platform.ask(*said)

    def _outcomes(self, day: int) -> None:
        """Drop the file of those of whom it is known today."""
        rows = []
        for hospital, i, septic in self._known(day - KNOWN_AFTER):
            rows.append([_encounter(hospital, day - KNOWN_AFTER, i), hospital.name, int(septic)])
            self.seen[hospital.name]["outcomes"] += 1
            self.seen[hospital.name]["septic"] += int(septic)
        if rows:
            out = io.StringIO()
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(["encounter", "hospital", "sepsis"])
            writer.writerows(rows)
            name = f"outcomes-{date_of(day)}.csv"
            self._platform.ask({"do": "drop", "name": name, "text": out.getvalue()})

    def _known(self, day: int) -> Iterator[tuple[Hospital, int, bool]]:
        for hospital in TERN_VALLEY:
            silent, since = self._silent_feed or ("", 0)
            broken = hospital.name == silent and day + KNOWN_AFTER >= since
            if broken or (hospital.name, day) not in self._asked:
                continue
            there = self._of(hospital, day)
            for i, septic in enumerate(there.septic):
                if (there.acts[i] * 997) % 1 >= LOST:  # a number of its own, from the same draw
                    yield hospital, i, bool(septic)


def _at(day: int, hour: int) -> str:
    return f"{date_of(day)}T{hour:02d}:00:00Z"


def _encounter(hospital: Hospital, day: int, number: int) -> str:
    return f"{hospital.name}-{day:03d}-{number:02d}"


def _request(hospital: Hospital, day: int, number: int, there: Patients) -> dict[str, Any]:
    """Give the CDS Hooks request that the EHR sends when a chart is opened."""
    encounter = _encounter(hospital, day, number)
    patient = f"p-{encounter}"
    subject = {"reference": f"Patient/{patient}"}
    entries = [
        {
            "resource": {
                "resourceType": "Observation",
                "status": "final",
                "subject": subject,
                "code": {"coding": [{"system": "http://loinc.org", "code": vital.loinc}]},
                "valueQuantity": {"value": round(vital.mean + vital.scale * z, vital.digits)},
            }
        }
        for vital, z in zip(VITALS, there.reported[number].tolist(), strict=True)
    ]
    return {
        "hook": "patient-view",
        "hookInstance": str(uuid5(NAMES, encounter)),
        "context": {
            "userId": f"Practitioner/{hospital.name}-{number % CLINICIANS:02d}",
            "patientId": patient,
            "encounterId": encounter,
        },
        "prefetch": {"vitals": {"resourceType": "Bundle", "type": "searchset", "entry": entries}},
    }


def _responses(
    hospital: Hospital, at: str, reply: dict[str, Any], *, acts: float
) -> Iterator[dict[str, Any]]:
    """Say what the clinician did with each card that may be accepted; some do nothing."""
    for card in json.loads(reply["body"])["cards"]:
        if not card.get("suggestions") or acts >= OVERRIDES:
            continue
        entry: dict[str, Any] = {"card": card["uuid"], "outcomeTimestamp": at}
        if acts < ACCEPTS:
            entry |= {
                "outcome": "accepted",
                "acceptedSuggestions": [{"id": card["suggestions"][0]["uuid"]}],
            }
        else:
            code = REASONS[int(acts * 1000) % len(REASONS)]
            known = {each["code"]: each for each in card["overrideReasons"]}
            reason = {"code": code, "system": known[code]["system"]}
            entry |= {"outcome": "overridden", "overrideReason": {"reason": reason}}
        yield {
            "do": "post",
            "at": at,
            "path": f"/sites/{hospital.name}/cds-services/{TOOL}/feedback",
            "body": {"feedback": [entry]},
        }


def main() -> None:
    """Play, then have it judged; days that go on after a story was judged are not."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--seed", type=int, required=True)
    wanted.add_argument("--days", type=int, default=DAYS)
    wanted.add_argument("--from-day", type=int, default=0)
    wanted.add_argument("--nothing-planted", action="store_true")
    wanted.add_argument("--break", dest="breaks", help="a hospital whose outcomes stop coming")
    wanted.add_argument("--hours", type=int, nargs="+", default=ROUNDS)
    given = wanted.parse_args()
    planted = not given.nothing_planted
    silent = (given.breaks, given.from_day) if given.breaks else None
    with tempfile.TemporaryFile("w+", encoding="utf-8") as sealed:
        write_truth(truth(seed=given.seed, planted=planted, seen={}), sealed)
        world = World(given.seed, planted=planted, silent_feed=silent, hours=tuple(given.hours))
        world.play(range(given.from_day, given.days))
        write_truth(truth(seed=given.seed, planted=planted, seen=world.seen), sealed)
        store = world.end()
        if given.breaks:
            sys.stdout.write("{}\n")
            return
        judge = [sys.executable, "-m", JUDGE, store, str(sealed.fileno())]
        subprocess.run(judge, pass_fds=(sealed.fileno(),), check=True)  # noqa: S603  a program of this package


if __name__ == "__main__":
    main()
