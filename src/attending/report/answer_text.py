"""An answer to an auditor's question as text: what is so, what is not, and where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMULA = ("=", "+", "-", "@", "\t", "\r")
MOST_CITED = 6  # facts named in a line; JSON names all of them


def text(told: Mapping[str, Any]) -> str:
    """Write `audit/1` as lines that can be read and quoted."""
    about = told["question"]
    where = " at ".join(part for part in (about["use_case"], about["site"]) if part)
    title = about["title"] + (f" ({where})" if where else "")
    partly = "In part: " if told["status"] == "partial" else ""
    lines = [f"{about['number']}. {title}", f"{partly}{told['because']}{_wanting(told)}", ""]
    columns = told["columns"]
    for row in told["rows"]:
        cells = dict(zip(columns, row, strict=True))
        said = [f"{n}: {_cell(v)}" for n, v in cells.items() if _is_said(n, v)]
        lines.append(f"- {'; '.join(said)} [{_cited(cells['cites'])}]")
    if told["exceptions"]:
        lines += ["", "Not as it should be:"]
        lines += [
            f"- {each['key']}: {each['because']} [{_cited(each['cites'])}]"
            for each in told["exceptions"]
        ]
    size, root = told["ledger"]["size"], told["ledger"]["root"]
    counted = ", ".join(f"{name.replace('_', ' ')} {n:,}" for name, n in told["counts"].items())
    under = f" under root {root}" if root else ", which do not hold"
    return "\n".join([*lines, "", f"{counted}.", f"From {size:,} facts{under}.", _named(told)])


def all_text(told: Mapping[str, Any]) -> str:
    """Write `audit_all/1` as lines: a question each, with what was found."""
    lines = []
    for each in told["questions"]:
        n = each["counts"]
        found = f"{n['rows']:,} rows, {n['exceptions']:,} not as they should be."
        said = f"{each['status'].replace('_', ' ')}: {found} {each['because']}{_wanting(each)}"
        lines += [f"{each['number']:>2}  {each['title']}", f"    {said}"]
    return "\n".join([*lines, "", f"From {told['ledger']['size']:,} facts.", _named(told)])


def _wanting(told: Mapping[str, Any]) -> str:
    """Say what an answer in part waits for; of none, its sentence itself says so."""
    if told["status"] != "partial":
        return ""
    return f" It waits for {', '.join(told['needs'])}."


def rows_csv(told: Mapping[str, Any]) -> str:
    """Write an answer's rows as CSV (RFC 4180), facts parted by spaces.

    A text that a spreadsheet would take for a formula is led by an apostrophe.
    """
    rows = [
        [*(_plain(cell) for cell in row[:-1]), " ".join(str(i) for i in row[-1])]
        for row in told["rows"]
    ]
    return "".join(",".join(_quoted(cell) for cell in row) + "\r\n"
                   for row in (told["columns"], *rows))  # fmt: skip


def _plain(cell: object) -> str:
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(FORMULA) else cell
    return "" if cell is None else str(cell)


def _quoted(cell: str) -> str:
    if any(mark in cell for mark in ',"\r\n'):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _named(told: Mapping[str, Any]) -> str:
    return f"The answer's digest is {told['digest']}; asked again, it is the same."


def _is_said(name: str, value: object) -> bool:
    return name not in ("key", "cites") and value not in (None, "")


def _cell(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _cited(cites: list[int]) -> str:
    shown = ", ".join(str(i) for i in cites[:MOST_CITED])
    more = len(cites) - MOST_CITED
    return f"fact{'s' if len(cites) > 1 else ''} {shown}" + (
        f" and {more:,} more" if more > 0 else ""
    )
