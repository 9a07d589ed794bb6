"""Reads where a table row writes: `participant[1].individual(Practitioner)`, `[1].given[2]`.

A step is an element with, perhaps, an index; an index only tells two entries of a list
apart, its number means nothing. A step may lead on, in parentheses, into another resource
that the element refers to. Other spellings are slips or prose and are not read.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from attending.errors import Refused

NAME = re.compile(r"\$?[A-Za-z]+")
INDEX = re.compile(r"\[([\w-]+)\]")
TYPE = re.compile(r"([A-Z][A-Za-z]+)(?:\[\w+\])?")
CONSTANT = re.compile(r'(.+?)\s*=\s*"([^"]*)"')


class Step(NamedTuple):
    """One step of a path."""

    name: str  # empty: the thing itself, as in `[1].given`
    nth: str = ""
    into: str = ""  # the type of the resource that this refers to, and where the path goes on


class Target(NamedTuple):
    """Where a row writes, and the constant it writes if the place itself says one."""

    steps: tuple[Step, ...]
    constant: str = ""


class NoTarget(Refused):
    """A target that is not read here."""


def target(text: str) -> Target:
    """Read a target.

    Raises
    ------
    NoTarget
        If it is spelled in another way.

    """
    text = text.strip()
    said = CONSTANT.fullmatch(text)
    path, constant = (said[1], said[2]) if said else (text, "")
    steps, rest = _steps(path)
    if rest or not steps:
        raise NoTarget(f"{text!r} is no path that is read here")
    return Target(tuple(steps), constant)


def _steps(text: str) -> tuple[list[Step], str]:
    """Read steps as far as they go; give what is left."""
    steps: list[Step] = []
    while text:
        name = NAME.match(text)
        text = text[name.end() :] if name else text
        index = INDEX.match(text)
        text = text[index.end() :] if index else text
        if not name and not index:
            break
        step = Step(name[0] if name else "", index[1] if index else "")
        if text.startswith("("):
            into, inner, text = _into(text[1:])
            steps += [step._replace(into=into), *inner]
            break
        steps.append(step)
        if not text.startswith("."):
            break
        text = text[1:]
        if not text:
            return steps, "."
    return steps, text


def _into(text: str) -> tuple[str, list[Step], str]:
    """Read `Practitioner.name)` after the opening parenthesis."""
    kind = TYPE.match(text)
    if kind is None:
        return "", [], f"({text}"
    text = text[kind.end() :]
    inner: list[Step] = []
    if text.startswith("."):
        inner, text = _steps(text[1:])
    return (kind[1], inner, text[1:]) if text.startswith(")") else ("", [], f"({text}")
