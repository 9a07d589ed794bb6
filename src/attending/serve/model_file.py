"""A model's file: found inside its use-case folder, by digest, and looked through.

The digest decides, never the name; of a sealed file it is that of its content. A path that leaves
the folder is refused, and so are a file past the size cap, other bytes than the declared ones, and
an ONNX file that asks for data outside itself: ONNX lets a tensor name another file to be read
from disk.
"""

from __future__ import annotations

from hashlib import file_digest, sha256
from typing import TYPE_CHECKING, Any, cast

from attending.errors import Refused
from attending.sealed import content

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from attending.spec.model import Model

MAX_BYTES = 256 * 1024 * 1024  # one model; what is larger is served from its own process

# Which field of which message holds which message (onnx.proto, IR version 13): only what
# leads to a tensor. The two fields of a tensor that point outside the file come last.
INSIDE: dict[str, dict[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
EXTERNAL_DATA, DATA_LOCATION = 13, 14
A_GRAPH, GRAPHS = 6, 11  # of an attribute: what a loop or a branch runs
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5  # protobuf wire types
MAX_SHIFT = 63


def read_model_file(model: Model, folder: Path) -> bytes:
    """Read the declared bytes of a model.

    Raises
    ------
    Refused
        When there is no file or digest, the path leaves the folder, the file is past
        the cap, or its digest is another.

    """
    where = f"model {model.name}"
    if not model.file or not model.sha256:
        raise Refused("a model in a file needs its file and its sha256", where=where)
    inside = folder.resolve()
    path = (inside / model.file).resolve()
    if not path.is_relative_to(inside) or not path.is_file():
        raise Refused(f"no file {model.file!r} in the use-case folder", where=where)
    if path.stat().st_size > MAX_BYTES:
        raise Refused(f"{model.file} is larger than {MAX_BYTES} bytes", where=where)
    with content(path) as file:
        raw = file.read()
    found = sha256(raw).hexdigest()
    if found != model.sha256.lower():
        raise Refused(f"{model.file} has digest {found}, not the declared one", where=where)
    return raw


def check_self_contained(raw: bytes, *, where: str) -> None:
    """Refuse an ONNX file that names data outside itself, at any depth."""
    for message, field, part in _walked(raw, where):
        if message == "tensor" and _points_outside(field, part):
            raise Refused("the ONNX file asks for data outside itself", where=where)


def is_straight(raw: bytes, *, where: str) -> bool:
    """Tell whether an ONNX file holds no loop and no branch: a run is each step once."""
    return not any(
        message == "attribute" and field in (A_GRAPH, GRAPHS)
        for message, field, _ in _walked(raw, where)
    )


def _walked(raw: bytes, where: str) -> Iterator[tuple[str, int, memoryview | int]]:
    """Give every field of every message that leads to a tensor: message, number, value."""
    waiting: list[tuple[str, memoryview]] = [("model", memoryview(raw))]
    while waiting:
        message, view = waiting.pop()
        inside = INSIDE[message]
        for field, part in _fields(view, where):
            yield message, field, part
            if field in inside and isinstance(part, memoryview):
                waiting.append((inside[field], part))


def _points_outside(field: int, part: memoryview | int) -> bool:
    return field == EXTERNAL_DATA or (field == DATA_LOCATION and part != 0)


def _fields(view: memoryview, where: str) -> Iterator[tuple[int, memoryview | int]]:
    at, end = 0, len(view)
    while at < end:
        tag, at = _varint(view, at, where)
        field, wire = tag >> 3, tag & 7
        if wire == VARINT:
            value, at = _varint(view, at, where)
            yield field, value
            continue
        if wire == BYTES:
            size, at = _varint(view, at, where)
        elif wire in (FIXED64, FIXED32):
            size = 8 if wire == FIXED64 else 4
        else:
            raise Refused("not an ONNX file", where=where)
        if at + size > end:
            raise Refused("the ONNX file is cut short", where=where)
        yield field, view[at : at + size]
        at += size


def _varint(view: memoryview, at: int, where: str) -> tuple[int, int]:
    value = shift = 0
    while at < len(view) and shift <= MAX_SHIFT:
        byte = view[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return value, at
    raise Refused("not an ONNX file", where=where)


def wrong_file(model: Model, folder: Path) -> str:
    """Say why a folder does not hold the file that a model declares; empty where it does."""
    name = model.file
    if name is None:
        return ""
    try:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()):
            return f"{name!r} lies outside the folder; copy it in and name it from there"
        with content(path) as stream:
            found = file_digest(cast("Any", stream), "sha256").hexdigest()
    except Refused as refused:
        return f"{name!r} cannot be opened: {refused}"
    except (OSError, RuntimeError):  # RuntimeError: a loop of links
        return f"there is no file {name!r} in this folder that can be read"
    if model.sha256 is None:
        return f"`sha256:` is missing; if {name!r} is the file you tested, write `sha256: {found}`"
    other = f"{name!r} is not the file that was declared; its sha256 is {found}"
    return "" if model.sha256 == found else other
