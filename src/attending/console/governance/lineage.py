"""Lineage as people read it: what rests on what, and what one answer was made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from weakref import WeakKeyDictionary

from attending import shapes
from attending.console.governance.feeds import ago
from attending.console.governance.sites import sites_seen, titles
from attending.console.listing import Cell, Line, Listing, detail
from attending.console.page import as_folder
from attending.console.words import Tag, many
from attending.fhir.view import view
from attending.lake.edges import edges, going, how, paths, through
from attending.ledger.following import Following
from attending.ledger.origin import is_replay
from attending.loops.declare import Documents
from attending.report.data.impact import Maps
from attending.report.data.upstream import Upstreams, time_of
from attending.spec.data.view import definition

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from attending.admit import Folder
    from attending.console.course import Course
    from attending.console.listing import Detail
    from attending.console.page import Asked
    from attending.facts.data.upstream import Read, Reads
    from attending.facts.entry import Entry
    from attending.ledger.read import Reader
    from attending.report.data.impact import Rests
    from attending.report.data.traced import Traced

WELL = Tag("as it should be", "✓", "teal")
FAILED = Tag("failed", "■", "ochre strong")
BROKEN = Tag("failed a test", "■", "ochre strong")
STALE = Tag("stale", "■", "ochre strong")
UNKNOWN = Tag("not known", "◇", "plain")
SAME = Tag("the same", "✓", "teal")
WRONG = Tag("not as it was recorded", "✕", "ochre strong")
WANTING = Tag("cannot be made again here", "◇", "ochre")
SHORT = 12  # of a digest, as people compare them

_following: WeakKeyDictionary[Reader, Following[Upstreams]] = WeakKeyDictionary()


def upstreams_of(asked: Asked) -> Upstreams:
    """Give the tables upstream, as they are known now."""
    reader = asked.parts.reader
    begun = Following(reader, Upstreams(), Upstreams.after, kinds=("ingested", "declared"))
    return _following.setdefault(reader, begun).now()


def upstream_listing(asked: Asked) -> Listing:
    """List the tables that sources read, at the sites that somebody may see.

    In a replay's store no time passes since a table was told of, and none grows old.
    """
    known = upstreams_of(asked)
    now = None if is_replay(asked.parts.store) else asked.parts.clock.now()
    seen, known_as = sites_seen(asked), titles(asked)
    lines = [
        _upstream_line(
            known,
            (reads, fact),
            read,
            now,
            site=known_as.get(reads.site, reads.site),
            is_whole=seen is None,
        )
        for reads, fact in known.reads.values()
        if seen is None or reads.site in seen
        for read in reads.tables
    ]
    columns = (
        "table", "read by", "site", "state", "told by", "last run (UTC)", "tests failed",
        "rests on", "a failure holds",
    )  # fmt: skip
    return Listing("Tables upstream", columns, lines, "No source says which tables it reads.")


def _asking(name: str) -> str:
    """Give the address that asks what rests on something, whatever stands in its name."""
    return f"/lineage?of={quote(name, safe='')}"


def _upstream_line(
    known: Upstreams,
    told: tuple[Reads, int],
    read: Read,
    now: datetime | None,
    *,
    site: str,
    is_whole: bool,
) -> Line:
    (reads, fact), table = told, known.tables.get(read.table)
    above = known.above(read.table)
    at = table.table.at if table else ""
    tests = sum(known.tables[name].table.tests for name in above if name in known.tables)
    failed = sum(known.tables[name].table.failed for name in above if name in known.tables)
    return Line(
        (
            Cell(read.table, href=_asking(read.table)),
            Cell(reads.source, fact=fact),
            Cell(site),
            Cell(tag=state_of(known, read, now)),
            Cell(table.teller, fact=table.fact if is_whole else None) if table else Cell("nobody"),
            Cell(_last(at, now)),
            Cell(f"{failed} of {tests}"),
            Cell(", ".join(above[1:]) or "nothing told"),
            Cell(", ".join(read.holds) or "nothing"),
        )
    )


def _last(at: str, now: datetime | None) -> str:
    if not at:
        return "not known"
    day = at[:16].replace("T", " ")
    return day if now is None else f"{day}, {ago(at, now)} ago"


def state_of(known: Upstreams, read: Read, now: datetime | None) -> Tag:
    """Give the state of a table with all it rests on, at this moment; None where none passes."""
    above = [known.tables[name].table for name in known.above(read.table) if name in known.tables]
    if any(each.state == "failed" for each in above):
        return FAILED
    if any(each.failed for each in above):
        return BROKEN
    own = known.tables.get(read.table)
    at = own.table.at if own else ""
    hours = (now - time_of(at)).total_seconds() / 3600 if at and now else 0.0
    too_old = read.within_hours is not None and hours > read.within_hours
    if too_old or any(each.is_stale for each in above):
        return STALE
    return WELL if any(each.state == "ok" or each.tests for each in above) else UNKNOWN


def maps_for(asked: Asked, folders: Sequence[Folder]) -> Maps:
    """Give what the maps of some use cases say, as far as their files are here."""
    desk = asked.parts.lineage
    if desk is None or not any(folder.terms for folder in folders):
        return Maps()
    return desk.maps(folders, [each.path for each in asked.parts.folders.values()])


def rests_listing(folder: Folder) -> Listing:
    """List which column rests on which, by the specs."""
    views = {name: view(definition(each)) for name, each in folder.views.items()}
    lines = [
        Line(
            (
                Cell(each.to, is_code=True),
                Cell(f"{each.kind}{', hidden' if each.masking else ''}"),
                Cell(each.from_, is_code=True),
                Cell(each.how),
            )
        )
        for each in edges(folder, views)
    ]
    return Listing("What rests on what", ("this", "is", "from", "by"), lines, "Nothing.")


def impact_listing(asked_of: str, rests: Sequence[Rests]) -> Listing:
    """List what rests on something."""
    lines = [
        Line(
            (
                Cell(each.use_case, href=f"/use-cases/{each.use_case}"),
                Cell(each.what),
                Cell(each.through, href=_asking(each.through)),
                Cell(each.because),
            )
        )
        for each in rests
    ]
    empty = f"Nothing that you may see rests on {asked_of}."
    title = f"What rests on {asked_of}"
    return Listing(title, ("use case", "what", "through", "because"), lines, empty)


def specs_before(course: Course, index: int) -> tuple[Folder | None, int | None]:
    """Give the specs in force when a fact was written, and the fact that declares them."""
    before = [each for each in course.specs if each.index < index]
    told = before[-1].fact.body.get("documents") if before else None
    if told is None:
        return None, None
    digests = shapes.convert(before[-1].fact.body["digests"], dict[str, str])
    return as_folder(shapes.convert(told, Documents), digests), before[-1].index


def about_answer(asked: Asked, entry: Entry, folder: Folder | None, specs: int | None) -> Detail:
    """Give an answer, its card and what became of the patient, each with its fact."""
    fact, body = entry.fact, entry.fact.body
    name, use_case = str(body["prediction"]), fact.use_case or ""
    reason = f", {body['reason']}".replace("_", " ") if body.get("reason") else ""
    score = body.get("score")
    outcomes = folder.use_case.outcomes if folder else ()
    shown = str(body["display"]).replace("_", " ")
    return detail(
        "From the answer to the outcome",
        {
            "use case": Cell(use_case, href=f"/use-cases/{use_case}"),
            "specs then": "not on record" if specs is None else Cell("as declared", fact=specs),
            "answer": Cell("none" if score is None else f"score {score}", fact=entry.index),
            "card": Cell(f"{shown}{reason}", href=f"/audit?q={name}"),
            "outcome": [_outcome(asked, f"{use_case}/{name}", each.name) for each in outcomes],
        },
    )


def _outcome(asked: Asked, key: str, name: str) -> Cell:
    entry = asked.parts.reader.latest(f"{key}/{name}/observed")
    if entry is None:
        return Cell(f"{name}: not known")
    return Cell(f"{name}: {'yes' if entry.fact.body['y'] else 'no'}", fact=entry.index)


def made_of(entry: Entry, folder: Folder, known: Upstreams) -> Listing:
    """List the features of one answer: from table and field, by view and column."""
    body: dict[str, Any] = entry.fact.body
    missing, views = body.get("missing", {}), body.get("views", {})
    lines, mapped = [], going(folder)
    for name, each in folder.use_case.features_by_name().items():
        fields = dict(paths(folder.views[each.view].select)) if each.view in folder.views else {}
        resource = folder.views[each.view].resource if each.view in folder.views else ""
        rows = many(len(views.get(each.view, {}).get("rows", ())), "row")
        gone = str(missing.get(name, "")).replace("_", " ")
        node = f"{each.view}.{each.column}"
        lines.append(
            Line(
                (
                    Cell(name),
                    Cell(f"missing: {gone}" if gone else f"there, of {rows}"),
                    Cell(f"{how(each)}; {through(*mapped[node])}" if node in mapped else how(each)),
                    Cell(node, href=_asking(node)),
                    Cell(", ".join(_tables(known, each.view, each.column)) or "none is told"),
                    Cell(f"{resource}.{fields.get(each.column, '')}", is_code=True),
                )
            )
        )
    columns = (
        "feature", "in this answer", "made how", "of column", "of table upstream", "of field",
    )  # fmt: skip
    return Listing("From field to feature", columns, lines, "It was not made of views.")


def _tables(known: Upstreams, view: str, column: str) -> list[str]:
    return [
        above
        for told, _ in known.reads.values()
        for read in told.tables
        if {view, f"{view}.{column}"} & {*read.views}
        for above in known.above(read.table)
    ]


def told_of(traced: Traced) -> tuple[Tag, str]:
    """Say what came of making an answer again."""
    if traced.wrong:
        return WRONG, f"{traced.wrong[:1].upper()}{traced.wrong[1:]}."
    if traced.wanting:
        return WANTING, f"{traced.wanting[:1].upper()}{traced.wanting[1:]}."
    n_raw = len({each.raw for each in traced.reached})
    n = len({(each.raw, each.offset) for each in traced.reached})
    words = f"Made again from {many(n, 'resource')} in {many(n_raw, 'raw file')}"
    return SAME, f"{words}: every feature is what the model was given."


def bytes_listing(traced: Traced) -> Listing:
    """List where the bytes lie that an answer was made of; nothing here says whose they are."""
    lines = [
        Line(
            (
                Cell(each.feature),
                Cell(each.view),
                Cell(each.resource),
                Cell(each.raw[:SHORT]),
                Cell(each.line),
                Cell(each.offset),
                Cell(each.length),
            )
        )
        for each in traced.reached
    ]
    columns = ("feature", "by view", "resource and version", "raw file (SHA-256)", "line",
               "byte", "bytes")  # fmt: skip
    return Listing("The bytes it was made of", columns, lines, "No feature rests on a resource.")
