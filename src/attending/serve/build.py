"""Build a gateway's tools from what was admitted; everything is refused here or never."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import msgspec

from attending.digest import digest
from attending.errors import NoSuchName, Refused
from attending.facts.model_fetched import ModelFetched
from attending.fhir.cleared import contract
from attending.rooms import fetch
from attending.serve import channels, engines
from attending.serve.callers.role import roles_of
from attending.serve.card import check_template
from attending.serve.egress import Egress
from attending.serve.engine import NoWayOut, OfFile, Outside
from attending.serve.features.from_views import from_views
from attending.serve.pool import Pool
from attending.serve.reach import Reach
from attending.serve.tool import Tool, asked_for, fills
from attending.spec.data.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from attending.serve.channel import Channel
    from attending.serve.engine import Engine, Make, WayOut
    from attending.spec.model import Model
    from attending.spec.site import Site
    from attending.spec.use_case import UseCase
    from attending.spec.vendor import Vendor

PROBABILITY = "probability"
NO_VIEWS = Reading()
ENGINE_SAYS = ("score", "because")


def build_engine(model: Model, folder: Path, out: WayOut | None = None) -> Engine:
    """Build the engine a model names.

    Parameters
    ----------
    model, folder
        As admitted.
    out
        The way out to its vendor, where it may be asked outside.

    Raises
    ------
    NoSuchName
        For an engine that stands in no room.
    NoWayOut
        For a model that is asked outside, where nothing may go out: a replay, an audit.
    NotCleared
        Its vendor's contract does not list every field that it reads.

    """
    where = f"model {model.name}"
    engine = cast("Make", fetch(engines, model.engine, where=where))(model, folder)
    if not isinstance(engine, Outside):
        return engine
    if out is None:
        raise NoWayOut("it answers elsewhere, and nothing is sent out from here", where=where)
    return engine.linked(out)


def way_out(
    model: Model, vendors: Mapping[str, Vendor], sites: Mapping[str, Site]
) -> Egress | None:
    """Give the way out to a model's vendor; None where that vendor is not called."""
    vendor = vendors.get(model.vendor)
    return None if vendor is None or vendor.base_url is None else Egress(vendor, sites)


def build_channel(name: str, *, where: str = "") -> Channel:
    """Give the channel of a name."""
    return cast("Channel", fetch(channels, name, where=where))


def build_tool(
    use_case: UseCase,
    model: Model,
    *,
    release: str,
    folder: Path,
    engine: Engine | None = None,
    views: Reading = NO_VIEWS,
) -> Tool:
    """Build what answers for a use case in one release.

    Parameters
    ----------
    use_case, model
        As admitted.
    release
        The name a snapshot calls it by.
    folder
        The use-case folder; model files are read from it alone.
    engine
        In the place of the one the model names; for tests.
    views
        Those of the folder, and what they are read through, for its features.

    Raises
    ------
    Refused
        For whatever could not be answered with, said where it was written.

    """
    where = f"use case {use_case.name}"
    check_needs(use_case, model, where=where)
    channel = build_channel(use_case.workflow.channel, where=where)
    channel.check(use_case.workflow.hook, where=where)
    filling = fills(use_case, model, where=where)
    reach = Reach(use_case.inputs, filling, where=where)
    roles = roles_of(_declared(use_case), reach.keys, where=where)
    made = from_views(use_case, views, filling)
    quoted = (*use_case.inputs, *use_case.features_by_name(), *ENGINE_SAYS)
    check_template(use_case, quoted, where=where)
    answers = engine or build_engine(model, folder)
    return Tool(
        use_case=use_case,
        release=release,
        model=model.sha256 or digest(msgspec.to_builtins(model)),
        threshold=use_case.model.threshold if use_case.model else None,
        needs=tuple(model.fields),
        contract=contract(
            use_case.name,
            release,
            model.fields,
            elements=made.projection.digest if made else "",
            free_text=use_case.reads_free_text,
        ),
        probability=model.output == PROBABILITY,
        reach=reach,
        pool=Pool(answers, use_case.name),
        prefetch=(made.prefetch if made else {}) | asked_for(reach, where=where) | roles.prefetch,
        roles=roles,
        views=made,
        file=_read(model, answers),
    )


def _read(model: Model, engine: Engine) -> ModelFetched | None:
    """Tell of the file that an engine was made of; None where it is none."""
    if not model.file or not isinstance(engine, OfFile):
        return None
    return ModelFetched(
        model=model.name, version=model.version, file=model.file, sha256=engine.sha256
    )


def _declared(use_case: UseCase) -> Mapping[str, tuple[str, ...]]:
    roles = use_case.workflow.roles
    return {} if roles is msgspec.UNSET else roles


def check_needs(use_case: UseCase, model: Model, *, where: str) -> None:
    """Refuse a use case whose model is another, or reads what is not declared."""
    if use_case.model is None or use_case.model.model != model.name:
        asked = use_case.model.model if use_case.model else "none"
        raise Refused(f"the model is {model.name}, the use case names {asked}", where=where)
    given = (*use_case.inputs, *use_case.features_by_name())
    for name in model.fields:
        if name not in given:
            raise NoSuchName(name, "the use case's inputs", given, where=where)


def build_channels(use_cases: Iterable[UseCase]) -> tuple[Channel, ...]:
    """Give the channels that some use cases answer by."""
    names = sorted({use_case.workflow.channel for use_case in use_cases})
    return tuple(build_channel(name) for name in names)
