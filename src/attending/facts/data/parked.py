"""What was set aside of clinical data, and why: never lost, and run again after a fix (C42).

No value from the payload stands in it: it says where in which raw file, and one word.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Stage = Literal["frame", "decode", "shape", "terms", "identity", "projection"]

Reason = Literal[
    # frame: where one thing ends and the next begins
    "too_long",
    "truncated",
    "broken_compression",
    "expands_too_far",
    # decode: bytes that two readers would not read alike
    "not_json",
    "too_deep",
    "too_wide",
    "said_twice",
    "not_an_object",
    # shape: what every resource has
    "not_a_bundle",
    "document_or_message",
    "no_type",
    "unknown_type",
    "no_id",
    "illegal_id",
    "illegal_time",
    "unsupported_change",
    # shape: what a view asks of a resource
    "many",
    "not_a_value",
    "wrong_type",
    "not_boolean",
    "too_many_rows",
    "does_not_fit",
    # frame and decode: what an HL7 v2 message has
    "no_header",
    "delimiters",
    "segment_name",
    "several_messages",
    "too_many_segments",
    "charset",
    "charset_unknown",
    "no_message_type",
    "no_control_id",
    "control_id_reused",
    "mapping_failed",
    # frame: what a batch of HL7 v2 messages has, beside its messages
    "batch_count",
    "batch_order",
    "too_many_messages",
    # shape: what a resource made of a message may not be without
    "no_key",
    "several_patients",
    "required_missing",
]

State = Literal["open", "released", "discarded"]


class Parked(msgspec.Struct, frozen=True, kw_only=True):
    """One thing set aside.

    Attributes
    ----------
    raw
        SHA-256 of the raw file as sent.
    offset, length
        Where it lies there, in bytes; decompressed ones where the file is compressed.
    source, site
        Who sent it.
    stage, reason, path
        What was tried, why it failed, and at which element where one can be named.
    tries
        How often it was tried.
    state
        Open; released, which a later run does; or discarded, which nothing here does yet.
    spec
        Digest of the spec it was read by; empty where none was declared.
    by
        Who said so, where a person did.

    """

    raw: str
    offset: int
    length: int
    source: str
    site: str
    stage: Stage
    reason: Reason
    path: str = ""
    tries: int = 1
    state: State = "open"
    spec: str = ""
    by: str = ""
