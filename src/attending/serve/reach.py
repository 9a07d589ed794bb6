"""Cut a request down to the fields its use case declares; nothing else goes further.

An engine is given a new mapping of name to text, number or boolean, built from the
declared paths; never a copy of the request with parts taken out. What was not delivered
is counted.

**Paths.** ``inputs:`` maps a name to a path::

    inputs:
      creatinine: prefetch.labs.entry[code=2160-0][latest].valueQuantity.value
      sex: prefetch.patient.gender
      order: context.draftOrders.entry[resourceType=MedicationRequest][0].priority

- A path starts at ``context`` or ``prefetch`` and walks members by name. A list is walked
  element by element.
- ``entry`` means the resources of a Bundle's entries.
- ``[name=value]`` keeps elements whose member `name` is that text. A coded member matches
  by any of its codings, ``[code=2160-0]`` or ``[code=http://loinc.org|2160-0]``.
- ``[0]``, ``[1]``, ``[last]`` take one element; ``[latest]`` takes the one with the
  latest ``effectiveDateTime``, ``effectivePeriod.end``, ``issued``, ``authoredOn`` or
  ``date``.
- The end must be one text, number or boolean. None is *absent*; several are *many* (say
  which one); a tree, or text longer than 512 characters, is *not a value*.

Refused in a path: ``text``, ``div`` and ``contained`` (narrative and what hides in it),
``extension`` without its ``[url=...]``, and the identifiers ``context.patientId``,
``context.userId``, ``context.encounterId``.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from attending.errors import Refused
from attending.fhir.decode import n_leaves
from attending.serve.cut import Cut
from attending.serve.features.picked import picked
from attending.serve.patient import keep_own

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.serve.engine import Value

LONGEST = 512  # characters of a text field: codes and names, not notes
FORBIDDEN = ("text", "div", "contained")
IDENTIFIERS = ("patientId", "userId", "encounterId")
_NUMBERS = (float, int)  # of which true and false are some
_STEP = re.compile(r"([A-Za-z_][A-Za-z0-9_\-]*)((?:\[[^\[\]]+\])*)(?:\.|$)")
_PICK = re.compile(r"\[([^\[\]]+)\]")

Code = tuple[str | None, str]  # a coding's system, where one is asked for, and its code


class Step(msgspec.Struct, frozen=True):
    """One member to walk to, and what to keep of what is found there."""

    name: str
    filters: tuple[tuple[str, str], ...] = ()
    pick: int | str | None = None


class Path(msgspec.Struct, frozen=True):
    """A declared path, read.

    Attributes
    ----------
    source, root, steps
        As written, where it starts, and what is walked from there.
    stem, chooses
        The root and the names up to the first step that chooses among what it finds, and
        the steps from that one on.
    place, code, further
        Where that step's first filter looks, what it asks for, and what else the step asks.
    tail
        The names after the step that chooses, where none of them chooses again.

    """

    source: str
    root: str
    steps: tuple[Step, ...]
    stem: tuple[str, ...]
    chooses: tuple[Step, ...] = ()
    place: tuple[str, ...] = ()
    code: Code = (None, "")
    further: Step = Step("")
    tail: tuple[str, ...] = ()


def path(source: str, *, where: str = "") -> Path:
    """Read a declared path.

    Raises
    ------
    Refused
        For what the grammar above does not hold, with the part that was not understood.

    """
    steps: list[Step] = []
    at = 0
    while at < len(source):
        found = _STEP.match(source, at)
        if found is None:
            raise Refused(f"cannot read the path at {source[at:]!r}", where=where)
        steps.append(_step(found[1], found[2], where))
        at = found.end()
    root = steps[0].name if steps else ""
    if root not in ("context", "prefetch") or len(steps) < 2 or source.endswith("."):  # noqa: PLR2004  root and member
        accepted = ["context.<member>", "prefetch.<key>.<member>"]
        raise Refused(f"{source!r} is no path into a request", where=where, accepted=accepted)
    if root == "context" and steps[1].name in IDENTIFIERS:
        raise Refused(f"{source!r} is an identifier; it goes to no engine", where=where)
    walked = tuple(_into_entries(steps[1:]))
    choosing = (i for i, step in enumerate(walked) if step.filters or step.pick is not None)
    first = next(choosing, len(walked))
    stem = (root, *(step.name for step in walked[: first + 1]))
    after = walked[first + 1 :]
    names = () if any(step.filters or step.pick is not None for step in after) else after
    tail = tuple(step.name for step in names)
    plain = Path(source, root, walked, stem, chooses=walked[first:], tail=tail)
    if not plain.chooses or not plain.chooses[0].filters:
        return plain
    (name, wanted), *more = plain.chooses[0].filters
    further = Step(plain.chooses[0].name, tuple(more), plain.chooses[0].pick)
    place, code = (*stem, name), _code(wanted)
    return msgspec.structs.replace(plain, place=place, code=code, further=further)


def _step(name: str, brackets: str, where: str) -> Step:
    filters: list[tuple[str, str]] = []
    pick: int | str | None = None
    for inside in _PICK.findall(brackets):
        left, equals, right = inside.partition("=")
        if pick is not None:
            raise Refused(f"[{inside}] comes after one was picked", where=where)
        if equals:
            filters.append((left.strip(), right.strip()))
        elif inside.isdecimal() or inside in ("last", "latest"):
            pick = int(inside) if inside.isdecimal() else inside
        else:
            accepted = ["[name=value]", "[0]", "[last]", "[latest]"]
            raise Refused(f"cannot read [{inside}]", where=where, accepted=accepted)
    if name in FORBIDDEN:
        raise Refused(f"{name!r} is narrative; no path leads into it", where=where)
    if "xtension" in name and not any(left == "url" for left, _ in filters):
        raise Refused(f"{name!r} needs its [url=...]", where=where)
    return Step(name, tuple(filters), pick)


def _into_entries(steps: list[Step]) -> list[Step]:
    """Walk from ``entry`` to the resource, where the path does not say so itself."""
    out: list[Step] = []
    for i, step in enumerate(steps):
        following = steps[i + 1].name if i + 1 < len(steps) else ""
        if step.name == "entry" and following != "resource":
            out += [Step("entry"), Step("resource", step.filters, step.pick)]
        else:
            out.append(step)
    return out


class Walk:
    """A walk through one request, which remembers what several paths pass through.

    Thirty results are thirty paths through the same entries: those are collected once and
    their codes read once, not once for every path.
    """

    def __init__(self, roots: Mapping[str, Mapping[str, object]]) -> None:
        self._roots = roots
        self._walked: dict[tuple[str, ...], list[object]] = {}
        self._by_code: dict[tuple[str, ...], dict[Code, list[object]]] = {}

    def read(self, declared: Path) -> list[object]:
        """Walk a path; give everything it leads to."""
        if not declared.chooses:
            return self._straight(declared.stem)
        stem, (first, *rest) = declared.stem, declared.chooses
        found = self._walked.get(stem)
        if found is None:
            found = self._walk(stem)
        if first.filters:
            known = self._by_code.get(declared.place) or self._sorted(found, declared.place)
            found = known.get(declared.code, [])
            found = _kept(found, declared.further)
        elif first.pick is not None:
            found = picked(found, first.pick)
        if declared.tail and len(found) == 1:
            return _led_to(found[0], declared.tail)
        for step in rest:
            found = _member(found[0], step.name) if len(found) == 1 else _members(found, step.name)
            if step.filters or step.pick is not None:
                found = _kept(found, step)
        return found

    def _straight(self, stem: tuple[str, ...]) -> list[object]:
        """Walk names that lead through objects only, as most do; a list takes the long way."""
        return _led_to(self._roots[stem[0]], stem[1:])

    def one_by_code(self, declared: Path) -> dict[str, object] | None:
        """Give what the last name is read of, where a code alone leads to one; None elsewhere."""
        if not declared.tail or declared.further.filters or type(declared.further.pick) is int:
            return None
        known = self._by_code.get(declared.place)
        found = () if known is None else known.get(declared.code, ())
        node = found[0] if len(found) == 1 else None
        for name in declared.tail[:-1]:
            node = node.get(name) if type(node) is dict else None
        return node if type(node) is dict else None

    def object_at(self, stem: tuple[str, ...]) -> dict[str, object] | None:
        """Give the object that names lead to through objects only; None where they do not."""
        node: object = self._roots[stem[0]]
        for name in stem[1:]:
            if type(node) is not dict:
                return None
            node = node.get(name)
        return node if type(node) is dict else None

    def _walk(self, stem: tuple[str, ...]) -> list[object]:
        found: list[object] = [self._roots[stem[0]]]
        for name in stem[1:]:
            found = _member(found[0], name) if len(found) == 1 else _members(found, name)
        self._walked[stem] = found
        return found

    def _sorted(self, found: list[object], place: tuple[str, ...]) -> dict[Code, list[object]]:
        """Sort the elements at a place by the codes of the member that the place ends in."""
        known: dict[Code, list[object]] = {}
        for each in found:
            codes = _of_one_coding(each, place[-1]) or _codes(each, place[-1])
            for code in codes:
                if code in known:
                    known[code].append(each)
                else:
                    known[code] = [each]
        self._by_code[place] = known
        return known


def _led_to(node: object, names: tuple[str, ...]) -> list[object]:
    """Walk names that lead through objects only, as most do; a list takes the long way."""
    for at, name in enumerate(names):
        if type(node) is not dict:
            found = node if at and type(node) is list else []
            for further in names[at:]:
                found = _members(found, further)
            return found
        node = node.get(name)
    return node if type(node) is list else [] if node is None else [node]


def _kept(found: list[object], step: Step) -> list[object]:
    for name, wanted in step.filters:
        found = [each for each in found if _matches(each, name, wanted)]
    return found if step.pick is None else picked(found, step.pick)


def _member(value: object, name: str) -> list[object]:
    inner = value.get(name) if isinstance(value, dict) else None
    if isinstance(inner, list):
        return inner
    return [] if inner is None else [inner]


def _members(values: list[object], name: str) -> list[object]:
    return [part for each in values for part in _member(each, name)]


def _matches(value: object, name: str, wanted: str) -> bool:
    return _code(wanted) in _codes(value, name)


def _code(wanted: str) -> Code:
    """Read what a filter asks for: a text as it is, or ``system|code``."""
    system, bar, code = wanted.rpartition("|")
    return (system, code) if bar else (None, code)


def _codes(value: object, name: str) -> set[Code]:
    """Give everything that a member answers to: its text, or each of its codings."""
    inner = value.get(name) if isinstance(value, dict) else None
    found: set[Code] = set()
    for each in inner if isinstance(inner, list) else (inner,):
        if isinstance(each, str):
            found.add(_code(each))
        elif isinstance(each, dict):
            codings = each.get("coding", (each,))
            for c in codings if isinstance(codings, list | tuple) else ():
                code = c.get("code") if isinstance(c, dict) else None
                if isinstance(code, str):
                    system = c.get("system")
                    found.add((None, code))
                    if isinstance(system, str):
                        found.add((system, code))
    return found


def _of_one_coding(value: object, name: str) -> tuple[Code, ...] | None:
    """Give what a member with one coding answers to, as most have; None for any other."""
    inner = value.get(name) if type(value) is dict else None
    codings = inner.get("coding") if type(inner) is dict else None
    one = codings[0] if type(codings) is list and len(codings) == 1 else None
    code, system = (one.get("code"), one.get("system")) if type(one) is dict else (None, None)
    if type(code) is not str:
        return None
    return ((None, code), (system, code)) if type(system) is str else ((None, code),)


class Reach:
    """The declared paths of one use case, and what fills a gap.

    Parameters
    ----------
    inputs
        Name to path, as the use case declares.
    fills
        Name to the value that stands in where nothing was found.
    where
        Where the inputs were written, for the error a person reads.

    Attributes
    ----------
    keys
        The prefetch keys that the paths read.

    """

    def __init__(
        self,
        inputs: Mapping[str, str],
        fills: Mapping[str, Value],
        *,
        where: str = "",
    ) -> None:
        self.paths = {
            name: path(text, where=f"{where} inputs.{name}") for name, text in inputs.items()
        }
        self._fills = dict(fills)
        self._stems = tuple(dict.fromkeys(p.stem[:-1] for p in self.paths.values()))
        places = {stem: at for at, stem in enumerate(self._stems)}
        self._plan = tuple(
            (name, p, -1 if p.chooses else places[p.stem[:-1]], (*p.stem, *p.tail)[-1])
            for name, p in self.paths.items()
        )
        self.keys = {p.steps[0].name for p in self.paths.values() if p.root == "prefetch"}

    def cut(self, context: dict[str, object], prefetch: dict[str, object], patient: str) -> Cut:
        """Deliver the declared fields of one request, about one patient."""
        n_other = n_unusable = 0
        own: dict[str, dict[str, object]] = {"context": dict(context), "prefetch": {}}
        for key, value in prefetch.items():
            kept = keep_own(value, patient)
            n_other, n_unusable = n_other + kept.n_other, n_unusable + kept.n_unusable
            if kept.value is not None and key in self.keys:
                own["prefetch"][key] = kept.value
        for key, value in context.items():
            if type(value) is dict and "resourceType" in value:
                kept = keep_own(value, patient)
                n_other, own["context"][key] = n_other + kept.n_other, kept.value
        fields, missing = self._deliver(own)
        n_delivered = len(fields)
        filled = tuple(name for name in missing if name in self._fills)
        fields |= {name: self._fills[name] for name in filled}
        n_all = n_leaves(context) + n_leaves(prefetch)
        return Cut(fields, missing, filled, n_all - n_delivered, n_other, n_unusable)

    def _deliver(
        self,
        own: dict[str, dict[str, object]],
    ) -> tuple[dict[str, Value], dict[str, str]]:
        fields: dict[str, Value] = {}
        missing: dict[str, str] = {}
        walk = Walk(own)
        objects = [walk.object_at(stem) for stem in self._stems]
        for name, declared, at, last in self._plan:
            there = walk.one_by_code(declared) if at < 0 else objects[at]
            if there is not None and isinstance(number := there.get(last), _NUMBERS):
                fields[name] = number
                continue
            found = walk.read(declared)
            if len(found) == 1 and _is_value(found[0]):
                value = found[0]
                fields[name] = float(value) if isinstance(value, Decimal) else value  # type: ignore[assignment]  # _is_value says so
            else:
                missing[name] = (
                    "absent" if not found else "many" if len(found) > 1 else "not_a_value"
                )
        return fields, missing


def _is_value(value: object) -> bool:
    if isinstance(value, str):
        return 0 < len(value) <= LONGEST
    return isinstance(value, bool | int | float | Decimal)
