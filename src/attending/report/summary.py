"""The first paragraph: what can be said, in one breath, from the findings alone."""

from __future__ import annotations

from typing import Any


def summary(told: dict[str, Any]) -> str:
    """Give the paragraph. Every number in it is one of the report's own."""
    scopes = told["scopes"]
    parts = [_enough(scopes) or _shown(scopes), _no_worse(scopes, told["floor"])]
    parts += [_cautions(scopes), _untold(scopes), _suspended(told["moves"], scopes)]
    return " ".join(part for part in parts if part)


def _named(scopes: list[dict[str, Any]], found: str) -> list[dict[str, Any]]:
    return [s for s in scopes if s["found"] == found]


def title_of(scope: dict[str, Any]) -> str:
    """Name a scope as people do."""
    return "all sites together" if scope["scope"] == "all" else str(scope["title"])


def _are(which: list[dict[str, Any]]) -> str:
    return "is" if len(which) == 1 and which[0]["scope"] != "all" else "are"


def list_of(names: list[str]) -> str:
    """Write names as a list in a sentence."""
    if len(names) <= 1:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def sentence(words: str) -> str:
    """Write words as a sentence."""
    return words[:1].upper() + words[1:] + "."


def _days(scopes: list[dict[str, Any]]) -> str:
    if len(scopes) == 1:
        return f"on day {scopes[0]['settled_on']}"
    return list_of([f"{title_of(s)} on day {s['settled_on']}" for s in scopes])


def _enough(scopes: list[dict[str, Any]]) -> str:
    """Say where it is good enough and where not; empty where arms are compared instead."""
    said = []
    for found in ("not good enough", "good enough"):
        which = _named(scopes, found)
        if which:
            names = list_of([title_of(s) for s in which])
            said.append(sentence(f"{names} {_are(which)} shown to be {found} ({_days(which)})"))
    return " ".join(said)


def _shown(scopes: list[dict[str, Any]]) -> str:
    said = []
    for found, words in (("shown to harm", "to harm"), ("shown to help", "to help")):
        which = _named(scopes, found)
        if which:
            names = list_of([title_of(s) for s in which])
            said.append(sentence(f"{names} {_are(which)} shown {words} ({_days(which)})"))
    if not said:
        return "Nothing is shown to help or to harm."
    return " ".join(said)


def _no_worse(scopes: list[dict[str, Any]], floor: float | None) -> str:
    which = _named(scopes, "no worse than")
    if not which:
        return ""
    names = list_of([title_of(s) for s in which])
    words = f"{names} {_are(which)} shown to be no worse than {floor} times usual care"
    return sentence(f"{words} ({_days(which)})")


def _cautions(scopes: list[dict[str, Any]]) -> str:
    which = _named(scopes, "worse than promised")
    if not which:
        return ""
    names = list_of([title_of(s) for s in which])
    return sentence(f"{names} {_are(which)} held by a caution ({_days(which)})")


def _untold(scopes: list[dict[str, Any]]) -> str:
    which = _named(scopes, "cannot tell yet")
    if not which:
        return ""
    return sentence(f"{list_of([title_of(s) for s in which])} cannot be told yet")


def _suspended(moves: list[dict[str, Any]], scopes: list[dict[str, Any]]) -> str:
    titles = {s["scope"]: title_of(s) for s in scopes}
    which = [m for m in moves if m["move"] == "suspend"]
    if not which:
        return "Nothing is suspended."
    names = [f"{titles.get(m['scope'], m['scope'])} on day {m['day']}" for m in which]
    return sentence(f"output was suspended: {list_of(names)}")
