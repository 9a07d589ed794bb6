"""One word for one thing, the words that hospital people say, spelled one way."""

from __future__ import annotations

import ast
import re

import pytest

# An older word, and what is said instead.
OLD = {
    "board": "committee",
    "boards": "committees",
    "ruling": "decision",
    "rulings": "decisions",
    "withdraw": "suspend",
    "withdraws": "suspends",
    "withdrawn": "suspended",
    "withdrawal": "suspension",
    "objection": "interlock",
    "objections": "interlocks",
    "signal": "caution",
    "signals": "cautions",
    "guardrail": "safety limit",
    "guardrails": "safety limits",
    "pack": "binder",
    "packs": "binders",
    "contingency": "condition",
    "contingencies": "conditions",
}

BRITISH = re.compile(
    r"\b(?:colour|flavour|favour|honour|neighbour|behaviour|labour|centre|metre|licence|defence|"
    r"artefact|catalogue|analyse|catalyse|programme|judgement|grey|cheque|fulfil(?!l)|enrol(?!l)|travell|"
    r"labell(?!edby)|modell|signall|(?:random|organ|standard|normal|summar|recogn|author|"
    r"final|minim|maxim|optim|initial|serial|canonical|material|visual|categor|penal|prior)is"
    r"(?:e|es|ed|er|ing|ation))\w*\b",
    re.IGNORECASE,
)

PEOPLE_READ = {".md", ".yaml", ".yml", ".html", ".svg", ".txt"}


def words_of(name):
    """Split a name into its words: ``SafetyLimit`` and ``safety_limit`` alike."""
    return [w.lower() for w in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


def defined_names(tree):
    """Give each name that this file gives to something; what others named is theirs."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


def texts(tree):
    """Give the text constants of a file: its docstrings and all that it may print."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def old_words_in(text):
    return [w for w in re.findall(r"[A-Za-z]+", text) if w.lower() in OLD]


@pytest.fixture(scope="session")
def read_by_people(root, kept_files):
    """Give the files that people read, generated and fetched ones with them."""
    return [
        p
        for p in kept_files
        if p.suffix in PEOPLE_READ and p.relative_to(root).parts[0] not in {"requirements", ".ci"}
    ]


def test_nothing_in_the_code_bears_an_old_word(modules, exceptions):
    found = {}
    for module in modules:
        names = [*module.dotted.split("."), *defined_names(module.tree)]
        for name in names:
            for word in set(words_of(name)) & set(OLD):
                found[f"{module.shown}:{name}"] = f"{word!r} is an old word; say {OLD[word]!r}"

    exceptions.settle("words-in-names", found)


def test_nothing_the_code_says_uses_an_old_word(modules, exceptions):
    found = {}
    for module in modules:
        for line, text in texts(module.tree):
            for word in old_words_in(text):
                said = f"line {line}: {word!r} is an old word; say {OLD[word.lower()]!r}"
                found[f"{module.shown}:{word.lower()}"] = said

    exceptions.settle("words-in-texts", found)


def test_nothing_people_read_uses_an_old_word(root, read_by_people, exceptions):
    found = {}
    for path in read_by_people:
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            for word in old_words_in(line):
                where = f"{path.relative_to(root)}:{word.lower()}"
                found[where] = f"line {number}: an old word; say {OLD[word.lower()]!r}"

    exceptions.settle("words-in-pages", found)


def test_there_is_one_spelling_and_it_is_american(root, read_by_people, modules, exceptions):
    found = {}
    for path in [*read_by_people, *(m.path for m in modules)]:
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            for word in BRITISH.findall(line):
                where = f"{path.relative_to(root)}:{word.lower()}"
                found[where] = f"line {number}: {word!r} is not the American spelling"

    exceptions.settle("spelling", found)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("SafetyLimit", ["safety", "limit"]),
        ("is_on_board", ["is", "on", "board"]),
        ("URL", ["url"]),
    ],
)
def test_a_name_is_read_word_by_word(name, words):
    assert words_of(name) == words


def test_a_longer_word_is_not_the_old_word_inside_it():
    assert not old_words_in("dashboards, packages, unsigned, package signaling")
