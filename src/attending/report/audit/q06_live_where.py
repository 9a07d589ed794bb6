"""Which sites, units and users were live at a moment, in which mode and release?

One row for every unit of every use case at the moment asked for: its mode, since when, the share
of users it reached, named users by their pseudonyms, the weekly cap, and which gateways said
that they go by it. A site that the specs declare and nothing has touched is off. Beside it
stands what a gateway really served there last, as it was recorded; a display that such a
standing does not allow, after it was read back, is an exception by the answer's own name.

Nobody can be listed who was inside a share: which users a share falls on is known to gateways,
by a key that is in no fact. No rollout here is limited to a cohort of patients. Answers that
were given elsewhere and only recorded here are not held against a mode.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attending import shapes
from attending.clock import stamp
from attending.facts.plan import WHOLE_SITE
from attending.report.evidence import standing
from attending.report.question import Answer, Question, Row, against
from attending.report.standings import standings

if TYPE_CHECKING:
    from attending.facts.entry import Entry
    from attending.report.question import Asked, Cell
    from attending.report.standings import Place, Stand

COLUMNS = (
    "use_case", "site", "unit", "mode", "release", "since", "share", "users", "n_users",
    "weekly_case_cap", "read_back_by", "waiting_for", "last_display", "last_at",
)  # fmt: skip
ALLOWED = {
    "live": ("shown", "no_advice", "not_in_share", "cap", "failed", "late"),
    "silent": ("silent", "failed", "late"),
    "suspended": ("suspended", "failed"),
    "retired": ("retired", "failed"),
    "off": ("off", "failed"),
}


def answer(asked: Asked) -> Answer:
    """Tell how every place stood."""
    entries = list(asked.entries())
    found = {p: s for p, s in standings(entries).items() if asked.is_about(p[1])}
    served = _served(asked, entries, found)
    rows = [_row(stand, served.get(place, [])) for place, stand in found.items()]
    wrong = [row for p, stand in found.items() for row in _against(stand, served.get(p, []))]
    untouched = _off(asked, entries, found)
    live = sum(stand.mode == "live" for stand in found.values())
    moment = asked.evidence.until
    because = f"{live} of {len(rows) + len(untouched)} places live"
    because += f" as of {stamp(moment)}." if moment is not None else "."
    if not rows and not untouched:
        because = f"{asked.searched}: no place is on record."
    counts = {
        mode: sum(stand.mode == mode for stand in found.values())
        for mode in ("live", "silent", "suspended", "retired")
    }
    everything = tuple(sorted([*rows, *untouched], key=lambda row: row.key))
    return Answer(because, COLUMNS, everything, tuple(wrong), counts=counts)


def _served(
    asked: Asked, entries: list[Entry], found: dict[Place, Stand]
) -> dict[Place, list[Entry]]:
    """Give the answers at each place since it stands so; a unit's own standing wins."""
    given: dict[Place, list[Entry]] = {}
    for entry in standing(entries, "prediction/1"):
        use_case, site = entry.fact.use_case or "", entry.fact.site or ""
        if not asked.is_about(site):
            continue
        unit = (use_case, site, str(entry.fact.body.get("unit", "")))
        place = unit if unit in found else (use_case, site, WHOLE_SITE)
        if place in found and entry.index > found[place].since.index:
            given.setdefault(place, []).append(entry)
    return given


def _word(entry: Entry) -> str:
    body = entry.fact.body
    return str(body.get("reason") if body.get("display") == "suppressed" else body.get("display"))


def _row(stand: Stand, served: list[Entry]) -> Row:
    last = served[-1] if served else None
    cells: dict[str, Cell] = {
        "use_case": stand.place[0],
        "site": stand.place[1],
        "unit": stand.place[2],
        "mode": stand.mode,
        "release": stand.release or None,
        "since": stand.since.fact.at,
        "share": stand.share,
        "users": ", ".join(stand.users) or None,
        "n_users": len(stand.users),
        "weekly_case_cap": stand.weekly_case_cap,
        "read_back_by": ", ".join(sorted(str(e.fact.body["gateway"]) for e in stand.read_back))
        or ", ".join(sorted(_at_once(stand)))
        or None,
        "waiting_for": ", ".join(stand.waiting) or None,
        "last_display": None if last is None else str(last.fact.body.get("display")),
        "last_at": None if last is None else last.fact.at,
    }
    cites = {*stand.cites, *(() if last is None else (last.index,))}
    return Row("/".join(stand.place), cells, tuple(sorted(cites)))


def _at_once(stand: Stand) -> list[str]:
    """Give the gateways whose word the receipt itself brings."""
    return [*shapes.convert(stand.last.fact.body.get("read_back", {}), dict[str, Any])]


def _against(stand: Stand, served: list[Entry]) -> list[Row]:
    """Name each answer that such a standing does not allow, once every gateway went by it."""
    if stand.last.fact.type != "receipt/1" or stand.waiting:
        return []
    after = max((e.index for e in stand.read_back), default=stand.last.index)
    after = max(after, stand.last.index)
    found = []
    for entry in served:
        if entry.index <= after or entry.fact.body.get("origin") == "recorded":
            continue
        word, release = _word(entry), entry.fact.release or stand.release
        because = "" if word in ALLOWED.get(stand.mode, ()) else f"{word} where it was {stand.mode}"
        if not because and release != stand.release:
            because = f"release {release} answered where {stand.release} was {stand.mode}"
        if because:
            named = str(entry.fact.body["prediction"])
            found.append(against(named, f"{stand.place[1]}: {because}", *stand.cites, entry.index))
    return found


def _off(asked: Asked, entries: list[Entry], found: dict[Place, Stand]) -> list[Row]:
    """Give the sites that were declared and never touched."""
    last = {e.fact.use_case or "": e for e in entries if e.fact.type == "specs/1"}
    touched = {place[:2] for place in found}
    return [
        Row(
            f"{use_case}/{site}/{WHOLE_SITE}",
            {"use_case": use_case, "site": site, "unit": WHOLE_SITE, "mode": "off", "n_users": 0},
            (entry.index,),
        )
        for use_case, entry in last.items()
        for site in shapes.convert(entry.fact.body.get("sites", {}), dict[str, str])
        if asked.is_about(site) and (use_case, site) not in touched
    ]


q06_live_where = Question(number=6, answer=answer)
