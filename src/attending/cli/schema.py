"""`attending schema`: the shape of every document, for editors to complete and check."""

from __future__ import annotations

import click
import msgspec

from attending.spec.schema import EVERY, schema_of, schema_of_any


@click.command(epilog=f"Kinds: {', '.join(EVERY)}.")
@click.argument("kind", required=False)
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "json"]),
    default="text",
    help="text is indented for people; json is one line.",
)
def schema(kind: str | None, output: str) -> None:
    """Print the JSON Schema of KIND, or without KIND of every document of a folder.

    In an editor with a YAML language server, save it and begin each file with
    `# yaml-language-server: $schema=<that file>`.
    """
    shape = msgspec.json.encode(schema_of(kind) if kind else schema_of_any())
    click.echo(msgspec.json.format(shape, indent=2) if output == "text" else shape)
