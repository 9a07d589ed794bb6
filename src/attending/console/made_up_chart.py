"""A made-up patient's chart, built so that each declared field is found where it is declared.

It walks the very paths that the gateway reads, and puts there what somebody typed. So the
practice page needs no example of its own for any tool.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attending.serve.channels.cds_hooks import HOOKS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.serve.reach import Path, Step
    from attending.serve.tool import Tool

PATIENT, USER = "practice-patient", "Practitioner/practice-clinician"
SPELLED = frozenset({"resourceType", "url", "use", "status", "id", "system", "intent"})


def request(tool: Tool, typed: Mapping[str, str], *, instance: str, now: str) -> dict[str, Any]:
    """Give the CDS Hooks request an EHR would send with these values on a chart.

    Parameters
    ----------
    tool
        Whose declared fields are filled.
    typed
        Field to what somebody typed; an empty text leaves the field out, as a chart would.
    instance, now
        The call's own id, and the moment its values were taken.

    """
    hook = tool.use_case.workflow.hook
    kinds = {name: kind() for name, kind in HOOKS[hook].items()}
    message: dict[str, Any] = {
        "hook": hook,
        "hookInstance": instance,
        "context": kinds | {"userId": USER, "patientId": PATIENT},
        "prefetch": {},
    }
    if "encounterId" in kinds:
        message["context"]["encounterId"] = "practice-encounter"
    for name, path in tool.reach.paths.items():
        if typed.get(name, ""):
            _put(message[path.root], path, _value(typed[name]))
    _name(message["prefetch"], now)
    return message


def _value(typed: str) -> str | float | bool:
    if typed in ("true", "false"):
        return typed == "true"
    try:
        number = float(typed)
    except ValueError:
        return typed
    return number if number == number and abs(number) < float("inf") else typed  # noqa: PLR0124  NaN is no number on a chart


def _put(root: dict[str, Any], path: Path, value: object) -> None:
    here = root
    for step, following in zip(path.steps, path.steps[1:], strict=False):
        if step.name == "entry":
            here = _element(here.setdefault("entry", []), following)
        elif step.filters or step.pick is not None:
            inside = here if step.name == "resource" else None
            here = _one(here, step) if inside is None else _resource(inside, step)
        else:
            here = here.setdefault(step.name, {})
    last = path.steps[-1]
    if last.filters:
        _one(here, last)
    else:
        here[last.name] = value


def _element(entries: list[dict[str, Any]], resource: Step) -> dict[str, Any]:
    """Give the entry whose resource is the one wanted, and make it where there is none."""
    wanted = _marks(resource)
    for entry in entries:
        if wanted.items() <= entry["resource"].items():
            return entry
    entries.append({"resource": dict(wanted)})
    return entries[-1]


def _resource(entry: dict[str, Any], step: Step) -> dict[str, Any]:
    found: dict[str, Any] = entry.setdefault("resource", _marks(step))
    return found


def _one(here: dict[str, Any], step: Step) -> dict[str, Any]:
    elements: list[dict[str, Any]] = here.setdefault(step.name, [])
    wanted = _marks(step)
    for element in elements:
        if wanted.items() <= element.items():
            return element
    elements.append(wanted)
    return wanted


def _marks(step: Step) -> dict[str, Any]:
    """Give the members by which a path tells this element from others."""
    marks: dict[str, Any] = {}
    for name, wanted in step.filters:
        system, bar, code = wanted.rpartition("|")
        coding = {"code": code} | ({"system": system} if bar else {})
        marks[name] = wanted if name in SPELLED else {"coding": [coding]}
    return marks


def _name(prefetch: dict[str, Any], now: str) -> None:
    """Give every resource its type, and every observation its moment."""
    for key, value in prefetch.items():
        if "entry" in value:
            value["resourceType"] = "Bundle"
            for entry in value["entry"]:
                resource = entry["resource"]
                resource.setdefault("resourceType", "Observation")
                resource.setdefault("subject", {"reference": f"Patient/{PATIENT}"})
                resource.setdefault("effectiveDateTime", now)
        elif key == "patient":
            value |= {"resourceType": "Patient", "id": PATIENT}
        else:
            value.setdefault("resourceType", "Observation")
