"""What was built becomes resources: pruned, named, and referring to one another by id.

A resource that lacks what FHIR requires of it, or any key it could be known by, is not
made up: it is left out, and what was missing is said. References to what was left out are
left out with it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from attending.digest import canonical
from attending.ingest.hl7v2.keys import (
    code_key,
    content_key,
    identifier_key,
    numbered,
    order_number,
    patient_number,
    resource_id,
)
from attending.ingest.hl7v2.made import Body, Pointer
from attending.ingest.hl7v2.shape import SHAPES

if TYPE_CHECKING:
    from attending.ingest.hl7v2.building import Builder
    from attending.ingest.hl7v2.made import Made
    from attending.ingest.hl7v2.message import Segment
    from attending.ingest.hl7v2.placing import Placed

RESULT_STATUS = 11  # OBX-11
TAKEN_BACK = {"D", "W"}  # deleted; posted in error, as for the wrong patient
OF_A_PATIENT = {"Condition", "AllergyIntolerance", "Procedure", "RelatedPerson", "Specimen"}
NUMBERED = {"Practitioner", "Organization"}  # known by a number, where it says who gave it


class Standing(NamedTuple):
    """A resource in the making, under its label, and where it was begun."""

    label: str
    made: Made
    begun: Placed


class LeftOut(NamedTuple):
    """A resource that was not made up, and why."""

    reason: Literal["no_key", "required_missing"]
    path: str
    segment: Segment | None  # which began it


@dataclass
class Done:
    """What is given on, with whether it is taken back; and what was left out."""

    made: list[tuple[Made, bool]] = field(default_factory=list)
    parked: list[LeftOut] = field(default_factory=list)


def finished(
    standing: list[Standing], builder: Builder, placed: list[Placed], *, site: str, sender: str
) -> Done:
    """Finish every resource of one message.

    Parameters
    ----------
    standing
        What segments began.
    builder
        Holds what those refer to.
    placed
        The segments in their places.
    site
        Whose message it is.
    sender
        Who sent it: what a number is of that says no assigning authority.

    """
    return _Finishing(standing, builder, placed, site=site, sender=sender).run()


class _Finishing:
    """The finishing of one message."""

    def __init__(
        self,
        standing: list[Standing],
        builder: Builder,
        placed: list[Placed],
        *,
        site: str,
        sender: str,
    ) -> None:
        self._standing = standing
        self._linked = builder.linked
        self._placed = placed
        self._site, self._sender = site, sender
        self._seen: Counter[str] = Counter()
        self._done = Done()
        self._out: set[int] = set()  # what is left out, by identity

    def run(self) -> Done:
        """Prune, name, join, check."""
        everything = [*(one.made for one in self._standing), *self._linked]
        for made in everything:
            _prune(made.body, made.kind)
        for one in self._standing:
            self._name(one)
        for made in self._linked:
            self._name_linked(made)
        back = {id(one.made) for one in self._standing if _is_taken_back(one)}
        gone = self._out | back
        for made in everything:
            _join(made.body, gone)
        by_id: dict[tuple[str, str], tuple[Made, bool]] = {}
        begun = {id(one.made): one.begun.segment for one in self._standing}
        for made in everything:
            if id(made) in self._out:
                continue
            lacking = [] if id(made) in back else _lacking(made)
            if lacking:
                path = f"{made.kind}.{lacking[0]}"
                self._done.parked.append(LeftOut("required_missing", path, begun.get(id(made))))
                continue
            made.body["id"] = made.id
            first = by_id.setdefault((made.kind, made.id), (made, id(made) in back))
            for name, value in made.body.items():
                first[0].body.setdefault(name, value)
        self._done.made = list(by_id.values())
        self._unjoin()
        return self._done

    def _unjoin(self) -> None:
        """Take out references to resources that turned out to lack something."""
        there = {f"{made.kind}/{made.id}" for made, _ in self._done.made}
        for made, _ in self._done.made:
            _strip(made.body, there)

    # -- Names ---------------------------------------------------------------------------

    def _name(self, one: Standing) -> None:
        made = one.made
        if len(made.body) == 1:
            self._out.add(id(made))
            return
        key = self._key(one)
        if not key:
            self._out.add(id(made))
            self._done.parked.append(LeftOut("no_key", made.kind, one.begun.segment))
            return
        made.id = resource_id(self._site, made.kind, key)

    def _key(self, one: Standing) -> str:
        """Give the business key of a resource; nothing if it has none."""
        kind, begun = one.made.kind, one.begun
        if kind == "Patient":
            found = patient_number(begun.segment.field(3)) if begun.segment.name == "PID" else None
            return found.text if found else ""
        if kind == "Encounter":
            return self._visit(begun)
        if kind == "DiagnosticReport":
            return self._report(begun)
        if kind == "Observation" and begun.segment.name == "OBX":
            key = self._result(begun)
            self._seen[key] += 1
            return f"{key}#{self._seen[key]}" if key and self._seen[key] > 1 else key
        if kind in OF_A_PATIENT or kind == "Observation":
            patient = self._patient(begun)
            body = one.made.body
            code = canonical(body["code"]).decode() if "code" in body else ""
            own = identifier_key(body)
            if kind == "Specimen" and own.startswith("|"):  # of nobody's numbering, so the sender's
                own = f"{self._sender}{own}"
            own = own or code or content_key(_without_pointers(body))
            return f"{patient}|{own}" if patient else ""
        return identifier_key(one.made.body) or content_key(_without_pointers(one.made.body))

    def _patient(self, near: Placed) -> str:
        found = self._near("PID", near)
        number = patient_number(found.field(3)) if found else None
        return number.text if number else ""

    def _near(self, name: str, near: Placed) -> Segment | None:
        """Give the last segment of a name that stands in the same groups."""
        found = [one for one in self._placed if one.segment.name == name and one.shares(near)]
        return found[-1].segment if found else None

    def _visit(self, begun: Placed) -> str:
        """Key a visit: its number, the alternate one, or the patient and when it began."""
        visit = self._near("PV1", begun)
        if visit is None:
            return ""
        for number in (19, 50):
            for value in visit.field(number):
                found = numbered(value)
                if found:
                    return found.text
        patient, since = self._patient(begun), visit.text(44)
        return f"{patient}|{since}" if patient and since else ""

    def _order(self, near: Placed) -> str:
        """Key an order: the filler's number, else the placer's, as OBR or ORC gives them.

        A number without an assigning authority is its sender's own: two laboratories may both
        have an order 1.
        """
        request, common = self._near("OBR", near), self._near("ORC", near)
        for segment, number in ((request, 3), (common, 3), (request, 2), (common, 2)):
            found = order_number(segment, number)
            if found:
                return found.text if found.system else f"{self._sender}{found.text}"
        return ""

    def _report(self, begun: Placed) -> str:
        request = self._near("OBR", begun)
        if request is None:
            return ""
        order, code = self._order(begun), code_key(request, 4)
        if order:
            return f"{order}|{code}"
        patient, at = self._patient(begun), request.text(7)
        return f"{self._sender}|{patient}|{code}|{at}" if patient and at else ""

    def _result(self, begun: Placed) -> str:
        """Key a result: its order, what was asked, what was observed, its sub-id.

        The value, the status and the time of observation are no part of it, so that a
        correction meets what it corrects; only where there is no order does time count.
        """
        result, request = begun.segment, self._near("OBR", begun)
        asked = code_key(request, 4) if request else ""
        own = f"{code_key(result, 3)}|{result.text(4)}"
        order = self._order(begun) if request else ""
        if order:
            return f"{order}|{asked}|{own}"
        patient = self._patient(begun)
        at = result.text(14) or (request.text(7) if request else "")
        visit = "" if request else self._visit(begun)
        return f"{self._sender}|{patient}|{visit}|{asked}|{own}|{at}" if patient and at else ""

    def _name_linked(self, made: Made) -> None:
        """Name what others refer to: by its identifier and who gave it, else by all it says."""
        if made.id or id(made) in self._out:
            return
        if len(made.body) == 1:
            self._out.add(id(made))
            return
        made.id = "-"  # no path of tables leads back here; were there one, it would end
        for pointer in _pointers(made.body):
            self._name_linked(pointer.to)
        named = identifier_key(made.body) if made.kind in NUMBERED else ""
        is_said_by_whom = bool(named) and not named.startswith("|")
        key = named if is_said_by_whom else content_key(_with_ids(made.body))
        made.id = resource_id(self._site, made.kind, key)


def _is_taken_back(one: Standing) -> bool:
    begun = one.begun.segment
    return (
        one.made.kind == "Observation"
        and begun.name == "OBX"
        and (begun.text(RESULT_STATUS) in TAKEN_BACK)
    )


def _lacking(made: Made) -> list[str]:
    return [
        name
        for name, element in SHAPES[made.kind].items()
        if element.is_required and name not in made.body
    ]


# -- Trees -------------------------------------------------------------------------------


def _prune(body: Body, kind: str) -> None:
    """Take out what says nothing: empty objects, extensions without an address or a value."""
    shape = SHAPES.get(kind, {})
    for name in list(body):
        value = body[name]
        element = shape.get(name)
        inner = element.kind if element else "Element"
        if isinstance(value, dict):
            _prune(value, inner)
        elif isinstance(value, list):
            for one in value:
                if isinstance(one, dict):
                    _prune(one, inner)
            value[:] = _once(one for one in value if one != {} and not _is_bare(one, inner))
        if value in ({}, []) or _is_bare(value, inner):
            del body[name]


def _is_bare(value: object, kind: str) -> bool:
    """Tell whether an object lacks what alone would make it say something."""
    if not isinstance(value, dict):
        return False
    if kind == "Extension":
        return "url" not in value or len(value) == 1
    if kind == "Annotation":
        return "text" not in value
    if kind == "Coding":
        return "code" not in value and "display" not in value
    return kind == "ContactPoint" and "value" not in value


def _once(values: Any) -> list[Any]:  # noqa: ANN401  JSON
    found: list[Any] = []
    for one in values:
        if one not in found:
            found.append(one)
    return found


def _pointers(value: object) -> list[Pointer]:
    if isinstance(value, Pointer):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [pointer for one in inner for pointer in _pointers(one)]


def _without_pointers(value: Any) -> Any:  # noqa: ANN401  JSON
    if isinstance(value, dict):
        kept = {k: v for k, v in value.items() if not isinstance(v, Pointer)}
        return {name: _without_pointers(one) for name, one in kept.items()}
    return [_without_pointers(one) for one in value] if isinstance(value, list) else value


def _with_ids(value: Any) -> Any:  # noqa: ANN401  JSON
    if isinstance(value, Pointer):
        return value.to.id
    if isinstance(value, dict):
        return {name: _with_ids(one) for name, one in value.items()}
    return [_with_ids(one) for one in value] if isinstance(value, list) else value


def _join(body: Body, gone: set[int]) -> None:
    """Write references by id; take out those to what is left out or taken back."""
    for name in list(body):
        value = body[name]
        if isinstance(value, Pointer):
            if id(value.to) in gone:
                del body[name]
            else:
                body[name] = f"{value.to.kind}/{value.to.id}"
        elif isinstance(value, dict):
            _join(value, gone)
        elif isinstance(value, list):
            for one in value:
                if isinstance(one, dict):
                    _join(one, gone)
            value[:] = _once(one for one in value if one != {})
        if value in ({}, []):
            body.pop(name, None)


def _strip(body: Body, there: set[str]) -> None:
    for name in list(body):
        value = body[name]
        if name == "reference" and value not in there:
            del body[name]
        elif isinstance(value, dict):
            _strip(value, there)
        elif isinstance(value, list):
            for one in value:
                if isinstance(one, dict):
                    _strip(one, there)
            value[:] = [one for one in value if one != {}]
        if value in ({}, []):
            body.pop(name, None)
