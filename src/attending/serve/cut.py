"""What of a request may go further: cut out, counted, and what it was made of."""

from __future__ import annotations

import msgspec

from attending.serve.engine import Value


class Seen(msgspec.Struct, frozen=True):
    """What features were made of: the moment, the views' digests, the keys of their rows."""

    at: str
    views: dict[str, str]
    rows: dict[str, tuple[str, ...]]


class Cut(msgspec.Struct, frozen=True):
    """What may go further, and what did not.

    Attributes
    ----------
    fields
        Exactly the declared names that were found, or filled.
    missing
        Declared names not found, and why; those filled are among them.
    filled
        Names filled as the use case declares.
    n_dropped
        Values in the request that were not delivered.
    n_other_patient
        Resources dropped because they are another patient's.
    n_unusable
        Prefetch values that were errors, text, or no resource.
    seen
        The rows that features were made of; None where the use case has none.

    """

    fields: dict[str, Value]
    missing: dict[str, str]
    filled: tuple[str, ...]
    n_dropped: int
    n_other_patient: int
    n_unusable: int
    seen: Seen | None = None
