"""The data-flow sheet: what goes where, in which format, how often; read before one signs.

Computed from the specs alone, so that it is there before any data flow and cannot differ from
what will. What is not on it, does not flow: a model is given what its views read and no more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
from msgspec import UnsetType

from attending.fhir.project import project
from attending.lake.edges import how

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from attending.fhir.view import View
    from attending.spec.model import Model
    from attending.spec.source import Source
    from attending.spec.use_case import UseCase
    from attending.spec.vendor import Vendor

RECORDS = "the record system"
GATEWAY = "this gateway, which drops everything else it is sent"
LEDGER = "the ledger of the health system"
IN_PROCESS = frozenset({"logistic", "onnx", "rules"})  # the engines that ask nobody
ASKS = "vendor_http"  # the one that asks a vendor
HERE = "in this process; nothing leaves it"
ELSEWHERE = "which is not shipped with attending: its maker says where it runs"
QUOTED = re.compile(r"\{(\w+)\}")
ROW = "row"  # in braces it is a count, and no column
END = (
    "What is not on this sheet does not flow: whatever else a call brings is dropped and counted,"
    " and of a file of rows no other column is kept."
)


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """One flow: what, from where to where, in which format, how often."""

    what: str
    source: str
    to: str
    format: str
    often: str


@dataclass(frozen=True)
class Sent:
    """What a use case is sent.

    Attributes
    ----------
    views
        Those that its features read, by name.
    prefetch
        What a client is asked to send, key to query.
    histories
        By source, the views that tell its cases and their outcomes.
    vendors
        By name, whom models may ask.

    """

    views: Mapping[str, View] = field(default_factory=dict)
    prefetch: Mapping[str, str] = field(default_factory=dict)
    histories: Mapping[str, Sequence[View]] = field(default_factory=dict)
    vendors: Mapping[str, Vendor] = field(default_factory=dict)


def flows(
    use_case: UseCase, model: Model | None, sources: Mapping[str, Source], sent: Sent
) -> tuple[Flow, ...]:
    """Give every flow of a use case, in the order in which they happen.

    Parameters
    ----------
    use_case, sources
        Whose, and where its cases and outcomes come from.
    model
        What answers; None where another system does, and no call comes here.
    sent
        What it is sent.

    """
    asked = _asked_and_answered(use_case, model, sent) if model is not None else ()
    files = [
        _of_source(use_case, each, sent.histories.get(name, ())) for name, each in sources.items()
    ]
    became = [
        Flow(
            what=outcome.title,
            source=", ".join(outcome.sources),
            to=LEDGER,
            format="yes, no or not known",
            often=f"once a case, {outcome.maturity} after it",
        )
        for outcome in use_case.outcomes
    ]
    return (*asked, *files, *became)


def _asked_and_answered(use_case: UseCase, model: Model, sent: Sent) -> Iterator[Flow]:
    """Give what flows with each call: what is sent, kept, given to the model, and shown."""
    channel, ask = use_case.workflow.channel, f"each {use_case.workflow.hook}"
    form = f"FHIR R4 JSON by {channel}"
    elements = project(sent.views.values(), free_text=use_case.reads_free_text).elements
    for kind, each in sorted(elements.items()):
        what = ", ".join(f"{kind}.{path}" for path in each)
        form_of = f"{form}: {_asked(kind, sent.prefetch)}"
        yield Flow(what=what, source=RECORDS, to=GATEWAY, format=form_of, often=ask)
    if use_case.inputs:
        what = ", ".join(use_case.inputs.values())
        yield Flow(what=what, source=RECORDS, to=GATEWAY, format=form, often=ask)
    yield Flow(
        what="identifiers of the patient, the encounter, the person at work and the call",
        source=RECORDS,
        to="this gateway, which keeps pseudonyms made of them under a key",
        format=f"the context of {channel}",
        often=ask,
    )
    yield from _inside(use_case, model, sent, ask)
    yield Flow(
        what=f"a card: its words, {_quoted(use_case)}, what was missing, and whom to call",
        source="this gateway",
        to=RECORDS,
        format=f"JSON by {channel}",
        often=f"{ask}, where the tool is live; none while it is silent",
    )
    yield Flow(
        what="what a person did with a card, and the listed reason; words of their own apart",
        source=RECORDS,
        to=f"{LEDGER}; own words to the payload store, sealed",
        format=f"JSON by {channel}",
        often="each answer to a card",
    )


def _quoted(use_case: UseCase) -> str:
    card = use_case.workflow.card
    quoted = dict.fromkeys(QUOTED.findall(f"{card.summary} {card.detail}"))
    return f"with {', '.join(quoted)}" if quoted else "without any value"


def _inside(use_case: UseCase, model: Model, sent: Sent, ask: str) -> tuple[Flow, ...]:
    given = [
        f"{name} ({how(each)} of {each.view}.{each.column})"
        for name, each in use_case.features_by_name().items()
    ]
    given += list(use_case.inputs)
    return (
        *_to_the_model(
            model,
            sent.vendors.get(model.vendor),
            ", ".join(given),
            ask,
            free_text=use_case.reads_free_text,
        ),
        Flow(
            what="the same values, the moment asked about and the names of the rows",
            source="this gateway",
            to="the payload store of the health system, sealed",
            format="JSON, encrypted, named by its digest",
            often=ask,
        ),
        Flow(
            what="score, display, what was missing, digests, names under a key; no value given",
            source="this gateway",
            to=LEDGER,
            format="JSON, append-only",
            often=ask,
        ),
    )


def _to_the_model(
    model: Model, vendor: Vendor | None, given: str, ask: str, *, free_text: bool
) -> Iterator[Flow]:
    written = ", some of which people wrote" if free_text else ""
    if model.engine == ASKS and vendor is not None:
        kept = ", ".join(vendor.data_in) if not isinstance(vendor.data_in, UnsetType) else ""
        where = f"kept and worked on in {kept}" if kept else "where it keeps them is not declared"
        to = f"{vendor.title}, at {vendor.base_url}; {where}"
        form = f"one JSON object of names and values{written}, by HTTPS"
        yield Flow(what=given, source="this gateway", to=to, format=form, often=ask)
        yield Flow(
            what="a score; whatever else is said is not read",
            source=f"{vendor.title}, at {vendor.base_url}",
            to="this gateway",
            format="one JSON object",
            often=ask,
        )
        return
    maker = f", made by {model.vendor}" if model.vendor else ""
    where = HERE if model.engine in IN_PROCESS else ELSEWHERE
    yield Flow(
        what=given,
        source="this gateway",
        to=f"{model.name}: engine {model.engine}{maker}, {where}",
        format=f"numbers, codes and text{written}, by name"
        if free_text
        else "numbers and codes, by name",
        often=ask,
    )


def _of_source(use_case: UseCase, source: Source, views: Sequence[View]) -> Flow:
    """Give what comes in files; of a file no column is kept that is not named."""
    if views:
        elements = project(views, free_text=use_case.reads_free_text).elements
        read = [f"{kind}.{path}" for kind, each in sorted(elements.items()) for path in each]
        return Flow(
            what=f"files as they came, whole; cases and outcomes are read from {', '.join(read)}",
            source=f"{source.name}, an export of the record system",
            to="the clinical lake of the health system",
            format="FHIR R4, NDJSON",
            often="when a history is loaded",
        )
    cases, joined = source.cases, source.cases.joins
    kept = "whose they are under a key" if joined else "a case under a key, its site and its day"
    more = [name for name, told in (("arm", cases.arm), ("display", cases.display)) if told]
    more += [*cases.subgroups, "and yes or no of each outcome"]
    scored = (
        f"; {', '.join(cases.inputs)} to the model, when it is replayed" if cases.inputs else ""
    )
    return Flow(
        what=f"columns {', '.join(columns_of(source))}",
        source=source.name,
        to=f"{LEDGER}: {', '.join([kept, *more])}{scored}",
        format="a file of rows, or a table of a warehouse",
        often="each file",
    )


def columns_of(source: Source) -> tuple[str, ...]:
    """Give the columns of a source's files that are read, in the order of the spec."""
    cases = source.cases
    named = [*_names(cases.case), cases.site.column, cases.day.column or ""]
    named += _names(cases.day.hash_of or "")
    mapped = (cases.arm, cases.display, *cases.subgroups.values(), *cases.inputs.values())
    named += [each.column for each in (*mapped, *cases.left_out) if each is not None]
    for outcome in source.outcomes.values():
        named += [outcome.column or "", *(outcome.any or ())]
    return tuple(dict.fromkeys(name for name in named if name))


def _names(text: str) -> list[str]:
    """Give the columns that a text is made of: ``{site}:{row}`` of one, a bare name of itself."""
    return [name for name in QUOTED.findall(text) if name != ROW] if "{" in text else [text]


def _asked(kind: str, prefetch: Mapping[str, str]) -> str:
    query = prefetch.get(kind[:1].lower() + kind[1:], "")
    return query or "as sent"


def as_text(told: tuple[Flow, ...], title: str) -> str:
    """Write the sheet as a page of text."""
    lines = [f"Data flows of {title}", ""]
    for n, flow in enumerate(told, start=1):
        lines += [
            f"{n}. {flow.what}",
            f"   from    {flow.source}",
            f"   to      {flow.to}",
            f"   format  {flow.format}",
            f"   often   {flow.often}",
            "",
        ]
    return "\n".join([*lines, END])
