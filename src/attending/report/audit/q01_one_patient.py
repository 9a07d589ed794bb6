"""Which answers did a release give for one patient: inputs, output, display, response?

With ``--patient``, the pseudonym that `attending pseudonym` gives, one row for each answer on
record about that patient: release, model, the digest that its inputs are kept under, what was
missing, score, threshold, display, the user, and everything that was said about its card. Records
that were merged are one patient's, so that what was recorded under another number is found too;
`merged` cites the merges that say so. A number is a site's own: at another site it is another
patient's until a merge says otherwise. Asked for without a site it finds both and says that they
are two; ``--patient SITE/PSEUDONYM`` asks about one. Without
``--patient`` one row for each release and site counts answers and patients. An answer that names
no patient is counted, and is an exception: it could not be found when somebody asks. So is a pair
of records that nobody has looked at yet: if they are one patient's, what is under the other is
not in the answer. Inputs are told by their digest alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.facts.data.identities import TYPES, Identities, fold
from attending.facts.data.identity import record
from attending.report.evidence import standing
from attending.report.question import Answer, Question, Row, against
from attending.report.responses import reason_of

if TYPE_CHECKING:
    from attending.facts.entry import Entry
    from attending.report.question import Asked, Cell

COLUMNS = (
    "use_case", "release", "site", "unit", "at", "model", "inputs", "missing", "score",
    "threshold", "display", "reason", "user", "responses", "merged", "n", "n_patients",
)  # fmt: skip
COPIED = ("model", "inputs", "score", "threshold", "display", "reason", "user", "unit")


def answer(asked: Asked) -> Answer:
    """Give what was answered about a patient, or count patients."""
    entries = list(asked.entries("prediction/1", "response/1"))
    identities = fold(asked.evidence.entries(*TYPES))
    given = [e for e in standing(entries, "prediction/1") if asked.is_about(e.fact.site)]
    records = _records(identities, given, asked)
    about = [e for e in given if not asked.patient or _record(e) in records]
    said: dict[tuple[str | None, str], list[Entry]] = {}
    for entry in standing(entries, "response/1"):
        key = (entry.fact.use_case, str(entry.fact.body["prediction"]))
        said.setdefault(key, []).append(entry)
    if asked.patient:
        merges = tuple(i for i, link in identities.links.items() if link.record in records)
        rows = [_row(e, said.get((e.fact.use_case, _name(e)), []), merges) for e in about]
        because = _because(asked, identities, about, records if merges else frozenset())
    else:
        patients = {identities.patient(_record(e)) for e in about if _patient(e)}
        rows = _counted(about, identities)
        because = f"{len(about):,} answers about {len(patients):,} patients."
    nameless = [e for e in given if not _patient(e)]
    wrong = [against(_name(e), "it names no patient", e.index) for e in nameless]
    wrong += _doubts(asked, identities, records)
    if not about:
        which = f" for {asked.patient}" if asked.patient else ""
        because = f"{asked.searched}: no answer is on record{which}."
    counts = {"answers": len(given), "about": len(about), "naming_nobody": len(nameless)}
    return Answer(because, COLUMNS, tuple(rows), tuple(wrong), counts=counts)


def _because(
    asked: Asked, identities: Identities, about: list[Entry], merged: frozenset[str]
) -> str:
    """Say how many answers there are, and of how many patients, where one number is several's."""
    n, word = len(about), "answer is" if len(about) == 1 else "answers are"
    persons = {identities.patient(_record(each)) for each in about}
    if len(persons) > 1:
        sites = sorted({each.fact.site or "" for each in about})
        return (
            f"{n:,} {word} on record under this pseudonym, of {len(persons)} patients who bear "
            f"one number at {', '.join(sites)} and were not merged; "
            f"--patient {sites[0]}/{asked.patient} asks about one of them."
        )
    under = f", under {len(merged)} records that were merged" if merged else ""
    return f"{n:,} {word} on record about this patient{under}."


def _records(identities: Identities, given: list[Entry], asked: Asked) -> frozenset[str]:
    """Give every record of whoever bears a pseudonym, at the site that is asked about."""
    patient = asked.patient
    named = {link.record for link in identities.links.values()}
    named |= {link.into for link in identities.links.values()} | {_record(e) for e in given}
    bear = {name for name in named if patient and patient in {name, name.rpartition("/")[2]}}
    own = [name for name in bear if asked.is_about(name.rpartition("/")[0])]
    return frozenset(each for name in own for each in identities.records(name))


def _doubts(asked: Asked, identities: Identities, records: frozenset[str]) -> list[Row]:
    """Give the pairs that nobody has looked at; of one patient, those that are about them."""
    wrong = []
    for entry in asked.evidence.entries("possible_match/1"):
        pair = (str(entry.fact.body["one"]), str(entry.fact.body["other"]))
        if pair in identities.doubts and (not asked.patient or records & {*pair}):
            because = "nobody has said whether these two records are one patient's"
            wrong.append(against("~".join(pair), because, entry.index))
    return wrong


def _patient(entry: Entry) -> str:
    return str(entry.fact.body.get("patient") or "")


def _record(entry: Entry) -> str:
    return record(entry.fact.site or "", _patient(entry))


def _name(entry: Entry) -> str:
    return str(entry.fact.body["prediction"])


def _row(entry: Entry, said: list[Entry], merges: tuple[int, ...]) -> Row:
    fact, body = entry.fact, entry.fact.body
    cells: dict[str, Cell] = {
        "use_case": fact.use_case,
        "release": fact.release,
        "site": fact.site,
        "at": fact.at,
    }
    for name in COPIED:
        value = body.get(name)
        cells[name] = value if isinstance(value, str | int | float) and value != "" else None
    missing = body.get("missing")
    cells["missing"] = ", ".join(sorted(missing)) or None if isinstance(missing, dict) else None
    cells["responses"] = "; ".join(_said(each) for each in said) or None
    cells["merged"] = ", ".join(map(str, merges)) or None
    return Row(_name(entry), cells, (entry.index, *(each.index for each in said), *merges))


def _said(entry: Entry) -> str:
    reason = reason_of(entry)
    word = str(entry.fact.body["response"])
    return f"{word} ({reason}) at {entry.fact.at}" if reason else f"{word} at {entry.fact.at}"


def _counted(given: list[Entry], identities: Identities) -> list[Row]:
    groups: dict[tuple[str, ...], list[Entry]] = {}
    for entry in given:
        fact = entry.fact
        groups.setdefault((fact.use_case or "", fact.release or "", fact.site or ""), []).append(
            entry
        )
    return [
        Row(
            "/".join(part or "-" for part in group),
            {
                "use_case": group[0],
                "release": group[1] or None,
                "site": group[2],
                "n": len(there),
                "n_patients": len({identities.patient(_record(e)) for e in there if _patient(e)}),
            },
            tuple(entry.index for entry in there),
        )
        for group, there in sorted(groups.items())
    ]


q01_one_patient = Question(number=1, answer=answer)
