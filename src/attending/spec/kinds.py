"""The kinds of document there are, by the word after ``kind:``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.spec.committee import Committee
from attending.spec.data.terms import Terms
from attending.spec.data.view import View
from attending.spec.model import Model
from attending.spec.rollout import Rollout
from attending.spec.rulebook import Rulebook
from attending.spec.site import Site
from attending.spec.source import Source
from attending.spec.use_case import UseCase
from attending.spec.vendor import Vendor

if TYPE_CHECKING:
    from collections.abc import Mapping

Spec = Site | Source | Vendor | Model | UseCase | Rollout | Committee | Rulebook | View | Terms

KINDS: Mapping[str, type[Spec]] = {
    "Site": Site,
    "Source": Source,
    "Vendor": Vendor,
    "Model": Model,
    "UseCase": UseCase,
    "Rollout": Rollout,
    "Committee": Committee,
    "Rulebook": Rulebook,
    "View": View,
    "Terms": Terms,
}

# What a folder may hold many of, by the name that a folder and the ledger call them all.
MANY: Mapping[str, type[Spec]] = {
    "sources": Source,
    "sites": Site,
    "models": Model,
    "vendors": Vendor,
    "committees": Committee,
    "rulebooks": Rulebook,
    "views": View,
    "terms": Terms,
}


def name_of(spec: Spec) -> str:
    """Give the name a spec is known by: a rollout by its use case, a rulebook with its version."""
    if isinstance(spec, Rulebook):
        return f"{spec.id}/{spec.version}"
    return spec.use_case if isinstance(spec, Rollout) else spec.name
