"""Names under a key are HMAC-SHA256 and UUIDs as anybody else would make them."""

from __future__ import annotations

import hmac
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from attending.serve.pseudonym import Pseudonyms

keys = st.binary(min_size=16, max_size=150)  # up to and past the block of 64 bytes


@given(key=keys, name=st.text(min_size=1))
def test_a_pseudonym_is_the_hmac_that_the_standard_library_gives(key, name):
    try:
        told = hmac.digest(key, f"user|{name}".encode(), "sha256").hex()[:32]
    except UnicodeEncodeError:
        return
    assert Pseudonyms(key).of("user", name) == told


@given(key=keys, drawn=st.binary(min_size=8, max_size=8))
def test_a_prediction_is_a_uuid_of_version_four_that_its_own_system_knows_again(key, drawn):
    names = Pseudonyms(key, draw=lambda n: drawn[:n])
    name = names.new_prediction("kidney", "alder")
    check = hmac.digest(
        key,
        f"prediction|kidney|alder|{(bytes([drawn[0] & 0x3F]) + drawn[1:]).hex()}".encode(),
        "sha256",
    )[:8]

    assert name == str(UUID(bytes=check + drawn, version=4))
    assert UUID(name).variant == "specified in RFC 4122"
    assert names.issued(name, "kidney", "alder")
    assert not names.issued(name, "kidney", "birch")
