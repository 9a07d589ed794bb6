"""Read values as the shapes they are declared to have, from any number of threads.

msgspec works out what a Struct's fields hold when the Struct is first read, and keeps the
half-made answer on the class while it works: a second thread that reads the same Struct
meanwhile follows a pointer that is not there yet, and the process dies (msgspec 0.22,
``StructInfo_Convert`` in ``_core.c``). So each shape is worked out once, under a lock, before
anybody reads by it; afterwards msgspec is as safe from threads as it says it is.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, TypeVar, overload

import msgspec
from msgspec import inspect

if TYPE_CHECKING:
    from collections.abc import Hashable

T = TypeVar("T")

_lock = threading.Lock()
_ready: set[Hashable] = set()


@overload
def decoder(shape: type[T]) -> msgspec.json.Decoder[T]: ...


@overload
def decoder(shape: object) -> msgspec.json.Decoder[Any]: ...


def decoder(shape: object) -> msgspec.json.Decoder[Any]:
    """Give what reads JSON as one shape."""
    with _lock:
        made = msgspec.json.Decoder(shape)
        _ready.add(shape)
        return made


@overload
def convert(value: object, shape: type[T], *, strict: bool = True) -> T: ...


@overload
def convert(value: object, shape: object, *, strict: bool = True) -> Any: ...  # noqa: ANN401  a union's own type


def convert(value: object, shape: object, *, strict: bool = True) -> Any:
    """Give a plain value as a shape; a text that holds a number is one where not strict.

    Raises
    ------
    msgspec.ValidationError
        It is not of this shape.

    """
    return msgspec.convert(value, ready(shape), strict=strict)


def decode(raw: bytes | str, shape: type[T]) -> T:
    """Read JSON as a shape.

    Raises
    ------
    msgspec.DecodeError
        It is not JSON, or (ValidationError) not of this shape.

    """
    return msgspec.json.decode(raw, type=ready(shape))


def unpack(raw: bytes, shape: type[T]) -> T:
    """Read MessagePack as a shape.

    Raises
    ------
    msgspec.DecodeError
        It is not MessagePack, or (ValidationError) not of this shape.

    """
    return msgspec.msgpack.decode(raw, type=ready(shape))


def type_info(shape: object) -> inspect.Type:
    """Give what msgspec tells of a shape's fields."""
    return inspect.type_info(ready(shape))


def ready(shape: T) -> T:
    """Give a shape back once it is worked out, for whoever hands it to msgspec."""
    if shape not in _ready:
        decoder(shape)
    return shape
