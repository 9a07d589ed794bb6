"""Lineage: walk from an answer to raw bytes and upstream, and say what flows where."""

from __future__ import annotations

from typing import cast

import click

from attending import rooms
from attending.cli.data import tracing

ANSWER = "answer"


class Tracing(click.Group):
    """A group whose commands are found by being there; another word is an answer's id."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """List the commands by listing the files."""
        return list(rooms.names(tracing))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        return cast("click.Command", rooms.fetch(tracing, cmd_name))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Leave what stands after a command, such as --help, to that command."""
        if args and args[0] in self.list_commands(ctx):
            ctx.allow_interspersed_args = False
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Take a word that is no command for the id of an answer."""
        if args[0] not in self.list_commands(ctx):
            args = [ANSWER, *args]
        return super().resolve_command(ctx, args)


@click.command(
    cls=Tracing,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": True},
)
def lineage() -> None:
    """Trace one answer: `attending lineage PREDICTION --store DIR`.

    Its features are made again from raw bytes. Exit code 5: something is not as it was recorded.
    """
