"""Lines that differ from one that was read strictly in nothing but their values.

An export says the same thing in the same way thousands of times. Where a line has the same keys,
brackets and signs in the same places as a line that was read strictly, and its texts hold no
escape, no control character and nothing but UTF-8, it is read as well: it can have no key twice,
and no bracket too many. A plain view's rows depend on that form and on which texts equal the view's
own literals, so they are found once for each form, by the reference evaluator, with a sign in
the place of each value. The values are then cut out of the bytes for all lines at once.

Whatever this does not cover is left to be read one line at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow.compute as pc

from attending.fhir.decode import Malformed
from attending.fhir.expression import Literal, parts
from attending.fhir.functions import NoRow
from attending.ingest.flat.form import Form

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa
    from numpy.typing import NDArray

    from attending.fhir.definition import Selection
    from attending.fhir.expression import Node
    from attending.fhir.view import View
    from attending.ingest.flat.block import Block
    from attending.ingest.flat.form import Cut, Like

    Whole = NDArray[np.int64]

MOST_FORMS = 32  # of lines with as many texts; the rest is read one at a time
MOST_IN_ALL = 256  # forms: each holds up to a fifth of a MiB to compare with
GOLDEN = (5**0.5 - 1) / 2  # steps by it come near every place
FEWEST = 16  # lines of a block for which a new form is looked for


class Found(NamedTuple):
    """Lines that are like a form."""

    form: Form
    like: Like

    def part(self, cut: Cut) -> pa.Array:
        """Cut a part out of each line."""
        texts = self.like.texts(cut.part)
        return pc.binary_join_element_wise(cut.before, texts, "") if cut.before else texts


class Alike:
    """Finds lines that are alike, and gives their rows.

    Parameters
    ----------
    view
        It can be read together if it is plain and has no collections.

    """

    def __init__(self, view: View) -> None:
        self._view = view
        self.is_usable = view.plain
        self.is_usable &= not any(
            column.collection or column.type == "instant" for column in view.columns
        )
        found = list(_literals(view)) if self.is_usable else []
        self.is_usable &= all(isinstance(each, bool) or _is_simple(each) for each in found)
        self._literals = frozenset(each.encode() for each in found if isinstance(each, str))
        self._n_forms = 0
        self._forms: dict[int, list[Form | None]] = {}

    def of(self, block: Block) -> Iterator[Found]:
        """Give forms with the lines that are like them; a line in none is to be read by itself."""
        for n in np.unique(block.n_quotes[block.is_plain]).tolist() if self.is_usable else ():
            is_one = block.is_plain & (block.n_quotes == n)
            lines = np.flatnonzero(is_one)
            forms = self._forms.setdefault(n, [])
            at = 0
            while len(lines) and (at < len(forms) or self._is_found(forms, block, lines)):
                form, at = forms[at], at + 1
                like = form.like(block, lines) if form is not None else None
                if form is None or like is None or not len(like.lines):
                    continue
                yield Found(form, like)
                is_one[like.lines] = False
                lines = np.flatnonzero(is_one)

    def _is_found(self, forms: list[Form | None], block: Block, lines: Whole) -> bool:
        """Take one of the lines left as a form; None where it cannot be one."""
        if len(forms) >= MOST_FORMS or len(lines) < FEWEST or self._n_forms >= MOST_IN_ALL:
            return False
        self._n_forms += 1
        line = lines[int(len(lines) * (len(forms) * GOLDEN % 1))]  # another each time
        raw = block.raw[block.begins[line] : block.ends[line]]
        try:
            forms.append(Form(raw, self._view, self._literals))
        except (Malformed, NoRow, ValueError):
            forms.append(None)
        return True


def _literals(view: View) -> Iterator[object]:
    """Give every literal of a view."""
    waiting: list[Selection] = [*view.definition.selects]
    nodes: list[Node] = [*view.definition.conditions]
    for each in waiting:  # the list grows while it is walked
        waiting += [*each.selects, *each.unions]
        nodes += [*each.over, *(column.node for column in each.columns)]
    for part in (part for node in nodes for part in parts(node)):
        if isinstance(part, Literal):
            yield part.value


def _is_simple(literal: object) -> bool:
    """Tell whether no text with an escape that a plain line may hold could equal it."""
    return isinstance(literal, str) and literal.isascii() and literal.isprintable()
