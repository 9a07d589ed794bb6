"""Intake: what was proposed, in its order, and how pilots end."""

from __future__ import annotations

from datetime import UTC, date
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click
import msgspec

from attending.admit import read_lone
from attending.cli.speaking.opening import reopen_books
from attending.cli.speaking.options import OUTPUT, STORE
from attending.cli.speaking.telling import tell
from attending.decide.proposals.intake import Intake, unknown
from attending.decide.proposals.look_alike import look_alikes
from attending.decide.proposals.roadmap import advised, overruns, ranking, roadmap
from attending.errors import Refused
from attending.facts.proposal import Barrier, Choice, ImpactTable
from attending.ledger import layout
from attending.ledger.unsealed import Unsealed
from attending.loops.system import intake as intakes
from attending.spec.proposals.skeleton import skeleton

if TYPE_CHECKING:
    from attending.decide.proposals.intake import Kept
    from attending.decide.proposals.roadmap import Ranked
    from attending.loops.books import Books

SHOWN = 12  # characters of a digest

PERSON = click.option("--as", "person", required=True, help="Who does it.")


@click.group()
def intake() -> None:
    """See what was proposed and what comes first; end a pilot; begin a use case."""


@intake.command("list")
@STORE
@OUTPUT
def list_(*, store: Path, output: str) -> None:
    """Print the roadmap, quick wins first, then the phases that have run over."""
    with reopen_books(store) as books:
        known = intakes.followed(books.reader).now()
        today = books.clock.now().astimezone(UTC).date()
    known = known.as_of(today.isoformat())
    told = {
        "schema": "roadmap/1",
        "table": msgspec.to_builtins(known.table) | {"fact": known.table_index},
        "roadmap": [_ranked(each) for each in roadmap(known)],
        "over": _over(known, today),
        "ended": [_ended(kept) for kept in known.proposals.values() if kept.end is not None],
    }
    tell(told, list_lines(told), output)


@intake.command()
@click.argument("proposal")
@STORE
@OUTPUT
def show(proposal: str, *, store: Path, output: str) -> None:
    """Print one PROPOSAL: its place, what is open, its history, and what looked like it."""
    with reopen_books(store) as books:
        known = intakes.followed(books.reader).now()
        intakes.found(known, proposal)
        told = one_told(desk(books, store, ""), known, proposal)
    tell(told, one_lines(told), output)


@intake.command()
@click.argument("proposal")
@click.option("--choice", required=True, type=click.Choice(get_args(Choice)))
@click.option("--barrier", "barriers", multiple=True, type=click.Choice(get_args(Barrier)))
@click.option("--lesson", required=True, help="What was learned; kept sealed.")
@PERSON
@STORE
@OUTPUT
def end(
    proposal: str,
    *,
    choice: Choice,
    barriers: tuple[Barrier, ...],
    lesson: str,
    person: str,
    store: Path,
    output: str,
) -> None:
    """End the pilot of PROPOSAL, with what follows and what stood in the way.

    Its sponsor does, or who decides after launch. Exit code 4: somebody else may not.
    """
    with reopen_books(store) as books:
        at_desk = desk(books, store, person)
        known, is_new = intakes.end(at_desk, proposal, choice, barriers=barriers, lesson=lesson)
        told = _ended(known.proposals[proposal])
    tell(told | {"schema": "pilot_ended/1", "new": is_new}, [_end_line(told)], output)


@intake.command()
@click.argument("file", type=click.Path(path_type=Path))
@PERSON
@STORE
def table(file: Path, *, person: str, store: Path) -> None:
    """Put the impact table of FILE in force; it goes on record, and ranks everything anew."""
    wanted, _ = read_lone(file, ImpactTable)
    with reopen_books(store) as books:
        is_new = intakes.set_table(desk(books, store, person), wanted)
    click.echo(f"impact table {wanted.version} is in force{'' if is_new else ' already'}")


@intake.command()
@click.argument("proposal")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@STORE
def write(proposal: str, folder: Path, *, store: Path) -> None:
    """Begin a use case: write what PROPOSAL says as usecase.yaml into FOLDER.

    What only people can say is left out; the folder is refused until it is written. An
    existing usecase.yaml stays as it is.
    """
    with reopen_books(store) as books:
        last = intakes.found(intakes.followed(books.reader).now(), proposal).last
        words = intakes.words_of(desk(books, store, "").opened, last)
    if last.use_case is None:
        raise Refused("it names no use case yet; add `use_case:` and submit it again",
                      where=proposal)  # fmt: skip
    if words is None:
        raise Refused("its words are sealed, and cannot be read here", where=proposal)
    text = skeleton(proposal, last.digest, last.plain, words.texts)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with (folder / "usecase.yaml").open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise Refused("there is a usecase.yaml already; it stays as it is",
                      where=str(folder)) from None  # fmt: skip
    click.echo(f"{folder / 'usecase.yaml'}: begun from {proposal} {last.digest[:SHOWN]}")


def desk(books: Books, store: Path, person: str) -> intakes.Desk:
    """Give what taking in a proposal needs, with the key of the store's sealed words."""
    return intakes.Desk(books, Unsealed(books.reader, layout.payload_key(store)).raw, person)


def one_told(at_desk: intakes.Desk, known: Intake, name: str) -> dict[str, Any]:
    """Tell everything of one proposal."""
    kept = known.proposals[name]
    last, places = kept.last, [each.kept.last.proposal for each in roadmap(known)]
    advice = advised(last)
    return {
        "schema": "proposed/1",
        **_ranked(ranking(known, kept)),
        "place": places.index(name) + 1 if name in places else None,
        "of": len(places),
        "route": last.plain["route"],
        "advised": {"route": advice.route, "because": advice.because},
        "open": list(unknown(last)),
        "end": _ended(kept) if kept.end is not None else None,
        "history": _history(at_desk, kept),
        "alike": [
            {
                "tool": each.tool,
                "title": each.title,
                "because": list(each.because),
                "claimed": each.claimed,
                "choice": each.end.choice if each.end else None,
                "on": each.end.at[:10] if each.end else None,
                "barriers": list(each.end.barriers) if each.end else [],
                "lesson": intakes.lesson_of(at_desk.opened, each.end.lesson) if each.end else "",
            }
            for each in look_alikes(known, last)
        ],
    }


def _history(at_desk: intakes.Desk, kept: Kept) -> list[dict[str, Any]]:
    rows = []
    for was, each in zip((None, *kept.history), kept.history, strict=False):
        told = intakes.differing(at_desk.opened, was, each) if was is not None else ()
        rows.append({
            "n": each.n, "digest": each.digest, "by": each.person, "at": each.at,
            "fact": each.index, "changed": [row._asdict() for row in told],
        })  # fmt: skip
    return rows


def _ranked(each: Ranked) -> dict[str, Any]:
    last = each.kept.last
    return {
        "proposal": last.proposal,
        "title": last.title,
        "digest": last.digest,
        "submitted": each.kept.first.at[:10],
        "quick_win": each.quick,
        "why_not_quick": list(each.why_not_quick),
        "impact": each.impact,
        "feasibility": each.feasibility,
        "risk": each.risk,
        "score": each.score,
        "tier": each.tier.tier if each.tier else None,
    }


def _over(known: Intake, today: date) -> list[dict[str, Any]]:
    return [
        {"proposal": o.kept.last.proposal, "phase": o.phase, "to": o.to.isoformat(), "days": o.days}
        for o in overruns(known, today)
    ]


def _ended(kept: Kept) -> dict[str, Any]:
    end = kept.ends[-1]
    return {"proposal": end.proposal, "choice": end.choice, "barriers": list(end.barriers),
            "by": end.person, "on": end.at[:10], "fact": end.index}  # fmt: skip


def list_lines(told: dict[str, Any]) -> list[str]:
    """Write the roadmap for people."""
    lines = [f"{i}. {_line(each)}" for i, each in enumerate(told["roadmap"], 1)]
    lines = lines or ["nothing is proposed"]
    for each in told["over"]:
        lines.append(
            f"over: {each['proposal']}, {each['phase']} was to end on {each['to']}, "
            f"{each['days']} days ago"
        )
    lines += [_end_line(each) for each in told["ended"]]
    return [*lines, f"impact by table {told['table']['version']}"]


def _line(each: dict[str, Any]) -> str:
    impact = "not known" if each["impact"] is None else each["impact"]
    quick = "quick win; " if each["quick_win"] else ""
    return (
        f"{each['proposal']}: {quick}impact {impact}, feasibility {each['feasibility']:g}, "
        f"risk {each['risk']:g}, tier {each['tier'] or 'not known'}"
    )


def _end_line(end: dict[str, Any]) -> str:
    barriers = f"; barriers: {', '.join(end['barriers'])}" if end["barriers"] else ""
    choice = end["choice"].replace("_", " ")
    return f"ended: {end['proposal']}, {choice} on {end['on']} by {end['by']}{barriers}"


def one_lines(told: dict[str, Any]) -> list[str]:
    """Write one proposal for people."""
    last = told["history"][-1]
    lines = [f"{told['proposal']}, submission {last['n']} by {last['by']}: {told['title']}"]
    lines.append(f"prior_digest for the next one: {told['digest']}")
    if told["place"] is not None:
        lines.append(f"place {told['place']} of {told['of']} on the roadmap: {_line(told)}")
    lines += [f"  no quick win: {because}" for because in told["why_not_quick"]]
    advice = told["advised"]
    speaks = f"speak for: {advice['route']}" if advice["route"] else "do not tell yet"
    lines.append(f"route chosen: {told['route']}; the criteria {speaks} ({advice['because']})")
    lines += [f"still open: {name}" for name in told["open"]]
    lines += [_end_line(told["end"])] if told["end"] else []
    for each in told["alike"]:
        ended = (
            f"ended with {each['choice']} on {each['on']}" if each["choice"] else each["claimed"]
        )
        lines.append(f"looks like {each['title']} ({'; '.join(each['because'])}), {ended}")
        lines += [f"  barriers: {', '.join(each['barriers'])}"] if each["barriers"] else []
        lines += [f"  lesson: {each['lesson']}"] if each["lesson"] else []
    for each in told["history"][1:]:
        lines.append(f"submission {each['n']} by {each['by']} on {each['at'][:10]} changed:")
        lines += [f"  {row['field']}: {row['was']} -> {row['now']}" for row in each["changed"]]
    return lines
