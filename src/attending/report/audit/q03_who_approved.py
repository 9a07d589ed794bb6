"""Who approved this use case at this site, when, with what votes, recusals and conditions?

Every packet, vote, recusal and closing of a committee; the conditions, open or closed, with the
day they are due; who signed each plan that made a site live; and when that was done. Each
signature's meaning stands beside it, and its digest is computed again: what does not verify is
an exception, and so is a release that went live with no decision to rest on.

It does not tell whether the people were entitled to vote; the decision names whom it did not
count, and why. What people wrote is named by its digest alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from attending import shapes
from attending.report.approvals import conditions, decisions, in_force
from attending.report.evidence import happened
from attending.report.in_use import Point
from attending.report.question import Answer, Question, Row, against
from attending.report.signatures import checked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attending.facts.entry import Entry
    from attending.report.question import Asked, Cell
    from attending.report.signatures import Signatures

COLUMNS = (
    "use_case", "release", "site", "what", "person", "role", "at", "said", "meaning", "vouched",
    "signed", "verifies", "state", "due",
)  # fmt: skip

Body = dict[str, Any]


@dataclass
class _Seen:
    """What was gathered, and what the rows are checked against."""

    signed: Signatures
    states: dict[tuple[str, str], tuple[str, str, int]]
    plans: dict[str, Body] = field(default_factory=dict)


def answer(asked: Asked) -> Answer:
    """Give a row for everything that was asked, said, decided, signed and made live."""
    entries = list(asked.entries())
    seen = _Seen(checked(entries), conditions(entries))
    seen.plans = {str(e.fact.body["digest"]): e.fact.body for e in entries if _is(e, "plan/1")}
    live = _made_live(asked, entries)
    rows = [row for entry in entries for row in _rows(entry, seen, live)]
    wrong = [against(f"fact {i}", f"{fault}", i) for i, fault in sorted(seen.signed.faults.items())]
    wrong += _unapproved(entries, live, seen)
    n = sum(1 for e in entries if _is(e, "decision/1"))
    because = f"{n} decisions of a committee, and {len(live)} times that something went live."
    if not rows:
        because = f"{asked.searched}: no packet, vote, decision, sign-off or going live."
    return Answer(because, COLUMNS, tuple(rows), tuple(wrong), counts={"decisions": n})


def _is(entry: Entry, *types: str) -> bool:
    return entry.fact.type in types


def _made_live(asked: Asked, entries: list[Entry]) -> dict[int, list[Body]]:
    """Give the changes to live at the sites asked about, by receipt."""
    found: dict[int, list[Body]] = {}
    for entry in entries:
        for change in _list(entry.fact.body["changes"]) if _is(entry, "receipt/1") else ():
            if change["mode"][1] == "live" and asked.is_about(change["site"]):
                found.setdefault(entry.index, []).append(change)
    return found


def _rows(entry: Entry, seen: _Seen, live: dict[int, list[Body]]) -> Iterator[Row]:
    """Give the rows of one fact."""
    body = entry.fact.body
    if _is(entry, "packet/1", "vote/1", "recusal/1", "decision/1", "no_decision/1"):
        yield _meeting(entry, seen)
        for each in _list(body.get("conditions", [])) if _is(entry, "decision/1") else ():
            yield _condition(entry, each, seen)
    elif _is(entry, "sign_off/1") and _is_for(seen, str(body["digest"]), live):
        plan = seen.signed.plans.get(str(body["digest"]))
        cites = (*(() if plan is None else (plan,)), entry.index)
        said = {"what": "sign-off", "said": "signs the plan", "meaning": "approval"}
        yield _row(entry, {**said, **_mark(entry, seen, body)}, cites)
    for change in live.get(entry.index, ()):
        cells = {
            "what": "went live",
            "site": change["site"],
            "release": change["release"][1],
            "said": f"live for a share of {change['share'][1]:g}",
            "signed": str(body["plan"]),
        }
        place = f"{change['site']}/{change['unit']}"
        yield _row(entry, cells, (entry.index,), f"{entry.index}/{place}")


def _is_for(seen: _Seen, digest: str, live: dict[int, list[Body]]) -> bool:
    """Tell whether a plan makes live one of the sites asked about, or is not on record."""
    if digest not in seen.plans:
        return True
    sites = {change["site"] for changes in live.values() for change in changes}
    changes = _list(shapes.convert(seen.plans[digest]["plan"], Body)["changes"])
    return any(c["mode"][1] == "live" and c["site"] in sites for c in changes)


def _meeting(entry: Entry, seen: _Seen) -> Row:
    body: Body = entry.fact.body
    what = entry.fact.type.partition("/")[0].replace("_", " ")
    cells: dict[str, Cell] = {"what": what, **_mark(entry, seen, body)}
    cites: tuple[int, ...] = (entry.index,)
    if what == "packet":
        cells |= {"said": f"{body['item']}, round {body['round']}", "signed": body["digest"]}
    else:
        said = body.get("choice") or body.get("word") or body.get("because") or "takes no part"
        cells |= {"said": str(said), "meaning": body["signature"]["meaning"]}
        cites = (*seen.signed.behind(body), entry.index) if what != "vote" else cites
    if what == "decision":
        cells["due"] = body["expires_on"]
    return _row(entry, cells, tuple(sorted({*cites})))


def _condition(entry: Entry, each: Body, seen: _Seen) -> Row:
    state, because, index = seen.states[entry.fact.use_case or "", str(each["id"])]
    cells: dict[str, Cell] = {
        "what": "condition",
        "person": each["owner"],
        "said": f"{each['id']}: {each['effect']} unless {_form(each['form'])}",
        "state": f"{state}: {because}",
        "due": each.get("due"),
    }
    cites = tuple(sorted({entry.index, index}))
    return _row(entry, cells, cites, f"{entry.index}/{each['id']}")


def _form(form: Body) -> str:
    """Write what a condition asks for, briefly and exactly."""
    ((verb, asks),) = form.items()
    if verb == "do":
        return f"a fact {asks['fact']} comes"
    sites = ", ".join(asks.get("sites", ())) or "every site"
    bounds = {k: asks[k] for k in ("floor", "goal", "stop_line") if asks.get(k) is not None}
    told = ", ".join(f"{k.replace('_', ' ')} {v:g}" for k, v in bounds.items())
    return f"{verb} {asks['metric']}/{asks.get('of', '')} at {sites} ({told})"


def _mark(entry: Entry, seen: _Seen, body: Body) -> dict[str, Cell]:
    return {
        "signed": str(body.get("packet_digest") or body.get("digest")),
        "verifies": seen.signed.faults.get(entry.index) or "yes",
        **_vouched(body),
    }


def _vouched(body: Body) -> dict[str, Cell]:
    """Say how a signer was recognized, and when they showed it again to sign."""
    signature = shapes.convert(body.get("signature", {}), Body)
    if not signature:
        return {}
    again = signature.get("re_auth_at")
    said = ", ".join(map(str, signature.get("auth", ())))
    return {"vouched": said if again is None else f"{said}, shown again at {again}"}


def _row(entry: Entry, cells: dict[str, Cell], cites: tuple[int, ...], key: str = "") -> Row:
    fact = entry.fact
    common: dict[str, Cell] = {
        "use_case": fact.use_case,
        "release": fact.release,
        "person": fact.by.person,
        "role": fact.by.role or str(fact.body.get("role", "")),
        "at": fact.at,
    }
    return Row(key or str(entry.index), {**common, **cells}, cites)


def _unapproved(entries: list[Entry], live: dict[int, list[Body]], seen: _Seen) -> Iterator[Row]:
    """Name each going live that no decision in force stands behind."""
    found = [d for d in decisions(entries) if d.index not in seen.signed.faults]
    for entry in entries:
        use_case, point = entry.fact.use_case or "", Point(happened(entry), entry.index)
        for change in live.get(entry.index, ()):
            spans = in_force(found, use_case, str(change["release"][1]))
            if not any(start <= point < end for (start, end), _ in spans):
                key = f"{entry.index}/{change['site']}/{change['unit']}"
                yield against(key, "it went live with no decision in force", entry.index)


def _list(value: object) -> list[Body]:
    return shapes.convert(value, list[Body])


q03_who_approved = Question(number=3, answer=answer)
