"""What verbs about a rollout have in common: where, who, why, and how it is told."""

from __future__ import annotations

from pathlib import Path

import click

STORE = click.option(
    "--store", required=True, type=click.Path(path_type=Path), help="The ledger's folder."
)
OUTPUT = click.option("-o", "output", type=click.Choice(["text", "json"]), default="text")
BY = click.option("--by", "person", required=True, help="Who says so, as committees name them.")
REASON = click.option("--reason", required=True, help="Why; it goes on record.")
SITE = click.option("--site", default="all", show_default=True, help="One site, or all of them.")
YES = click.option("--yes", is_flag=True, help="Needed, since it touches live patients.")
