"""The form a proposal is written on: every field, and back again what was typed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, cast, get_args, get_type_hints

from attending.spec.proposals.proposal import BUILD, CRITERIA, PHASES, Impact, Proposal, Six
from attending.spec.proposals.proposal_reading import Typed, typed_document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.facts.proposal import Submitted
    from attending.spec.document import Document
    from attending.spec.mistake import Mistake

MOST_FIELDS = 96  # a form of ours may hold 100: these, and what every form brings along
ROWS = 2
OURS = ("csrf", "what")
NOT_KNOWN = ("not_known", "not known")
ANSWERS = (("yes", "yes"), ("no", "no"), NOT_KNOWN)
SCORES = (*((str(i), str(i)) for i in range(5)), NOT_KNOWN)
MISSING = re.compile(r"`(\w+):` is (missing|empty)")
ROW = re.compile(r"(criteria|boxes)\[(\d+)\]")


class Field(NamedTuple):
    """One field: its path, what stands beside it, what kind it is, and what is in it."""

    path: str
    label: str
    kind: str = "line"
    options: tuple[tuple[str, str], ...] = ()
    value: str = ""

    @property
    def id(self) -> str:
        """Give the name of the field on its page."""
        return "f-" + re.sub(r"[\[\].]+", "-", self.path).strip("-")


class Group(NamedTuple):
    """Fields that belong together, with a sentence about them."""

    title: str
    about: str
    fields: tuple[Field, ...]
    columns: int = 3


def words(name: object) -> str:
    """Write a word of a spec as people read it."""
    return str(name).replace("_", " ")


def _choices(struct: type, name: str) -> tuple[tuple[str, str], ...]:
    hint = get_type_hints(struct)[name]
    return tuple((value, words(value)) for value in get_args(hint))


def groups(values: Mapping[str, str], units: Mapping[str, tuple[str, ...]]) -> tuple[Group, ...]:
    """Give the form, filled with values by path."""
    known = sorted({unit for of in units.values() for unit in of})
    made = (
        *_tool(),
        Group(
            "Success", "Numbers that can be missed.", _metrics(_rows(values, "metrics")), columns=4
        ),
        Group(
            "Effect",
            f"In a bad, a likely and a good case. Units known here: {', '.join(known)}.",
            _impact(_rows(values, "impact")),
        ),
        Group("How doable", "0 is hardest, 4 easiest.", _scores("feasibility"), columns=4),
        Group("What may go wrong", "0 is least, 4 most.", _scores("risk"), columns=4),
        Group("Oversight", "A risk tier is computed from these.", _oversight()),
        Group("Route", "What you would do.", (ROUTE,)),
        Group("Build or buy", "Each answered, with a reason.", _criteria(), columns=2),
        Group("Without AI", "What else could be done.", _areas("alternative", ALTERNATIVE)),
        Group("Six questions", "That pilots are asked too late.", _areas("six", _six())),
        Group("Who answers for it", "Named posts; nothing starts without them.", PEOPLE),
        Group("Time boxes", "A phase that is not planned is left empty.", _boxes(), columns=2),
    )
    return tuple(
        group._replace(fields=tuple(f._replace(value=values.get(f.path, "")) for f in group.fields))
        for group in made
    )


def _rows(values: Mapping[str, str], name: str) -> int:
    seen = [int(path[len(name) + 1 :].partition("]")[0]) for path in values
            if path.startswith(f"{name}[")]  # fmt: skip
    return max(ROWS, 1 + max(seen, default=0))


def _tool() -> tuple[Group, ...]:
    task, priority = _choices(Proposal, "task"), _choices(Proposal, "priority")
    return (
        Group(
            "What is proposed",
            "Its name stays the same when it is submitted again.",
            (
                Field("proposal", "Name of the proposal, such as report_drafting"),
                Field("title", "What people call it"),
                Field("problem", "What goes wrong today, for whom", "area"),
                Field("priority", "Which priority it serves", "choice", priority),
                Field("tool", "The tool's name in the inventory"),
                Field("aliases", "Other names, joined by ;"),
                Field("vendor", "Vendor: none if we make it, or not_known"),
                Field("task", "Task", "choice", task),
                Field("output", "What it gives, in a few words"),
                Field("use_case", "Use case, once it has a name"),
            ),
        ),
    )


def _metrics(n: int) -> tuple[Field, ...]:
    return tuple(
        field
        for i in range(n)
        for field in (
            Field(f"metrics[{i}].metric", f"{i + 1}. What is counted"),
            Field(f"metrics[{i}].baseline", f"{i + 1}. Today, or not_known"),
            Field(f"metrics[{i}].target", f"{i + 1}. Would be success"),
            Field(f"metrics[{i}].by", f"{i + 1}. By", "date"),
        )
    )


def _impact(n: int) -> tuple[Field, ...]:
    kinds = _choices(Impact, "kind")
    return tuple(
        field
        for i in range(n)
        for field in (
            Field(f"impact[{i}].kind", f"{i + 1}. Kind", "choice", kinds),
            Field(f"impact[{i}].unit", f"{i + 1}. Unit of measure"),
            Field(f"impact[{i}].low", f"{i + 1}. Low, or not_known"),
            Field(f"impact[{i}].likely", f"{i + 1}. Likely, or not_known"),
            Field(f"impact[{i}].high", f"{i + 1}. High, or not_known"),
            Field(f"impact[{i}].basis", f"{i + 1}. What the numbers rest on"),
        )
    )


SCORED = {
    "feasibility": {
        "data": "Data at hand",
        "complexity": "Technical simplicity",
        "vendor": "Vendor's maturity",
        "timeline": "Soon done",
    },
    "risk": {
        "regulatory": "Regulation",
        "validation": "Validation owed",
        "change": "Change asked of people",
        "vendor": "Dependence on the vendor",
    },
}
OVERSIGHT = {
    "acts_without_person": "It changes care with no person between",
    "patient_facing_unreviewed": "Patients get its output unreviewed",
    "drives_treatment_or_triage": "Treatment or triage follows from it",
    "time_critical": "Acting on it cannot wait",
    "denies_or_delays_care": "It may deny or delay care",
    "protected_input": "It reads race, religion or the like",
    "device": "A medical device in law",
    "sends_identifiable_data": "Identifiable data leave us",
    "continuously_updated": "It is updated all the time",
}
DEVICE = (("device", "device"), ("not_device", "no device"), ("unclear", "unclear"))
ALTERNATIVE = {
    "what": "What could be done without AI",
    "cost": "What that would cost",
    "effect": "What it would bring",
    "why_not": "Why it is not what is proposed",
}
ROUTE = Field("route", "Route chosen", "choice", _choices(Proposal, "route"))
PEOPLE = (
    Field("sponsor", "Executive sponsor"),
    Field("champion", "Clinical champion"),
    Field("after_launch.owner", "Owner after launch"),
    Field("after_launch.decides", "Decides after launch"),
    Field("after_launch.funds", "Funds it after launch"),
    Field("after_launch.supports", "Supports it after launch"),
)


def _scores(name: str) -> tuple[Field, ...]:
    return tuple(
        Field(f"{name}.{part}", label, "choice", SCORES) for part, label in SCORED[name].items()
    )


def _oversight() -> tuple[Field, ...]:
    return tuple(
        Field(f"oversight.{name}", label, "choice", DEVICE if name == "device" else ANSWERS)
        for name, label in OVERSIGHT.items()
    )


def _criteria() -> tuple[Field, ...]:
    made = []
    for name, label in CRITERIA.items():
        side = "Build" if name in BUILD else "Buy"
        made.append(Field(f"criteria.{name}.answer", f"{side}: {label}", "choice", ANSWERS))
        made.append(Field(f"criteria.{name}.why", f"Why: {label}"))
    return tuple(made)


def _six() -> dict[str, str]:
    hints = get_type_hints(Six, include_extras=True)
    return {name: str(get_args(hint)[-1].description).capitalize() for name, hint in hints.items()}


def _areas(name: str, labels: Mapping[str, str]) -> tuple[Field, ...]:
    return tuple(Field(f"{name}.{part}", label, "area") for part, label in labels.items())


def _boxes() -> tuple[Field, ...]:
    return tuple(
        Field(f"boxes.{phase}.{end}", f"{phase.capitalize()}: {word} day", "date")
        for phase in PHASES
        for end, word in (("from", "first"), ("to", "last"))
    )


def document_of(form: Mapping[str, str]) -> Document:
    """Make a document of a posted form.

    Raises
    ------
    SpecRefused
        It holds what is no field of a proposal.

    """
    given = {path: _typed(text) for path, text in form.items() if path not in OURS}
    typed = [Typed("kind", "Proposal")]
    boxes = _given_boxes(given)
    for i, name in enumerate(CRITERIA):
        typed.append(Typed(f"criteria[{i}].id", name))
        typed += [
            Typed(f"criteria[{i}].{part}", given.pop(f"criteria.{name}.{part}", ""))
            for part in ("answer", "why")
        ]
    for i, phase in enumerate(boxes):
        typed.append(Typed(f"boxes[{i}].phase", phase))
        typed += [
            Typed(f"boxes[{i}].{end}", given.get(f"boxes.{phase}.{end}", ""))
            for end in ("from", "to")
        ]
    typed += [Typed(p, text) for p, text in given.items() if not p.startswith("boxes.")]
    return typed_document(typed)


def _typed(text: str) -> str:
    """Give text as it was typed: forms send lines that end in two characters."""
    return text.replace("\r\n", "\n").strip()


def rebased(
    typed: Mapping[str, str], base: Mapping[str, str], last: Mapping[str, str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Lay what somebody typed on top of what others submitted meanwhile.

    What they left as it was when they began is taken from the last submission. Gives the
    values, and the paths that both changed, each in another way: there theirs stands.
    """
    values, both = dict(last), []
    for path in {*typed, *base} - {*OURS, "prior_digest"}:
        mine, was = _typed(typed.get(path, "")), base.get(path, "")
        if mine == was:
            continue
        if last.get(path, "") not in (was, mine):
            both.append(path)
        values[path] = mine
    return values, tuple(sorted(both))


def _given_boxes(form: Mapping[str, str]) -> list[str]:
    return [
        phase
        for phase in PHASES
        if any(form.get(f"boxes.{phase}.{end}", "").strip() for end in ("from", "to"))
    ]


class Marked(NamedTuple):
    """A mistake, and the field it is about; no field where it is about several."""

    label: str
    id: str
    what: str


def marked(
    mistakes: tuple[Mistake, ...], form: Mapping[str, str], made: tuple[Group, ...]
) -> list[Marked]:
    """Tell of each mistake which field it is about."""
    fields = {field.path: field for group in made for field in group.fields}
    boxes = _given_boxes(form)

    def named(match: re.Match[str]) -> str:
        names = [*CRITERIA] if match[1] == "criteria" else boxes
        return f"{match[1]}.{names[int(match[2])]}"

    told = []
    for each in mistakes:
        path, missing = ROW.sub(named, each.path), MISSING.match(each.what)
        whole = ".".join(part for part in (path, missing[1] if missing else "") if part)
        field = fields.get(whole) or fields.get(path)
        what = "is empty" if missing and field is not None else _plainly(each)
        if field is None and (group := _about(whole, made)) is not None:
            what = "nothing is answered here" if missing else what
            told.append(Marked(group.title, group.fields[0].id, what))
            continue
        told.append(Marked(field.label if field else words(whole), field.id if field else "", what))
    return told


def _about(path: str, made: tuple[Group, ...]) -> Group | None:
    """Give the group that a whole part of a proposal is asked for in."""
    parts = (f"{path}.", f"{path}[")
    return next((g for g in made if path and g.fields[0].path.startswith(parts)), None)


def labels() -> dict[str, str]:
    """Give what stands beside each field, by its path in the facts."""
    found = {}
    for group in groups({}, {}):
        for field in group.fields:
            path = re.sub(r"\[(\d+)\]", lambda at: f".{int(at[1]) + 1}", field.path)
            found[path] = f"{group.title}: {field.label.removesuffix(', or not_known')}"
    return found


def _plainly(each: Mistake) -> str:
    near = f"; did you mean {each.nearest!r}?" if each.nearest else ""
    there = f" (accepted: {', '.join(each.accepted)})" if each.accepted else ""
    return each.what + near + there


def filled(last: Submitted, texts: Mapping[str, str]) -> dict[str, str]:
    """Give what the form holds for a proposal as it was last submitted."""
    values = {"proposal": last.proposal, "prior_digest": last.digest}
    for path, value in {**_leaves(last.plain), **texts}.items():
        name, _, rest = path.partition(".")
        if name in ("metrics", "impact"):
            i, _, part = rest.partition(".")
            values[f"{name}[{int(i) - 1}].{part}"] = str(value)
        else:
            values[path] = str(value)
    return values


def _leaves(node: Mapping[str, object], at: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for key, value in node.items():
        path = f"{at}.{key}" if at else key
        if isinstance(value, dict):
            flat |= _leaves(value, path)
        elif isinstance(value, list):
            flat[path] = "; ".join(cast("list[str]", value))
        elif value is not None:
            flat[path] = value
    return flat
