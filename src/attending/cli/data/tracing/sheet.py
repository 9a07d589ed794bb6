"""Print a use case's data flows, before anybody signs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
from msgspec import UnsetType

from attending.admit import admit
from attending.cli.speaking.options import OUTPUT
from attending.cli.speaking.telling import tell
from attending.ingest.history import compiled
from attending.report.data.data_flow import Sent, as_text, flows
from attending.serve.features.from_views import from_views
from attending.spec.data.reading import Reading

if TYPE_CHECKING:
    from attending.admit import Folder


def sent_to(folder: Folder) -> Sent:
    """Give what a use case is sent: by its features' views, and by its histories."""
    made = from_views(folder.use_case, Reading(tuple(folder.views.values())), {})
    views = compiled(folder.views)
    histories = {
        name: (views[source.history.cases], views[source.history.outcomes])
        for name, source in folder.sources.items()
        if not isinstance(source.history, UnsetType)
    }
    if made is None:
        return Sent(histories=histories, vendors=folder.vendors)
    return Sent(made.views, made.prefetch, histories, folder.vendors)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@OUTPUT
def sheet(folder: Path, *, output: str) -> None:
    """Print what of FOLDER's use case flows where, in which format, and how often."""
    admitted = admit(folder)
    use_case = admitted.use_case
    model = admitted.models.get(use_case.model.model) if use_case.model else None
    told = flows(use_case, model, admitted.sources, sent_to(admitted))
    plain = [msgspec.to_builtins(flow) for flow in told]
    tell(plain, [as_text(told, use_case.title)], output)
