"""Tier: how much oversight a use case owes, and why; raise it, or lower it with two persons."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import click
import msgspec

from attending.admit import admit
from attending.cli.speaking.opening import reopen_books
from attending.cli.speaking.options import OUTPUT, STORE
from attending.cli.speaking.telling import tell
from attending.clock import WallClock, stamp
from attending.decide.heard import Heard
from attending.decide.tier import LOWERED_BY
from attending.facts.tier import LEVELS
from attending.loops.declare import declared
from attending.loops.obligations import owed
from attending.loops.tiering import Speaker, all_heard, override, record, tier_of
from attending.spec.rulebook import NOT_LEGAL_ADVICE

if TYPE_CHECKING:
    from attending.admit import Folder
    from attending.decide.tier import Standing
    from attending.facts.duties import Duties
    from attending.facts.tier import Level
    from attending.ledger.read import Reader

WHY = click.option("--why", required=True, help="Why; kept sealed, its digest goes on record.")
AS = click.option("--as", "person", required=True, help="Who, as committees name them.")
TO = click.option("--to", required=True, type=click.Choice(LEVELS), help="Which tier.")


class OfAUseCase(click.Group):
    """A group whose first word may also be a use case: then it tells that one's tier."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Take what is no verb of the group for a use case."""
        known = not args or args[0] in self.commands or args[0].startswith("-")
        return super().resolve_command(ctx, args if known else ["of", *args])


@click.group(cls=OfAUseCase)
def tier() -> None:
    """Tell the tier of a use case and what it owes: `attending tier USECASE`.

    USECASE is a folder, or a name that a store holds. An answer that is not known counts as
    the one that asks for more. Exit code 4: a person may not lower it.
    """


@tier.command()
@click.argument("usecase")
@click.option("--store", type=click.Path(path_type=Path), help="The ledger; it is written there.")
@click.option("--by", "person", default="platform", help="Who asks.")
@OUTPUT
def of(usecase: str, *, store: Path | None, person: str, output: str) -> None:
    """Compute the tier of USECASE and what it owes; with a store, write it down."""
    if store is None:
        folder, date = admit(Path(usecase)), stamp(WallClock().now())[:10]
        _give(folder, Heard(), date, output)
        return
    with reopen_books(store) as books:
        folder = _folder(books.reader, usecase)
        known, date = all_heard(books.reader), books.at[:10]
        found = tier_of(folder, known, date).computed
        record(books, folder.use_case.name, found, Speaker(person))
        _give(folder, known, date, output)


@tier.command("raise")
@click.argument("usecase")
@TO
@AS
@WHY
@STORE
@OUTPUT
def raise_(usecase: str, *, to: str, person: str, why: str, store: Path, output: str) -> None:
    """Raise the tier of USECASE; anybody may, and it ends any lowering."""
    _set(store, usecase, cast("Level", to), Speaker(person), why=why, output=output)


@tier.command()
@click.argument("usecase")
@TO
@AS
@click.option("--role", required=True, type=click.Choice(LOWERED_BY), help="In which role.")
@WHY
@STORE
@OUTPUT
def lower(
    usecase: str, *, to: str, person: str, role: str, why: str, store: Path, output: str
) -> None:
    """Say one half of a lowering: it takes a chair and a compliance officer, and ends in 180 days.

    It ends sooner when an answer about risk changes, or when somebody raises the tier.
    """
    _set(store, usecase, cast("Level", to), Speaker(person, role), why=why, output=output)


def _set(store: Path, usecase: str, to: Level, who: Speaker, *, why: str, output: str) -> None:
    with reopen_books(store) as books:
        folder = declared(books.reader, usecase)
        override(books, folder, to, who, why=why)
        _give(folder, all_heard(books.reader), books.at[:10], output)


def _folder(reader: Reader, named: str) -> Folder:
    return admit(Path(named)) if Path(named).is_dir() else declared(reader, named)


def _give(folder: Folder, known: Heard, date: str, output: str) -> None:
    found, standing = owed(folder, known, date), tier_of(folder, known, date)
    told = {
        "schema": "tier/1",
        "use_case": folder.use_case.name,
        "date": date,
        "tier": standing.tier,
        "computed": msgspec.to_builtins(standing.computed),
        "override": {
            "because": standing.because,
            "until": standing.until,
            "waits_for": standing.waits,
            "cites": list(standing.cites),
        },
        "duties": msgspec.to_builtins(found.duties),
        "places": list(found.places),
        "places_not_known": list(found.unplaced),
        "notice": NOT_LEGAL_ADVICE,
    }
    lines = _lines(folder, standing, found.duties)
    if found.unplaced:
        lines.append(f"jurisdiction not known: {', '.join(found.unplaced)}")
    tell(told, [*lines, NOT_LEGAL_ADVICE], output)


def _lines(folder: Folder, standing: Standing, duties: Duties) -> list[str]:
    made = standing.computed
    lines = [f"{folder.use_case.name}: {standing.tier} tier"]
    lines += [f"  because {each.replace('_', ' ')}" for each in made.because] or ["  by default"]
    lines.append(f"  by {made.rulebook} {made.version}, which computes {made.tier}")
    if standing.because:
        until = f", until {standing.until}" if standing.until else ""
        lines.append(f"  {standing.because}{until}")
    if standing.waits:
        lines.append(f"  to be lowered it waits for {standing.waits}".replace("_", " "))
    lines.append(f"review: {duties.review.replace('_', ' ')}")
    lines += [f"sign-off: {each.n} {each.role.replace('_', ' ')}" for each in duties.sign_offs]
    lines += [f"silent first: {duties.silent_weeks} weeks"] if duties.silent_weeks else []
    lines += [f"compared by: {', '.join(duties.subgroups)}"] if duties.subgroups else []
    lines += ["its answers are explained where they are shown"] if duties.explanation else []
    lines += [f"patients are told {each}" for each in duties.disclosures]
    return lines + [f"clock {c.rule}: {c.limit} from {c.start}" for c in duties.clocks]
