"""The terminal's door: one verb per file, found by being there."""

from __future__ import annotations

import sys
from importlib import import_module
from pkgutil import iter_modules

import click

from attending import __version__
from attending.cli import data, proof
from attending.cli.speaking.failing import failing
from attending.errors import GateNotMet, NoSuchName, ProofFailed, Refused

SHELVES = (__name__, data.__name__, proof.__name__)
EXIT_ERROR, EXIT_GATE, EXIT_PROOF = 1, 4, 5  # contract C11


def verbs() -> dict[str, str]:
    """Give where each verb stands: here, or on the shelf of those about data or about proofs."""
    shelves = {package: sys.modules[package].__path__ for package in SHELVES}
    return {
        module.name: f"{shelf}.{module.name}"
        for shelf, path in shelves.items()
        for module in iter_modules(path)
        if not module.ispkg
    }


class Verbs(click.Group):
    """A group that imports a verb only when it is asked for, so that starting is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """List the verbs by listing the files."""
        return sorted(verbs())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one verb; the nearest name is offered where there is none."""
        where = verbs().get(cmd_name)
        if where is None:
            raise NoSuchName(cmd_name, "the verbs of attending", self.list_commands(ctx))
        command = getattr(import_module(where), cmd_name)
        return command if isinstance(command, click.Command) else None


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="attending %(version)s")
def door() -> None:
    """Every AI in a hospital works under supervision."""


def main() -> None:
    """Run a verb; stdout is data, stderr is words, the exit code is a contract."""
    try:
        code = door.main(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(EXIT_ERROR)
    except click.ClickException as error:
        error.show()
        sys.exit(EXIT_ERROR)
    except Refused as error:
        sys.stderr.write(f"refused: {failing(error) or error}\n")
        gate, proof = isinstance(error, GateNotMet), isinstance(error, ProofFailed)
        sys.exit(EXIT_GATE if gate else EXIT_PROOF if proof else EXIT_ERROR)
    except Exception as error:
        if not (words := failing(error)):
            raise
        sys.stderr.write(f"refused: {words}\n")
        sys.exit(EXIT_ERROR)
    sys.exit(code if isinstance(code, int) else 0)
