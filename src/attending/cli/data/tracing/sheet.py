"""Print a use case's data flows, before anybody signs."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from attending.admit import admit
from attending.cli.speaking.options import OUTPUT
from attending.cli.speaking.telling import tell
from attending.report.data.data_flow import as_text, flows
from attending.serve.features.from_views import from_views


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@OUTPUT
def sheet(folder: Path, *, output: str) -> None:
    """Print what of FOLDER's use case flows where, in which format, and how often."""
    admitted = admit(folder)
    use_case = admitted.use_case
    model = admitted.models.get(use_case.model.model) if use_case.model else None
    made = from_views(use_case, admitted.views.values(), {})
    views, prefetch = (made.views, made.prefetch) if made else ({}, {})
    told = flows(use_case, model, views, prefetch)
    plain = [msgspec.to_builtins(flow) for flow in told]
    tell(plain, [as_text(told, use_case.title)], output)
