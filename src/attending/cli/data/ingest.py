"""Ingest: take clinical data in, see what was set aside, and read it again after a fix."""

from __future__ import annotations

from typing import cast

import click

from attending import rooms
from attending.cli.data import ingesting

FILES = "files"


class Ingesting(click.Group):
    """A group whose commands are found by being there; other words are files to take in."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """List the commands by listing the files."""
        return [name.replace("_", "-") for name in rooms.names(ingesting)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        return cast("click.Command", rooms.fetch(ingesting, cmd_name.replace("-", "_")))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Leave what stands after a command, such as --help, to that command."""
        if args and args[0] in self.list_commands(ctx):
            ctx.allow_interspersed_args = False
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Take words that begin with no command for those of `files`."""
        if args[0] not in self.list_commands(ctx):
            args = [FILES, *args]
        return super().resolve_command(ctx, args)


@click.command(
    cls=Ingesting,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": True},
)
def ingest() -> None:
    """Take clinical data in: `attending ingest FILE... --site S --source NAME --store DIR`.

    Each file is kept as it came, under its digest, before anything reads it. What is said
    already, writes nothing; what cannot be read is set aside with its place and the reason.
    `attending ingest files --help` lists the options.
    """
