"""YAML in, specs out: is every name one that something bears?

This is the only place where YAML is read, and the only one where a folder of specs
becomes something the platform acts on. Nothing in it is guessed: what is not known is
refused, with its line and the nearest name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from ruamel.yaml import YAML, events
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from attending import measure, rooms
from attending.decide import cautions, gates, safety_limits
from attending.digest import digest
from attending.ingest.terms.pinned import wrong_files
from attending.report import proofs
from attending.serve import channels, engines
from attending.serve.model_file import wrong_file
from attending.spec import agreements
from attending.spec.agreement import Declared, Vocabulary
from attending.spec.agreements.columns import inside
from attending.spec.data.terms import Terms
from attending.spec.document import dotted
from attending.spec.kinds import KINDS, MANY, name_of
from attending.spec.mistake import Mistake, SpecRefused
from attending.spec.model import Model
from attending.spec.parse import Shape, parse_as, parse_document
from attending.spec.rollout import Rollout
from attending.spec.source import Source
from attending.spec.use_case import UseCase
from attending.spec.writing import Writing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from attending.spec.agreement import Disagreement
    from attending.spec.committee import Committee
    from attending.spec.data.view import View
    from attending.spec.document import Document
    from attending.spec.kinds import Spec
    from attending.spec.rulebook import Rulebook
    from attending.spec.site import Site
    from attending.spec.vendor import Vendor

MOST_BYTES = 1 << 20  # of one file: a spec is written by people, and read before it is trusted
MOST_FILES = 256

YAML_TAG = "tag:yaml.org,2002:"
SLIPS = {
    "'\\t'": "; indent with spaces, not with tabs",
    "mapping values are not allowed": "; put text that holds a colon in quotes",
    "expected the node content": "; is a value missing, or a bracket too many?",
    "could not find expected ':'": "; is a colon missing, or the indent wrong?",
    "expected ',' or": "; is a bracket or a comma missing?",
    "expected <block end>": "; is the indent the same as in the lines above?",
}


@dataclass(frozen=True)
class Folder:
    """A use-case folder in which everything is known and agrees.

    Attributes
    ----------
    path
        Where it was read.
    use_case, rollout
        The one use case, and its rollout where there is one.
    sources, sites, models, vendors, committees, rulebooks, views, terms
        By name; the rulebooks are the hospital's own.
    digests
        SHA-256 of each document's canonical content, by ``Kind/name``: comments, the
        order of keys and quotes around text do not change it.

    """

    path: Path
    use_case: UseCase
    rollout: Rollout | None
    sources: dict[str, Source]
    sites: dict[str, Site]
    models: dict[str, Model]
    vendors: dict[str, Vendor]
    committees: dict[str, Committee]
    digests: dict[str, str]
    rulebooks: dict[str, Rulebook] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    terms: dict[str, Terms] = field(default_factory=dict)


def vocabulary() -> Vocabulary:
    """List every name the rooms hold, without importing what bears it."""
    return Vocabulary(
        metrics=rooms.dotted(measure),
        gates=rooms.names(gates),
        cautions=rooms.names(cautions),
        safety_limits=rooms.names(safety_limits),
        engines=rooms.names(engines),
        channels=rooms.names(channels),
        proofs=rooms.names(proofs),
        rulebooks=rooms.folders("rulebooks"),
    )


def admit(folder: Path, *, source: Path | None = None, known: Vocabulary | None = None) -> Folder:
    """Read a use-case folder, and refuse it unless everything in it is known and agrees.

    Parameters
    ----------
    folder
        Its ``*.yaml`` files are read; nothing else is, save a model's declared ``file``.
    source
        A file with one more Source, which stands in for the folder's Source of the same
        name: `replay` maps somebody's files without a change to the folder.
    known
        The names a spec may call for; those of the rooms unless told otherwise.

    Raises
    ------
    SpecRefused
        With every mistake: first those inside single documents, and when there are
        none, those between documents.

    """
    read, mistakes = _read_all(_files(folder))
    if source is not None:
        lone = _lone_source(source)
        read = {**read, lone.key: lone}
    mistakes += _models_files(folder, read.values())
    declared = _declared(folder, read, mistakes, known or vocabulary())
    told = [each for rule in _rules() for each in rule(declared)]
    if told:
        raise SpecRefused(_placed(told, read))
    many: dict[str, Any] = {name: dict(getattr(declared, name)) for name in MANY}
    return Folder(
        path=folder,
        use_case=declared.use_case,
        rollout=declared.rollout,
        digests={key: each.digest for key, each in sorted(read.items())},
        **many,
    )


def load_source(path: Path) -> Source:
    """Read a file that holds one Source and nothing else; `SpecRefused` if it does not."""
    return cast("Source", _lone_source(path).spec)


def read_lone(path: Path, struct: type[Shape], *, under: str = "") -> tuple[Shape, Document]:
    """Read a file of one document that is no spec of a folder; a bare list stands `under` a key.

    Raises
    ------
    SpecRefused
        With every mistake in it.

    """
    found = read_document(path)
    document = found.under(under) if under else found
    return parse_as(document, struct), document


def read_each(path: Path, struct: type[Shape]) -> tuple[Shape, ...]:
    """Read a file of documents of one kind, such as views; `SpecRefused` if it is none."""
    documents = documents_of(_text_of(path), file=path.name)
    return tuple(parse_as(document, struct) for document in documents)


def read_document(path: Path) -> Document:
    """Read a file that holds one document and nothing else; `SpecRefused` if it does not."""
    found = documents_of(_text_of(path), file=path.name)
    if len(found) != 1:
        raise SpecRefused([Mistake(f"one document is wanted here, not {len(found)}", path.name)])
    return found[0]


@dataclass(frozen=True)
class _Read:
    """One document, and the spec it became."""

    spec: Spec
    document: Document
    digest: str

    @property
    def key(self) -> str:
        return f"{type(self.spec).__name__}/{name_of(self.spec)}"


def _rules() -> Iterator[Callable[[Declared], Iterable[Disagreement]]]:
    for name in rooms.names(agreements):
        yield cast("Callable[[Declared], Iterable[Disagreement]]", rooms.fetch(agreements, name))


def _placed(told: Iterable[Disagreement], read: Mapping[str, _Read]) -> list[Mistake]:
    placed = []
    for each in told:
        where = read[f"{each.kind}/{each.name}"].document.where(each.at)
        placed.append(Mistake(each.what, where, dotted(each.at), each.accepted, each.nearest))
    return placed


def _lone_source(path: Path) -> _Read:
    read, mistakes = _read_all([path])
    found = list(read.values())
    if not mistakes and [type(each.spec) for each in found] != [Source]:
        kinds = ", ".join(type(each.spec).__name__ for each in found) or "nothing"
        mistakes = [Mistake(f"one `kind: Source` document is wanted here, not {kinds}", path.name)]
    if not mistakes:
        mistakes = _placed(inside(cast("Source", found[0].spec)), read)
    if mistakes:
        raise SpecRefused(mistakes)
    return found[0]


def _declared(
    folder: Path,
    read: Mapping[str, _Read],
    mistakes: list[Mistake],
    known: Vocabulary,
) -> Declared:
    by_kind: dict[type, dict[str, Spec]] = {struct: {} for struct in KINDS.values()}
    for each in read.values():
        by_kind[type(each.spec)][name_of(each.spec)] = each.spec
    use_cases, rollouts = list(by_kind[UseCase].values()), list(by_kind[Rollout].values())
    if not mistakes:
        mistakes = _counted(folder, read)
    if mistakes:
        raise SpecRefused(mistakes)
    many: dict[str, Any] = {name: by_kind[struct] for name, struct in MANY.items()}
    return Declared(
        use_case=cast("UseCase", use_cases[0]),
        vocabulary=known,
        rollout=cast("Rollout", rollouts[0]) if rollouts else None,
        **many,
    )


def _counted(folder: Path, read: Mapping[str, _Read]) -> list[Mistake]:
    """A folder is one use case and at most one rollout; `apply` must know which."""
    mistakes = []
    use_cases = [each for each in read.values() if isinstance(each.spec, UseCase)]
    rollouts = [each for each in read.values() if isinstance(each.spec, Rollout)]
    if not use_cases:
        what = "there is no `kind: UseCase` document in this folder; add one, as usecase.yaml"
        mistakes.append(Mistake(what, str(folder)))
    for surplus, kind in ((use_cases[1:], "UseCase"), (rollouts[1:], "Rollout")):
        what = f"a folder holds one {kind}; move this one to a folder of its own"
        mistakes += [Mistake(what, each.document.where(())) for each in surplus]
    return mistakes


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise SpecRefused([Mistake("there is no such folder", str(folder))])
    seen = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    mistakes = [
        Mistake(f"only *.yaml is read; rename it to {path.stem}.yaml", path.name)
        for path in seen
        if path.suffix == ".yml"
    ]
    files = [path for path in seen if path.suffix == ".yaml"]
    mistakes += [
        Mistake("this is a link to a file outside the folder; copy the file in", path.name)
        for path in files
        if not path.resolve().is_relative_to(folder.resolve())
    ]
    if not files and not mistakes:
        mistakes.append(Mistake("there is no *.yaml file in this folder", str(folder)))
    if len(files) > MOST_FILES:
        mistakes.append(Mistake(f"{len(files)} files; at most {MOST_FILES} are read", str(folder)))
    if mistakes:
        raise SpecRefused(mistakes)
    return files


def _models_files(folder: Path, read: Iterable[_Read]) -> list[Mistake]:
    """A model's file lies in the folder, and is the one that was meant; so is a map's."""
    mistakes = []
    for each in read:
        if isinstance(each.spec, Model) and (what := wrong_file(each.spec, folder)):
            mistakes.append(Mistake(what, each.document.where(("file",)), "file"))
        for n, what in wrong_files(each.spec, folder) if isinstance(each.spec, Terms) else ():
            mistakes.append(Mistake(what, each.document.where(("files", n)), "sha256"))
    return mistakes


def _read_all(paths: Iterable[Path]) -> tuple[dict[str, _Read], list[Mistake]]:
    read: dict[str, _Read] = {}
    mistakes: list[Mistake] = []
    for path in paths:
        try:
            documents = documents_of(_text_of(path), file=path.name)
        except SpecRefused as refused:
            mistakes += refused.mistakes
            continue
        for document in documents:
            try:
                spec, plain = parse_document(document)
            except SpecRefused as refused:
                mistakes += refused.mistakes
                continue
            each = _Read(spec, document, digest(plain))
            if each.key in read:
                first = read[each.key].document.where(())
                what = f"{each.key} is declared already, at {first}; keep one or rename it"
                mistakes.append(Mistake(what, document.where(("name",)), "name"))
            read[each.key] = each
    return read, mistakes


def _text_of(path: Path) -> str:
    """Read a file, no further than the cap, and only if it is a file."""
    if not path.is_file():
        raise SpecRefused([Mistake("this is no file that can be read", path.name)])
    with path.open("rb") as stream:
        data = stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise SpecRefused([Mistake(f"larger than {MOST_BYTES} bytes; split it", path.name)])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what = "a character here is not UTF-8; save the file as UTF-8"
        raise SpecRefused([Mistake(what, f"{path.name}:{line}")]) from error


def documents_of(text: str, *, file: str = "") -> tuple[Document, ...]:
    """Split YAML text into documents of plain content, with the line of every part.

    Raises
    ------
    SpecRefused
        For text that is not YAML, and for what a spec has no use for: a key written
        twice, anchors and aliases, tags, keys that are lists, extreme depth.

    """
    writing = Writing(file)
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            writing.line = event.start_mark.line + 1
            _write(event, writing)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        writing.line = mark.line + 1 if mark else writing.line
        problem = error.problem or error.context or "it ends too soon"
        hint = next((hint for sign, hint in SLIPS.items() if sign in problem), "")
        begun = error.context_mark.line + 1 if error.context_mark else writing.line
        since = f", in what begins on line {begun}" if begun != writing.line else ""
        writing.refuse(f"this is not YAML: {problem}{since}{hint}")
    except (YAMLError, ValueError, OverflowError) as error:
        # the last two are the scanner's own slips, on "\\UFFFFFFFF"; to a reader all are one
        writing.refuse(f"this is not YAML: {str(error).splitlines()[0]}")
    if writing.mistakes:
        raise SpecRefused(writing.mistakes)
    return tuple(writing.documents)


def _write(event: events.Event, writing: Writing) -> None:
    anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
    if isinstance(event, events.AliasEvent):
        writing.refuse(f"aliases are not read; write out what *{anchor} stands for")
        writing.scalar("", quoted=True)
    elif anchor is not None:
        writing.refuse(f"anchors are not read; leave out &{anchor} and write it out again")
    if tag is not None:
        writing.refuse(f"tags are not read; leave out {tag.replace(YAML_TAG, '!!')}")
    match event:
        case events.ScalarEvent():
            writing.scalar(event.value, quoted=not event.implicit[0])
        case events.MappingStartEvent():
            writing.begin({})
        case events.SequenceStartEvent():
            writing.begin([])
        case events.CollectionEndEvent():
            writing.end()
        case events.DocumentStartEvent():
            writing.begin_document()
        case events.DocumentEndEvent():
            writing.end_document()
