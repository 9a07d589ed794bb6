"""A CDS Hooks call that holds a case's inputs where the declared paths look for them.

The opposite of `reach`: what it builds, `reach` cuts down to the same fields. It is how a
recorded case is put to the gateway by the door that an EHR uses. An input that is not
there is left out, never made up; the gateway then says that it is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from uuid import UUID

import msgspec

from attending.serve.channels.cds_hooks import HOOKS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attending.serve.engine import Value
    from attending.serve.reach import Step
    from attending.serve.tool import Tool
    from attending.spec.model import Model

KINDS = {"patient": "Patient", "encounter": "Encounter"}  # of a prefetch key read as itself
ELSE = "Observation"

_encode = msgspec.json.Encoder(order="sorted").encode


def question(tool: Tool, model: Model, inputs: Mapping[str, str], *, case: str) -> bytes:
    """Give the body of a call about one case.

    Parameters
    ----------
    tool
        Who is asked.
    model
        Tells which fields are codes and which are numbers.
    inputs
        Name to text, as a file holds it.
    case
        32 hexadecimal digits: the patient's, and the call's, only name.

    """
    asked: dict[str, dict[str, object]] = {"context": {}, "prefetch": {}}
    for name, raw in inputs.items():
        declared = tool.reach.paths[name]
        root, steps = asked[declared.root], declared.steps
        if declared.root == "prefetch":
            key, steps = steps[0], steps[1:]
            kind = "Bundle" if steps[0].name == "entry" else KINDS.get(key.name, ELSE)
            root = cast("dict[str, object]", root.setdefault(key.name, {"resourceType": kind}))
        _put(root, steps, _value(raw, name, model))
    hook = tool.use_case.workflow.hook
    given: dict[str, object] = {name: kind() for name, kind in HOOKS[hook].items()}
    given |= {"userId": "Practitioner/replay", "patientId": case} | asked["context"]
    return _encode(
        {
            "hook": hook,
            "hookInstance": str(UUID(hex=case)),
            "context": given,
            "prefetch": asked["prefetch"],
        }
    )


def _value(raw: str, name: str, model: Model) -> Value:
    field = model.fields.get(name)
    if field is None or field.codes is not None:
        return raw
    try:
        return float(raw)
    except ValueError:
        return raw  # the gateway says that it is no number


def _put(node: dict[str, object], steps: Sequence[Step], value: Value) -> None:
    step, *rest = steps
    if step.name == "entry" and rest:
        entries = cast("list[dict[str, object]]", node.setdefault("entry", []))
        resources = [cast("dict[str, object]", entry["resource"]) for entry in entries]
        own = _element(resources, rest[0])
        if not any(own is each for each in resources):
            own.setdefault("resourceType", ELSE)
            entries.append({"resource": own})
        _put(own, rest[1:], value)
    elif not rest:
        node[step.name] = value
    elif step.filters:
        elements = cast("list[dict[str, object]]", node.setdefault(step.name, []))
        own = _element(elements, step)
        if not any(own is each for each in elements):
            elements.append(own)
        _put(own, rest, value)
    else:
        _put(cast("dict[str, object]", node.setdefault(step.name, {})), rest, value)


def _element(among: Sequence[dict[str, object]], step: Step) -> dict[str, object]:
    """Give the element that a step keeps, or a new one that it would."""
    wanted = {name: _filtered(name, value) for name, value in step.filters}
    for each in among:
        if all(each.get(name) == value for name, value in wanted.items()):
            return each
    return wanted


def _filtered(name: str, wanted: str) -> object:
    if name != "code":
        return wanted
    system, _, code = wanted.rpartition("|")
    return {"coding": [{"system": system, "code": code} if system else {"code": code}]}
