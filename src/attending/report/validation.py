"""What a committee reads of a silent validation: is the model good enough, and where?"""

from __future__ import annotations

import textwrap
from typing import Any

from attending.report.summary import list_of, sentence, title_of

WIDTH = 88

WORDS = {
    "met": "met",
    "not_met": "not met",
    "unsettled": "cannot tell yet",
    "error": "cannot be judged",
}


def summary_silent(told: dict[str, Any]) -> str:
    """Give the first paragraph. Every number in it is one of the report's own."""
    scopes = told["scopes"]
    sites = list_of([title_of(s) for s in scopes if s["scope"] != "all"])
    given = "answered silently" if _answered(told) else "gave no answer"
    said = [f"The model {given} at {sites}; nothing was shown to anybody."]
    good = _named(scopes, "good enough")
    said.append(
        sentence(f"it is shown to be good enough at {list_of(_with_days(good))}")
        if good
        else "It is shown to be good enough nowhere."
    )
    bad = _named(scopes, "not good enough")
    if bad:
        said.append(sentence(f"it is shown not to be good enough at {list_of(_with_days(bad))}"))
    untold = _named(scopes, "cannot tell yet")
    if untold:
        said.append(sentence(f"{list_of([title_of(s) for s in untold])} cannot be told yet"))
    return textwrap.fill(" ".join(said), WIDTH)


def _answered(told: dict[str, Any]) -> bool:
    """Tell whether any answer was given, where they are counted."""
    displays = [site["displays"] for site in told.get("answers", [])]
    return not displays or any("silent" in each for each in displays)


def _named(scopes: list[dict[str, Any]], found: str) -> list[dict[str, Any]]:
    return [s for s in scopes if s["found"] == found]


def _with_days(scopes: list[dict[str, Any]]) -> list[str]:
    return [f"{title_of(s)} (day {s['settled_on']})" for s in scopes]


def scope_lines(scope: dict[str, Any]) -> list[str]:
    """Write one scope: the finding, why, and each gate."""
    lines = [f"{sentence(title_of(scope))[:-1]}: {scope['finding']}"]
    lines += textwrap.wrap(scope["because"], WIDTH, initial_indent="  ", subsequent_indent="  ")
    for verdict in scope["verdicts"]:
        word = WORDS[verdict["word"]]
        day = f" since day {verdict['settled_on']}" if verdict["settled_on"] is not None else ""
        lines.append(f"  gate {verdict['rule']} on {verdict['metric']}: {word}{day}")
        lines += [
            f"    if {need['if']}: about {need['cases']:,} more cases,"
            f" {need['days_at_current_volume']:,} days at the volume seen"
            for need in scope["needed"]
            if need["metric"] == verdict["metric"] and need["cases"] is not None
        ]
    lines += [f"  day {m['day']}: {m['move']}, because {m['because']}" for m in scope["moves"]]
    return [*lines, ""]
