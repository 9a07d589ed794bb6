"""The one way cases become additive sums, so that every metric counts the same cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from attending import shapes
from attending.facts.cells import Sums

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

KEYS = ("use_case", "site", "subgroup", "arm", "evidence_day")

BINS = 256  # of a score from 0 to 1: what binning moves is far below what chance moves


def yes_or_no(cases: Any) -> Any:
    """Sum a yes-or-no outcome: N is the event, D is one for every case that is known."""
    known = cases.known.cast("int64")
    y = cases.y * known
    return cases.group_by(list(KEYS)).aggregate(
        n=known.sum(),
        sn=y.sum(),
        sd=known.sum(),
        snn=y.sum(),
        snd=y.sum(),
        sdd=known.sum(),
        n_missing=(1 - known).sum(),
        n_partly=(cases.partly.cast("int64") * known).sum(),
    )


def observed_and_expected(cases: Any) -> Any:
    """Sum events against stated risks: N is the event, D the score.

    A case without a score, because the answer failed or was late, can be weighed as
    little as one without an outcome: it is counted as missing, and as one without a score
    where its outcome is known.
    """
    cases = _usable(cases)
    y, p = cases.y, cases.p
    return cases.group_by(list(KEYS)).aggregate(
        n=cases.used.sum(),
        sn=y.sum(),
        sd=p.sum(),
        snn=y.sum(),
        snd=(y * p).sum(),
        sdd=(p * p).sum(),
        n_missing=(1 - cases.used).sum(),
        n_partly=cases.partly.sum(),
        n_unscored=cases.unscored.sum(),
    )


def by_score(cases: Any) -> Any:
    """Count cases with and without the event in each bin of the score.

    The bins that hold a case come as lists, lowest first; `sums_of` makes them whole.
    """
    cases = _usable(cases)
    cases = cases.mutate(
        bin=ibis.least((cases.p * BINS).floor().cast("int64"), ibis.literal(BINS - 1))
    )
    binned = cases.group_by([*KEYS, "bin"]).aggregate(
        n=cases.used.sum(),
        pos=cases.y.sum(),
        n_missing=(1 - cases.used).sum(),
        n_partly=cases.partly.sum(),
        n_unscored=cases.unscored.sum(),
    )
    return binned.group_by(list(KEYS)).aggregate(
        n=binned.n.sum(),
        sn=binned.pos.sum(),
        sd=binned.n.sum(),
        snn=binned.pos.sum(),
        snd=binned.pos.sum(),
        sdd=binned.n.sum(),
        n_missing=binned.n_missing.sum(),
        n_partly=binned.n_partly.sum(),
        n_unscored=binned.n_unscored.sum(),
        bins=binned.bin.collect(order_by=binned.bin),
        pos=binned.pos.collect(order_by=binned.bin),
        neg=(binned.n - binned.pos).collect(order_by=binned.bin),
    )


def sums_of(row: Mapping[str, Any]) -> Sums:
    """Give a gathered row as sums, with whole histograms where it has bins."""
    plain = {name: row[name] for name in Sums.__struct_fields__ if name in row}
    if "bins" in row:
        plain |= {name: _whole(row["bins"], row[name]) for name in ("pos", "neg")}
    return shapes.convert(plain, Sums)


def _usable(cases: Any) -> Any:
    used = cases.known & cases.score.notnull()
    return cases.mutate(
        used=used.cast("int64"),
        unscored=(cases.known & cases.score.isnull()).cast("int64"),
        y=cases.y * used.cast("int64"),
        p=ibis.ifelse(used, cases.score.clip(lower=0.0, upper=1.0), 0.0),
        partly=(cases.partly & used).cast("int64"),
    )


def _whole(bins: Iterable[int], counts: Iterable[int]) -> tuple[int, ...]:
    whole = [0] * BINS
    for place, count in zip(bins, counts, strict=True):
        whole[place] = int(count)
    return tuple(whole)
