"""The history of the ledger, folded for people: what was decided, moved, said and shown.

It reads and never writes. Every number on a page is taken from here, so that a page
cannot say what no fact says; and since each item keeps its ledger index, every value can
lead to its fact, and the past can be looked at as it was.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, TypeVar

from attending import shapes
from attending.console.course import Course, Decided
from attending.decide.break_glass import Views, step
from attending.decide.incident import Register
from attending.decide.people import TYPES
from attending.errors import NoSuchName
from attending.facts.finding import Finding
from attending.facts.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from attending.facts.entry import Entry
    from attending.ledger.following import Following
    from attending.ledger.read import Reader

T = TypeVar("T")

COMMITTEE = ("packet/1", "decision/1", "no_decision/1", "docket/1")
KINDS = ("declared", "ingested", "served", "said", "decided", "acted")  # what pages speak of


class History:
    """Folds a ledger as it grows; any number of pages may ask at once.

    Parameters
    ----------
    reader
        The ledger.

    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._lock = threading.Lock()
        self._next = 0
        self._courses: dict[str, Course] = {}
        self._read_backs: list[Entry] = []
        self._departures: list[Entry] = []
        self._incidents = Register()
        self._views = Views()
        self._folds: dict[str, Following[Any]] = {}

    def courses(self, as_of: int | None = None) -> dict[str, Course]:
        """Give the course of every use case there is a fact of, up to a day or to now."""
        with self._lock:
            self._take_in()
            last = self._next - 1
            return {name: c.as_of(as_of, last=last) for name, c in self._courses.items()}

    def course(self, use_case: str, as_of: int | None = None) -> Course:
        """Give one use case's course.

        Raises
        ------
        NoSuchName
            With the nearest name there is.

        """
        courses = self.courses(as_of)
        if use_case not in courses:
            raise NoSuchName(use_case, "this ledger's use cases", courses)
        return courses[use_case]

    def incidents(self) -> Register:
        """Give every incident as it stands now."""
        with self._lock:
            self._take_in()
            return self._incidents

    def views(self) -> Views:
        """Give every view that set the rules aside, as it stands now."""
        with self._lock:
            self._take_in()
            return self._views

    def folded(self, name: str, begin: Callable[[Reader], Following[T]]) -> T:
        """Give what a fold of its own knows now; it is begun once, and ends with this history."""
        with self._lock:
            following: Following[T] = self._folds.setdefault(name, begin(self._reader))
        return following.now()

    def _take_in(self) -> None:
        end = self._reader.size()
        if end == self._next:
            return
        for entry in self._reader.entries(self._next, kinds=KINDS):
            self._one(entry)
            end = max(end, entry.index + 1)
        self._next = end

    def _one(self, entry: Entry) -> None:
        fact = entry.fact
        self._incidents = self._incidents.after(entry)
        self._views = step(self._views, entry)
        if fact.type == "read_back/1":
            self._read_backs.append(entry)
        elif fact.type in TYPES and fact.use_case is None:
            self._departures.append(entry)
        elif fact.use_case is not None:
            course = self._courses.get(fact.use_case)
            if course is None:
                course = self._courses[fact.use_case] = Course(
                    name=fact.use_case,
                    title=fact.use_case,
                    read_backs=self._read_backs,
                    departures=self._departures,
                )
            _put(course, entry)
            judged = fact.type == "decided/1" and fact.body.get("conditions")
            if judged or fact.type in COMMITTEE:
                course.governed.append(entry)


def _put(course: Course, entry: Entry) -> None:
    fact, body = entry.fact, entry.fact.body
    match fact.type:
        case "specs/1":
            course.specs.append(entry)
            course.title = str(body.get("title", course.name))
        case "source/1":
            course.sources.append(entry)
        case "parked/1":
            course.parked.append((entry.index, str(body["because"])))
        case "prediction/1":
            course.put_display(entry)
        case "decided/1":
            course.decided.append(_decided(entry))
        case "plan/1":
            course.plans.append(entry)
        case "receipt/1":
            course.receipts.append(entry)
        case "confirmed/1" | "model_fetched/1":
            (course.confirmed if fact.type == "confirmed/1" else course.fetched).append(entry)
        case _ if fact.kind == "said":
            course.said.append(entry)


def _decided(entry: Entry) -> Decided:
    body = entry.fact.body
    return Decided(
        index=entry.index,
        day=int(str(body["day"])),
        verdicts=tuple(shapes.convert(body["verdicts"], list[Verdict])),
        findings=tuple(shapes.convert(body["findings"], list[Finding])),
        watched=tuple(shapes.convert(body.get("watched", []), list[dict[str, Any]])),
    )
