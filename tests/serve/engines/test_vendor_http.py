"""A vendor's model is asked through the one way out, and only its score is read."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from attending import shapes
from attending.errors import Refused
from attending.fhir.cleared import NotCleared
from attending.serve.build import build_engine, way_out
from attending.serve.engine import NoWayOut
from attending.spec.model import Model

EGRESS = runpy.run_path(str(Path(__file__).parents[1] / "test_egress.py"))
vendor, site, cleared, listening = (EGRESS[n] for n in ("vendor", "site", "cleared", "listening"))


@pytest.fixture
def maker():
    return EGRESS["Maker"]()


def model(**over):
    told = {
        "kind": "Model",
        "name": "theirs",
        "title": "Theirs",
        "version": "1",
        "engine": "vendor_http",
        "vendor": "maker",
        "fields": {"creatinine": {}, "sex": {}},
    }
    return shapes.convert(told | over, Model)


def test_a_vendors_model_answers_only_where_there_is_a_way_out_that_lists_its_fields(maker):
    with listening(maker) as port:
        there = {"maker": vendor(f"http://127.0.0.1:{port}/ask")}
        engine = build_engine(model(), None, way_out(model(), there, {"alder": site()}))
        assert engine.answer(cleared()).score == 0.7
        assert engine.answer(cleared()).details == {}  # their words reach no card
        with pytest.raises(NotCleared):
            engine.answer({"creatinine": 2.0, "sex": "female"})
        for bad in (b"{}", b'{"score": NaN}', b'{"score": "0.7"}', b"<html>"):
            maker.answer = (200, bad)
            with pytest.raises(Refused, match="no score"):
                engine.answer(cleared())
        more = model(fields={"age": {}})
        with pytest.raises(NotCleared, match="age"):
            build_engine(more, None, way_out(more, there, {"alder": site()}))
    with pytest.raises(NoWayOut):
        build_engine(model(), None)
    with pytest.raises(NoWayOut):
        build_engine(model(), None, way_out(model(), {"maker": vendor(None)}, {}))
