"""What was sent to a vendor: which fields, for which purpose, of how many patients, how often?

One row for each vendor, release and site, under each declaration: the fields that the model reads,
which are all that it is sent; the purpose, as its use case has it; where it was sent, and where
the vendor said it is kept. A question that the vendor answered was sent. One that came too late,
or to which no answer came that could be used, is counted beside it: it may have been sent. Each
row cites its answers, and each answer bears the digest under which what was given is sealed.

Not as it should be: fields that the vendor's contract did not list, a site whose data may not be
where the vendor keeps them, a vendor that nobody declared, and an answer of a model that no
declaration names, so that what was sent with it is not on record.

On which legal basis a vendor is given what it is given, no spec says. Files that people handed
over otherwise are not here; extracts are in question 19.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
from msgspec import UnsetType

from attending import shapes
from attending.digest import digest
from attending.report.data.data_flow import ASKS
from attending.report.evidence import standing
from attending.report.question import Answer, Question, Row, against
from attending.spec.model import Model
from attending.spec.residency import beyond
from attending.spec.site import Site
from attending.spec.vendor import Vendor

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from attending.facts.entry import Entry
    from attending.report.question import Asked

COLUMNS = (
    "vendor", "use_case", "release", "site", "model", "fields", "purpose", "address", "kept_in",
    "n_answered", "n_may_have_been_sent", "n_patients", "first_at", "last_at",
)  # fmt: skip
BASIS = "the legal basis of what a vendor is given, which no spec declares"
MAY_HAVE = (("late", ""), ("failed", "engine"), ("failed", "gateway"))
ANSWERED = ("failed", "bad_score")  # a number came, and was none that could be used


class Documents(msgspec.Struct, frozen=True):
    """Of a folder's specs, what says what is sent to whom."""

    use_case: dict[str, object] = {}
    models: dict[str, Model] = {}
    vendors: dict[str, Vendor] = {}
    sites: dict[str, Site] = {}


class Declared(NamedTuple):
    """The model of a use case, and the specs that declare it."""

    entry: Entry
    documents: Documents
    model: Model
    named: str  # its digest, as answers bear it


class Sent(NamedTuple):
    """One question to a vendor, and whether an answer came of it."""

    entry: Entry
    is_answered: bool


Group = tuple[str, str, str, int]  # use case, release, site, and the fact of the specs


def answer(asked: Asked) -> Answer:
    """Count what was sent to vendors, and name what should not have been."""
    declared = _declared(asked)
    groups: dict[Group, list[Sent]] = {}
    told: dict[int, Declared] = {}
    wrong: list[Row] = []
    for sent in _sent(asked, declared):
        fact = sent.entry.fact
        known = _under(sent.entry, declared[fact.use_case or ""])
        if known is None:
            because = "no declaration names the model that answered; what was sent is not on record"
            wrong.append(against(_name(sent.entry), because, sent.entry.index))
        elif known.model.engine == ASKS:
            told[known.entry.index] = known
            group = (fact.use_case or "", fact.release or "", fact.site or "", known.entry.index)
            groups.setdefault(group, []).append(sent)
    rows = [_row(group, there, told[group[3]]) for group, there in sorted(groups.items())]
    wrong += [row for group, there in groups.items() for row in _not_so(group, there, told)]
    return _answer(asked, rows, wrong)


def _under(entry: Entry, declared: list[Declared]) -> Declared | None:
    """Give the declaration an answer was given under: of its very model, the last before it."""
    named = str(entry.fact.body.get("model", ""))
    same = [each for each in declared if named in ("", each.named)]
    before = [each for each in same if each.entry.index < entry.index]
    return next(iter(before[-1:] or same[:1]), None)  # a gateway may answer before any is on record


def _answer(asked: Asked, rows: list[Row], wrong: list[Row]) -> Answer:
    n, may = (sum(int(row.cells[name] or 0) for row in rows) for name in COLUMNS[9:11])
    counts = {"answered": n, "may_have_been_sent": may}
    if not rows and not wrong:
        return Answer(f"{asked.searched}: nothing was sent to a vendor.", COLUMNS, counts=counts)
    sent = "1 question was" if n == 1 else f"{n:,} questions were"
    because = f"{sent} sent to a vendor and answered; {may:,} more may have been sent."
    against_it = tuple(sorted(wrong, key=lambda row: row.key))
    needs = (BASIS,)
    return Answer(because, COLUMNS, tuple(rows), against_it, "partial", needs, counts)


def _declared(asked: Asked) -> dict[str, list[Declared]]:
    """Give the models of each use case that ever asked outside, as often as they were declared."""
    found: dict[str, list[Declared]] = {}
    for entry in asked.entries("specs/1"):
        documents = shapes.convert(entry.fact.body.get("documents") or {}, Documents)
        wanted = shapes.convert(documents.use_case.get("model") or {}, dict[str, object])
        model = documents.models.get(str(wanted.get("model", "")))
        if model is not None:
            named = model.sha256 or digest(msgspec.to_builtins(model))
            told = Declared(entry, documents, model, named)
            found.setdefault(entry.fact.use_case or "", []).append(told)
    return {k: v for k, v in found.items() if any(each.model.engine == ASKS for each in v)}


def _sent(asked: Asked, declared: Collection[str]) -> Iterator[Sent]:
    """Give the questions that were sent or may have been, of use cases that ever asked outside."""
    for entry in standing(asked.entries("prediction/1"), "prediction/1"):
        body = entry.fact.body
        is_ours = entry.fact.use_case in declared and body.get("origin") != "recorded"
        if not is_ours or not asked.is_about(entry.fact.site):
            continue
        display = (str(body.get("display", "")), str(body.get("reason") or ""))
        is_answered = body.get("score") is not None or display == ANSWERED
        if is_answered or display in MAY_HAVE:
            yield Sent(entry, is_answered)


def _row(group: Group, there: list[Sent], declared: Declared) -> Row:
    use_case, release, site, specs = group
    model, documents = declared.model, declared.documents
    vendor = documents.vendors.get(model.vendor)
    kept = () if vendor is None or isinstance(vendor.data_in, UnsetType) else vendor.data_in
    facts = [each.entry.fact for each in there]
    cells = {
        "vendor": model.vendor,
        "use_case": use_case,
        "release": release,
        "site": site,
        "model": f"{model.name} {model.version}",
        "fields": ", ".join(sorted(model.fields)),
        "purpose": str(documents.use_case.get("title", "")),
        "address": None if vendor is None else vendor.base_url,
        "kept_in": ", ".join(kept) or None,
        "n_answered": sum(each.is_answered for each in there),
        "n_may_have_been_sent": sum(not each.is_answered for each in there),
        "n_patients": len({fact.body.get("patient") for fact in facts} - {"", None}),
        "first_at": min(fact.at for fact in facts),
        "last_at": max(fact.at for fact in facts),
    }
    key = f"{model.vendor}/{use_case}/{release}/{site}/{specs}"
    return Row(key, cells, (specs, *sorted(each.entry.index for each in there)))


def _not_so(group: Group, there: list[Sent], told: dict[int, Declared]) -> Iterator[Row]:
    """Hold what was answered against what the vendor's contract and the site allow."""
    use_case, _, site, specs = group
    declared = told[specs]
    documents, model = declared.documents, declared.model
    cites = (specs, *sorted(each.entry.index for each in there if each.is_answered))
    if len(cites) == 1:
        return
    vendor, key = documents.vendors.get(model.vendor), f"{model.vendor}/{use_case}/{site}/{specs}"
    if vendor is None:
        yield against(f"{key}/vendor", f"vendor {model.vendor} is not declared", *cites)
        return
    unlisted = sorted({*model.fields} - {*vendor.fields_allowed})
    if unlisted:
        because = f"its contract does not list {', '.join(unlisted)}"
        yield against(f"{key}/fields", because, *cites)
    why = beyond(documents.sites[site], vendor.data_in) if site in documents.sites else ""
    if why:
        yield against(f"{key}/place", why, *cites)


def _name(entry: Entry) -> str:
    return str(entry.fact.body["prediction"])


q18_sent_to_vendor = Question(number=18, answer=answer)
