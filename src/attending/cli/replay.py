"""Replay a recorded tool day by day, through the same code that runs live.

It sets the clock and hands rows to `ingest`; it measures, decides and moves nothing itself
(an import contract says so). A replay never invents or re-times an answer.
"""

from __future__ import annotations

import json
import tempfile
from collections import defaultdict
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from attending.admit import admit, read_lone
from attending.cli.speaking.progress import Progress
from attending.cli.speaking.taking_in import taking_in
from attending.clock import DAY_ZERO, stamp
from attending.errors import Refused
from attending.facts.fact import By, Fact
from attending.ingest.drop import reader_of
from attending.ingest.history import files_in
from attending.ingest.mapping import Mapping, keyed, needed_columns
from attending.ingest.prepare import prepare
from attending.lake.clinical.store import ClinicalLake
from attending.lake.raw import RawFiles
from attending.ledger import layout
from attending.ledger.open_reader import open_reader
from attending.loops.carry_out import open_first_wave, renew
from attending.loops.data.history import Asking, Watch, take_history
from attending.loops.data.reading import keep_maps_of
from attending.loops.declare import declare
from attending.loops.meeting import hold_meeting
from attending.loops.take_in import take_in, take_in_parked
from attending.loops.turn import turn
from attending.report.replay import report
from attending.report.text import text
from attending.spec.condition import MeetingHeld
from attending.wiring import replay_parts, replay_seed

if TYPE_CHECKING:
    from attending.admit import Folder
    from attending.facts.case import ParkedRow, RecordedCase, RecordedOutcome
    from attending.ingest.source import Rows
    from attending.loops.data.history import Taken
    from attending.spec.source import Source


ASKED = ("--exposures FILE --outcomes FILE", "--history FOLDER")
IN_USE = "recorded: the tool was in use at these sites"


@dataclass(frozen=True)
class Recorded:
    """What the files hold: cases by day, outcomes by the day they are known."""

    cases: dict[int, list[RecordedCase]]
    outcomes: dict[int, list[tuple[RecordedCase, RecordedOutcome]]]
    parked: list[ParkedRow]
    last_day: int
    rows: int
    digests: dict[str, str]
    left_out: dict[str, int]
    history: Taken | None = None
    asking: Asking | None = None
    not_used: tuple[str, ...] = ()


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--exposures", type=click.Path(path_type=Path), help="Cases file.")
@click.option("--outcomes", type=click.Path(path_type=Path), help="Outcomes file.")
@click.option("--history", type=click.Path(path_type=Path), help="A folder of FHIR files instead.")
@click.option("--source", type=click.Path(path_type=Path), help="Another Source than the folder's.")
@click.option("--until", type=click.IntRange(min=0), help="Stop after this day.")
@click.option("--decision", type=click.Path(path_type=Path), help="A meeting held on day 0, YAML.")
@click.option("--store", type=click.Path(path_type=Path), help="Keep the ledger here (empty).")
@click.option("-o", "output", type=click.Choice(["text", "json"]), default="text")
def replay(
    folder: Path,
    exposures: Path | None,
    outcomes: Path | None,
    history: Path | None,
    source: Path | None,
    until: int | None,
    decision: Path | None,
    store: Path | None,
    output: str,
) -> None:
    """Replay a recorded tool day by day and report what can be told."""
    admitted = admit(folder, source=source)
    mapped = recorded_source(admitted)
    held = None if decision is None else read_lone(decision, MeetingHeld)[0]
    where = nullcontext(str(store)) if store else tempfile.TemporaryDirectory()
    with where as directory:
        at = Path(directory)
        if history is not None:
            told = run_history(admitted, mapped, history, at, until=until, held=held)
        elif exposures is None or outcomes is None:
            raise Refused("a file of cases and one of outcomes are wanted", accepted=ASKED)
        else:
            recorded = read(admitted, mapped, exposures, outcomes)
            told = run(admitted, mapped, recorded, at, until=until, held=held)
    click.echo(json.dumps(told, indent=2) if output == "json" else text(told))


def recorded_source(folder: Folder) -> Source:
    """Give the folder's first source whose rows tell of cases.

    Raises
    ------
    Refused
        Every source only adds outcomes to what the gateway has answered.

    """
    for source in folder.sources.values():
        if not source.cases.joins:
            return source
    raise Refused("no Source here tells of recorded cases; give one with --source")


def read(folder: Folder, source: Source, exposures: Path, outcomes: Path) -> Recorded:
    """Read both files and sort what they hold by day."""
    for_cases, for_outcomes = needed_columns(source)
    same = exposures.resolve() == outcomes.resolve()
    needed = for_cases | for_outcomes if same else for_cases
    told = reader_of(exposures)(exposures, needed=needed)
    became = told if same else reader_of(outcomes)(outcomes, needed=for_outcomes)
    return by_days(folder, source, told, became)


def by_days(folder: Folder, source: Source, told: Rows, became: Rows) -> Recorded:
    """Sort cases and outcomes by the day on which each happened or became known."""
    ready = prepare(told, became, source)
    naming = keyed(replay_seed(folder), source)
    mapping = Mapping(source, sites=frozenset(folder.sites), naming=naming)
    cases, parked = mapping.cases(ready.exposures, ready.outcomes)
    by_day: dict[int, list[RecordedCase]] = defaultdict(list)
    known: dict[int, list[tuple[RecordedCase, RecordedOutcome]]] = defaultdict(list)
    for case in cases:
        by_day[case.day].append(case)
        for outcome in case.outcomes:
            known[case.day + outcome.known_after].append((case, outcome))
    last = max((*by_day, *known), default=0)
    digests = {"exposures": told.digest, "outcomes": became.digest}
    rows = len(told.rows) + len(told.broken)
    left_out = {because: n for because, n in ready.left_out.items() if n}
    not_used = tuple(dict.fromkeys((*told.not_used, *became.not_used)))
    return Recorded(by_day, known, parked, last, rows, digests, left_out, not_used=not_used)


def run_history(
    folder: Folder,
    source: Source,
    files: Path,
    store: Path,
    *,
    until: int | None = None,
    held: MeetingHeld | None = None,
) -> dict[str, Any]:
    """Run a tool over a folder of FHIR files; give the report.

    The files, their resources and the rows of views stay in the store, so that each answer can
    be made again from the bytes it came from.
    """
    _starts_empty(store)
    making = Progress("making rows", total=len(folder.views), unit="views")
    watch = Watch(taking_in(files_in(files)), making)
    with ClinicalLake.open(store) as lake:
        taken = take_history(lake, folder, source, files, at=DAY_ZERO, watch=watch)
        for made in taken.views:
            click.echo(made.told, err=True)
        naming = keyed(replay_seed(folder), source)
        asking = Asking(lake, folder, source, taken, naming=naming)
    recorded = by_days(folder, source, taken.cases, taken.outcomes)
    recorded = replace(recorded, history=taken, asking=asking)
    return run(folder, source, recorded, store, until=until, held=held)


def _starts_empty(store: Path) -> None:
    """Refuse a store in use before minutes are spent on loading, and anything is written."""
    if not layout.database(store).exists():
        return
    reader = open_reader(store)
    n_facts = reader.size()
    reader.close()
    if n_facts:
        what = "this store already holds facts; a replay starts from an empty one"
        raise Refused(what, where=str(store), accepted=["--store with a new folder"])


def run(
    folder: Folder,
    source: Source,
    recorded: Recorded,
    store: Path,
    *,
    until: int | None,
    held: MeetingHeld | None = None,
) -> dict[str, Any]:
    """Run every day in turn; give the report.

    A tool that was in use is not asked for a decision; one may be given all the same, as a
    meeting held on day 0, whose conditions are then judged like any.
    """
    replaying = replay_parts(folder, source, store)
    parts, folded, scoring = replaying.parts, replaying.folded, replaying.scoring
    if scoring is not None and recorded.asking is not None:
        scoring.write_by(recorded.asking.calls(scoring.tool))
    declare(parts)
    keep_maps_of(folder, RawFiles(store / "lake" / "raw"))
    parts.pen.append([_source_fact(folder, source, recorded, stamp(parts.clock.now()))])
    take_in_parked(parts, recorded.parked, source.name)
    in_use = "replayed: the model answers at these sites" if scoring else IN_USE
    open_first_wave(parts, folded, because=in_use)
    if held is not None:
        hold_meeting(parts, folded, held)
    last = recorded.last_day if until is None else min(until, recorded.last_day)
    with Progress("replaying", total=last + 1, unit="days") as progress:
        for day in range(last + 1):
            renew(parts, folded)
            cases, outcomes = recorded.cases.get(day, []), recorded.outcomes.get(day, [])
            if scoring is not None:
                scoring.ask(cases)
                cases, outcomes = [], scoring.joined(outcomes)
            take_in(parts, folded, cases, outcomes)
            turn(parts, folded, day)
            replaying.clock.advance(timedelta(days=1))
            progress.step()
    if scoring is not None:
        scoring.close()
    parts.pen.checkpoint()
    rollout = folder.rollout
    floor = rollout.gates[0].floor if rollout is not None else None
    told = report(
        parts.reader.entries(),
        use_case=folder.use_case.name,
        size=parts.reader.size(),
        root=parts.reader.root(),
        floor=floor,
    )
    parts.pen.close()
    parts.reader.close()
    return told


def _source_fact(folder: Folder, source: Source, recorded: Recorded, at: str) -> Fact:
    more: dict[str, object] = {"left_out": recorded.left_out} if recorded.left_out else {}
    if recorded.not_used:
        more["not_used"] = list(recorded.not_used)
    if recorded.history is not None:
        more["files"] = [
            {"raw": raw, "lines": loaded.lines, "parked": loaded.parked, "clocks": loaded.clocks}
            for raw, loaded in recorded.history.files
        ]
    return Fact(
        kind="ingested",
        key=f"{source.name}/{recorded.digests['exposures']}/ingested",
        at=at,
        by=By(person="replay", via="source"),
        use_case=folder.use_case.name,
        body={
            "type": "source/1",
            "title": source.title,
            "credit": source.credit,
            "digest": recorded.digests["exposures"],
            "outcomes_digest": recorded.digests["outcomes"],
            "rows": recorded.rows,
            "calendar": source.cases.day.hash_of is None,
            **more,
        },
    )
