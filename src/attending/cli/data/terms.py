"""Terms: what maps cover, what they make of a code or an amount, and a server over them."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec
import uvicorn

from attending.admit import documents_of, read_lone
from attending.cli.speaking.map_status import tell_status
from attending.cli.speaking.opening import reopen_books
from attending.cli.speaking.options import OUTPUT, STORE
from attending.cli.speaking.telling import tell
from attending.clock import WallClock, stamp
from attending.errors import NoSuchName, Refused
from attending.fhir.terms import Asked
from attending.fhir.ucum import NotUcum, converted
from attending.fhir.view import view
from attending.ingest.terms.client import TermsClient
from attending.ingest.terms.files import Beside, read_terms
from attending.lake.clinical.store import ClinicalLake
from attending.loops.system.terms import Covered, Wanted, cover
from attending.loops.system.unit_changes import CHECK
from attending.serve.listen import check_address
from attending.serve.terms.app import terms_app
from attending.spec.data.terms import Terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attending.fhir.terms import Found
    from attending.fhir.view import View

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
DOCUMENTS = click.argument("documents", nargs=-1, required=True, type=FILE)
AS_OF = click.option("--as-of", default="", help="The day whose maps hold; today otherwise.")
DATE_LENGTH = len("2026-10-13")
SIGNIFICANT = 12


@click.group()
def terms() -> None:
    """Say what maps cover, what a code or an amount is by them, and answer others."""


@terms.command()
@click.argument("document", type=FILE)
@click.option("--view", "views", multiple=True, required=True, type=FILE, help="Views it maps.")
@click.option("--top", default=20, show_default=True, type=click.IntRange(0), help="Codes listed.")
@click.option("--as", "person", default="platform", help="Who asks.")
@AS_OF
@STORE
@OUTPUT
@click.pass_context
def coverage(
    ctx: click.Context,
    document: Path,
    *,
    views: tuple[Path, ...],
    top: int,
    person: str,
    as_of: str,
    store: Path,
    output: str,
) -> None:
    """Put the views in the lake through the maps of DOCUMENT, and list what is left over.

    What a code might be is told beside it, for a person to look at; nothing applies it.

    Exit code 4: more was left over somewhere than is allowed.
    """
    beside = _beside(document)
    mapped = {each.view for each in beside.terms.going}
    found_views = [each for path in views for each in _views(path, mapped)]
    maps = tell_status(read_terms([beside]))
    wanted = Wanted(beside.terms, maps, found_views, as_of or _today(), person)
    with reopen_books(store) as books, ClinicalLake.open(store) as lake:
        found = cover(lake, books, wanted)
    lines = [line for each in found for line in _lines(each, top)]
    told = [
        {
            "view": each.column.view,
            "column": each.column.column,
            "results": msgspec.to_builtins(each.results),
            "coverage": _plain(each),
        }
        for each in found
    ]
    tell({"schema": "terms_coverage/1", "columns": told}, lines, output)
    ctx.exit(4 if any(r.state == "breach" for each in found for r in each.results) else 0)


@terms.command()
@DOCUMENTS
@click.option("--map", "map_", required=True, help="The map's name.")
@click.option("--system", required=True, help="Whose code it is.")
@click.option("--code", required=True)
@click.option("--target", default="", help="The system wanted, where the map leads into several.")
@AS_OF
@OUTPUT
def lookup(
    documents: tuple[Path, ...],
    *,
    map_: str,
    system: str,
    code: str,
    target: str,
    as_of: str,
    output: str,
) -> None:
    """Say what a map of DOCUMENTS makes of a code: mapped, unmapped, many or retired."""
    maps = tell_status(read_terms([_beside(each) for each in documents]))
    rows = maps.rows(map_)
    _known(system, (row.source_system for row in rows), f"the systems that {map_} maps from")
    if target:
        _known(target, (row.target_system for row in rows), f"the systems that {map_} maps into")
    found = maps.lookup(map_, system, code, as_of or _today(), asked=Asked(target))
    told = {"schema": "term/1", "digest": maps.digest, **found._asdict()}
    tell(told, [_found(found)], output)


@terms.command()
@click.option("--server", required=True, help="Its address, such as https://tx.example/fhir.")
@click.option("--map", "map_", required=True, help="The url of the map, or of the set.")
@click.option("--version", required=True, help="Which version of it; another is no answer.")
@click.option("--system", required=True, help="Whose code it is.")
@click.option("--code", required=True)
@click.option("--target", default="", help="The system wanted, where the map leads into several.")
@click.option("--in-set", is_flag=True, help="It is a set of codes: does it hold the code?")
@OUTPUT
def ask(
    *,
    server: str,
    map_: str,
    version: str,
    system: str,
    code: str,
    target: str,
    in_set: bool,
    output: str,
) -> None:
    """Ask another party's server what its map makes of a code, or whether its set holds it.

    By $translate or $validate-code, over https or on this machine. No answer that can be used is
    exit code 1, and never *unmapped*.
    """
    client = TermsClient(server, map_, version)
    if in_set:
        is_there = client.holds(system, code)
        held = "the set holds it" if is_there else "the set does not hold it"
        tell({"schema": "member/1", "set": f"{map_}|{version}", "holds": is_there}, [held], output)
        return
    found = client.lookup(map_, system, code, _today(), asked=Asked(target))
    tell({"schema": "term/1", **found._asdict()}, [_found(found)], output)


@terms.command()
@click.argument("value")
@click.argument("from_", metavar="FROM")
@click.argument("to")
@click.option("--molar-mass", default=None, help="Grams in a mol, where one unit weighs.")
@OUTPUT
def convert(value: str, from_: str, to: str, *, molar_mass: str | None, output: str) -> None:
    """Give VALUE, which is in the unit FROM, in the unit TO; both are codes of UCUM."""
    mass = None if molar_mass is None else _decimal(molar_mass)
    try:
        amount = converted(_decimal(value), from_, to, molar_mass=mass)
    except NotUcum as error:
        raise Refused(str(error), accepted=["codes of UCUM, such as mg/dL, Cel, [degF]"]) from None
    shown = f"{float(amount):.{SIGNIFICANT}g}"
    told = {"schema": "amount/1", "exact": str(amount), "value": shown, "unit": to}
    tell(told, [f"{shown} {to}"], output)


@terms.command()
@DOCUMENTS
@click.option("--port", default=8410, show_default=True, type=click.IntRange(1, 65535))
@click.option("--host", default="127.0.0.1", show_default=True)
def serve(documents: tuple[Path, ...], *, port: int, host: str) -> None:
    """Answer $translate and $validate-code from DOCUMENTS, on this machine alone."""
    check_address(host, is_authenticated=False, is_encrypted=False)
    maps = tell_status(read_terms([_beside(each) for each in documents]))
    app = terms_app(maps, WallClock())
    click.echo(f"answering on http://{host}:{port}", err=True)
    uvicorn.run(app, host=host, port=port, access_log=False, log_level="warning", lifespan="off")


def _beside(path: Path) -> Beside:
    return Beside(terms=read_lone(path, Terms)[0], folder=path.parent)


def _views(path: Path, mapped: set[str]) -> Iterator[View]:
    """Give the view of a file; of several, those that are mapped."""
    documents = documents_of(path.read_text("utf-8"), file=path.name)
    for each in documents:
        if not isinstance(each.plain, dict) or each.plain.get("kind", "View") != "View":
            raise Refused("this is no view", where=path.name, accepted=["kind: View"])
        definition = {name: part for name, part in each.plain.items() if name != "kind"}
        if len(documents) == 1 or definition.get("name") in mapped:
            yield view(definition, where=path.name)


def _known(system: str, there: Iterable[str], place: str) -> None:
    """Refuse a system that no row names: misspelled, every code of it would be unmapped."""
    names = {each for each in there if each}
    if system not in names:
        raise NoSuchName(system, place, names)


def _found(found: Found) -> str:
    given = f": {found.code} of {found.system}, {found.equivalence}" if found.code else ""
    return f"{found.word}{given}"


def _today() -> str:
    return stamp(WallClock().now())[:DATE_LENGTH]


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise Refused(f"{text!r} is no number", accepted=["a decimal, such as 98.6"]) from None


def _plain(each: Covered) -> dict[str, Any]:
    left = [
        row._asdict() | {"candidates": [might._asdict() for might in row.candidates]}
        for row in each.coverage.unmapped
    ]
    return each.coverage._asdict() | {"unmapped": left}


def _lines(each: Covered, top: int) -> Iterator[str]:
    column, told = each.column, each.coverage
    yield (
        f"{column.view}.{column.column} by {told.map}: {told.rows_mapped:,} of {told.rows:,} rows "
        f"({told.codes_mapped:,} of {told.codes:,} codes)"
    )
    if told.rows_in_map != told.rows_mapped:
        yield f"  in the map with another answer than one: {told.rows_in_map - told.rows_mapped:,}"
    for result in each.results:
        state = result.state.replace("_", " ")
        if result.check == CHECK:
            since = f", since row {result.since_row:,}" if result.num_violated else ""
            yield f"  {result.site}: {result.num_violated:,} in another unit{since}; {state}"
            continue
        yield (
            f"  {result.site}: {result.num_violated:,} of {result.num_denominator:,} left over, "
            f"{result.may} may be; {state}"
        )
    for row in told.unmapped[:top]:
        display = f" {row.display}" if row.display else ""
        might = "; ".join(f"{c.code} {c.display} ({c.because})" for c in row.candidates)
        hint = f"; might be {might}" if might else ""
        yield f"  {row.rows:>9,}  {row.code}{display}: {row.word}{hint}"
    if len(told.unmapped) > top:
        yield f"  and {len(told.unmapped) - top:,} codes more"
