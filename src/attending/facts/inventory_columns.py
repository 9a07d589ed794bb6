"""The inventory's columns: their names in order, what each may hold, and how it is written.

They are those of a sheet that people keep, so that it can be taken in as it is and given back.
"""

from __future__ import annotations

import re
from datetime import date

from attending.errors import NoSuchName, Refused

Value = str | float | tuple[str, ...] | None

PROTECTED = ("race", "color", "national_origin", "sex", "age", "disability")

TASKS = (
    "detect", "predict", "triage", "draft", "summarize", "code", "schedule", "converse", "other",
)  # fmt: skip

CHOICES: dict[str, tuple[str, ...]] = {
    "made": ("bought", "built"),
    "claimed_status": ("idea", "in_review", "pilot", "live", "stalled", "stopped", "retired"),
    "path": ("A", "B", "both"),
    "task": TASKS,
    "device": ("device", "not_device", "unclear"),
    **{f"protected_{name}": ("direct", "proxy", "none", "not_known") for name in PROTECTED},
}

DATES = ("protected_reviewed_on", "started_on", "last_used_on", "contract_ends")
LISTS = ("aliases", "sites", "units", "population", "setting", "inputs")

SPEND = re.compile(r"spend_\d{4}_[a-z][a-z0-9_]*")
SPEND_COLUMN = "spend_<year>_<kind>"

COLUMNS = (
    "tool", "name", "aliases", "vendor", "use_case", "made", "claimed_status", "path", "owner",
    "sponsor", "champion", "sites", "units", "task", "population", "setting", "output", "inputs",
    *(f"protected_{name}" for name in PROTECTED), "protected_reviewed_on", "mitigation", "device",
    SPEND_COLUMN, "currency", "started_on", "last_used_on", "contract_ends",
)  # fmt: skip

CURRENCIES = frozenset(
    ("AED", "AUD", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK", "EUR", "GBP", "HKD",
     "HUF", "IDR", "ILS", "INR", "ISK", "JPY", "KRW", "MXN", "MYR", "NOK", "NZD", "PHP", "PLN",
     "QAR", "RON", "SAR", "SEK", "SGD", "THB", "TRY", "TWD", "USD", "ZAR")
)  # fmt: skip

TOOL_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
LONGEST = 2_000  # characters of one cell
FORMULA = ("=", "+", "-", "@")  # a sheet would run what begins so
NOT_KNOWN = frozenset(("", "not known", "not_known", "unknown"))
ISO = re.compile(r"\d{4}-\d{2}-\d{2}")


def is_column(name: str) -> bool:
    """Tell whether an inventory may have a column of this name."""
    return (name in COLUMNS and name != SPEND_COLUMN) or SPEND.fullmatch(name) is not None


def kind_of(field: str) -> str:
    """Give what a column holds: ``choice``, ``date``, ``list``, ``spend``, ``currency``, ``text``.

    Raises
    ------
    NoSuchName
        There is no such column.

    """
    if not is_column(field):
        raise NoSuchName(field, "the columns of an inventory", COLUMNS)
    if field in CHOICES:
        return "choice"
    if field in DATES:
        return "date"
    if field in LISTS:
        return "list"
    if field.startswith("spend_"):
        return "spend"
    return "currency" if field == "currency" else "text"


def choice(field: str, typed: str) -> str | None:
    """Give the word of a closed list that was typed, whatever its case and spaces; None: none.

    >>> choice("claimed_status", " In review ")
    'in_review'
    """
    plain = re.sub(r"[\s_-]+", "_", typed.strip()).lower()
    return next((word for word in CHOICES[field] if word.lower() == plain), None)


def items(typed: str) -> tuple[str, ...]:
    """Give the items of a list, joined by ``; `` or by line ends; each once, in order."""
    found = (re.sub(r"\s+", " ", each).strip() for each in re.split(r"[;\n]", typed))
    return tuple(dict.fromkeys(each for each in found if each))


def settled(field: str, typed: str) -> Value:
    """Give the value a person typed for a column; None where they typed that it is not known.

    Raises
    ------
    Refused
        The column does not take that; with what it takes.

    """
    kind, text = kind_of(field), typed.strip()
    if len(text) > LONGEST or any(ord(c) < ord(" ") and c not in "\n\t" for c in text):
        raise Refused(f"{field} takes plain text of at most {LONGEST} characters")
    if text.lower() in NOT_KNOWN:
        return "not_known" if field.startswith("protected_") and kind == "choice" else None
    if kind == "choice":
        found = choice(field, text)
        if found is None:
            raise Refused(f"{field} does not take {text!r}", accepted=CHOICES[field])
        return found
    if kind == "date":
        return _date(field, text)
    if kind == "spend":
        return _amount(field, text)
    if kind == "currency":
        if text.upper() not in CURRENCIES:
            raise Refused("currency takes a code of ISO 4217", accepted=sorted(CURRENCIES))
        return text.upper()
    if text.startswith(FORMULA):
        raise Refused(f"{field} begins with {text[0]!r}, which a sheet would run as a formula")
    return items(text) if kind == "list" else text


def _date(field: str, text: str) -> str:
    try:
        if ISO.fullmatch(text):
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    raise Refused(f"{field} takes a date of the calendar", accepted=["2026-10-13", "not known"])


def _amount(field: str, text: str) -> float:
    if not re.fullmatch(r"\d{1,15}(\.\d{1,4})?", text):
        raise Refused(f"{field} takes an amount in figures", accepted=["12000", "12000.50"])
    return float(text)


def written(value: Value) -> str:
    """Write a value as a cell of text holds it.

    >>> written(("Alder", "Birch")), written(12000.0), written(None)
    ('Alder; Birch', '12000', '')
    """
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return "; ".join(value)
    if isinstance(value, (int, float)):
        return f"{value:.12g}" if value != int(value) else str(int(value))
    return value
