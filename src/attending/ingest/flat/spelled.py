"""Whether many texts are spelled as numbers, ids and references are: all of them at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    Yes = NDArray[np.bool_]

SPELLED = {  # what a value must be to be like the form's
    "whole": r"^(?:0|-?[1-9][0-9]{0,17})$",
    "decimal": r"^-?(?:0|[1-9][0-9]{0,18})\.[0-9]{1,18}$",
    "id": r"^[A-Za-z0-9.-]{1,64}$",
}
LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
IN_DECIMAL = b"0123456789.-"
IN_ID = LETTERS + IN_DECIMAL
LONGEST_ID = 64  # FHIR R4, 2.24.0.1: the type id
MOST_BEFORE, MOST_AFTER = 19, 18  # digits of a decimal before and after its point


def are_spelled(texts: pa.Array, kind: str, before: str = "") -> Yes:
    """Tell which texts are spelled as they must be.

    Parameters
    ----------
    texts
        The texts, cut out one behind the other.
    kind
        whole, decimal, id, or reference.
    before
        Of a reference: the type that it names, and a slash.

    """
    told: Yes
    if len(texts) and (
        (kind == "decimal" and _all_decimals(texts))
        or (kind in ("id", "reference") and _all_ids(texts, before))
    ):
        return np.ones(len(texts), dtype=bool)
    # where all are right it is told at a tenth of the cost; here one is not, or none could tell
    word = SPELLED.get(kind) or f"^{before}[A-Za-z0-9.-]{{1,{LONGEST_ID}}}$"
    told = pc.match_substring_regex(texts, word).to_numpy(zero_copy_only=False)
    return told


def _of(texts: pa.Array) -> tuple[bytes, NDArray[np.int32]]:
    """Give the bytes of texts, and where each begins among them, with the end of the last."""
    _, offsets, data = texts.buffers()
    at = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return data[at[0] : at[-1]].to_pybytes(), at - at[0]


def _all_ids(texts: pa.Array, before: str) -> bool:
    own, at = _of(texts)
    length = np.diff(at) - len(before)
    if length.min() < 1 or length.max() > LONGEST_ID:
        return False
    if before and not pc.all(pc.starts_with(texts, before)).as_py():
        return False
    odd = own.translate(None, IN_ID)  # the slash behind the type, and nothing else
    return odd == before[-1:].encode() * len(texts)


def _all_decimals(texts: pa.Array) -> bool:
    raw, at = _of(texts)
    if raw.translate(None, IN_DECIMAL):
        return False
    own, begins, ends = np.frombuffer(raw, np.uint8), at[:-1], at[1:]
    points = np.flatnonzero(own == ord("."))
    if (
        len(points) != len(begins)
        or (points < begins).any()
        or (points >= ends).any()
        or raw.count(b"-") != np.count_nonzero(own[begins] == ord("-"))
    ):
        return False
    first = begins + (own[begins] == ord("-"))
    n_before, n_after = points - first, ends - points - 1
    return bool(
        n_before.min() >= 1
        and n_before.max() <= MOST_BEFORE
        and n_after.min() >= 1
        and n_after.max() <= MOST_AFTER
        and ((own[first] != ord("0")) | (n_before == 1)).all()
    )
