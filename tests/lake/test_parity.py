"""The two readings of a view agree on real resources, and on bundles bent in every way."""

from __future__ import annotations

import time
from random import Random

import pytest

from attending.fhir.kinds import AMOUNTS

BUNDLES, MANY, AT_A_TIME = 200, 20_000, 2_000


@pytest.fixture(scope="session")
def views(root, parity):
    return [*parity.VIEWS, *parity.own_views(root)]


def texts_of(mutator, bending, numbers):
    """Give the resources of bundles as some sender writes them; a bundle may hold one twice."""
    for i in numbers:
        dice = Random(f"written {i}")
        for entry in mutator.bundle(i)["entry"]:
            text = bending.written(entry["resource"], dice)
            yield from [text] * (2 if dice.random() < 0.05 else 1)


def agreed(parity, views, texts):
    """Compare every view over texts; give how many were answered, and how many set aside."""
    answered = aside = 0
    for tried in views:
        found = parity.compared(tried, texts)
        assert not found.otherwise, found.otherwise[0]
        answered, aside = answered + found.answered, aside + found.aside
    return answered, aside


def test_the_two_readings_agree_on_bent_bundles(bending, data, views, parity):
    mutator = bending.Mutator(data, seed=7)
    texts = list(texts_of(mutator, bending, range(BUNDLES)))
    answered, aside = agreed(parity, views, texts)
    assert answered > 300
    assert aside > 100


@pytest.mark.long
@pytest.mark.timeout(3_600)
def test_the_two_readings_agree_on_twenty_thousand_bent_bundles(bending, data, views, parity):
    mutator = bending.Mutator(data, seed=8)
    start, answered, aside, n = time.perf_counter(), 0, 0, 0
    for first in range(0, MANY, AT_A_TIME):
        texts = list(texts_of(mutator, bending, range(first, first + AT_A_TIME)))
        more = agreed(parity, views, texts)
        answered, aside, n = answered + more[0], aside + more[1], n + len(texts)
    took = time.perf_counter() - start
    told = f"{answered:,} answered by a query, {aside:,} set aside, 0 otherwise"
    print(f"{MANY:,} bundles, {n:,} resources, {len(views)} views: {told}, {took:,.0f} s")
    assert answered > 30_000


def test_nearly_all_real_resources_are_answered_by_the_query(bending, data, views, parity):
    real = [bending.written(each, Random("0.1")) for each in bending.resources(data)[::2]]
    answered, aside = agreed(parity, views, real)
    assert answered > 0.8 * (answered + aside)


def amounts(tree, name=""):
    """Give every object that stands under the name of an amount, however deep."""
    if isinstance(tree, list):
        for each in tree:
            yield from amounts(each, name)
    elif isinstance(tree, dict):
        if name in AMOUNTS:
            yield name, tree
        for key, each in tree.items():
            yield from amounts(each, key)


def test_what_is_called_an_amount_has_no_value_of_many_types_in_real_resources(bending, data):
    found = list(amounts([*bending.resources(data)]))
    assert {"net", "total", "amount"} <= {name for name, _ in found}
    assert not [key for _, each in found for key in each if key[:5] == "value" and key != "value"]
