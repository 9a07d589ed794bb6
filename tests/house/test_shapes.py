"""Nothing is read as a declared shape but by `attending.shapes`, which is safe from threads."""

from __future__ import annotations

import ast

HERE = "shapes"
TYPED = {"msgspec.json.decode", "msgspec.msgpack.decode", "msgspec.yaml.decode"}
ALWAYS = {"msgspec.convert", "inspect.type_info", "inspect.multi_type_info"}
DESCRIBED = {"msgspec.json.schema", "msgspec.json.schema_components"}  # of `ready` shapes
DECODERS = {"msgspec.json.Decoder", "msgspec.msgpack.Decoder"}


def reads_by_itself(module):
    """Give the lines where a module hands a shape to msgspec, or could under another name."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                is_hidden = alias.name in {"convert", "json", "msgpack", "yaml", "type_info"}
                if node.module.split(".")[0] == "msgspec" and is_hidden:
                    yield node.lineno
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in DESCRIBED and "shapes.ready" not in module.text:
                yield node.lineno
            is_typed = any(word.arg == "type" for word in node.keywords)
            if (
                called in ALWAYS
                or (called in TYPED and is_typed)
                or (called in DECODERS and (node.args or is_typed))
            ):
                yield node.lineno


def test_what_is_read_as_a_shape_is_read_safely_from_threads(modules):
    for module in modules:
        if module.dotted != HERE:
            lines = list(reads_by_itself(module))
            assert not lines, (
                f"{module.shown}:{lines[0]} hands a shape to msgspec itself; two threads that do "
                "so at once kill the process. Use attending.shapes."
            )
