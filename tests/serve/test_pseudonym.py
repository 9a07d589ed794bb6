"""Names under a key are HMAC-SHA256 and UUIDs as anybody else would make them."""

from __future__ import annotations

import hmac
import os
import shutil
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.errors import Refused
from attending.serve.pseudonym import VARIABLE, Pseudonyms, pseudonyms_of

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


@pytest.fixture
def volume(tmp_path, monkeypatch):
    """Name a key on another volume; the store is beside it."""
    (tmp_path / "volume").mkdir()
    monkeypatch.setenv(VARIABLE, str(tmp_path / "volume" / "hospital.key"))
    return tmp_path / "volume" / "hospital.key"


def every_byte(folder):
    return b"".join(p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file())


def test_a_key_kept_elsewhere_never_lies_in_the_store(tmp_path, volume):
    name = pseudonyms_of(tmp_path / "store").of("patient", "1")
    key = volume.read_bytes()
    assert Pseudonyms(key).of("patient", "1") == name
    assert key not in every_byte(tmp_path / "store")
    assert key.hex().encode() not in every_byte(tmp_path / "store")
    assert pseudonyms_of(tmp_path / "store", begins=False).of("patient", "1") == name


def test_a_key_is_moved_out_of_a_store_and_everybody_stays_who_they_were(
    tmp_path, volume, monkeypatch
):
    monkeypatch.delenv(VARIABLE)
    store, inside = tmp_path / "store", tmp_path / "store" / "gateway" / "pseudonym.key"
    name = pseudonyms_of(store).of("patient", "1")
    monkeypatch.setenv(VARIABLE, str(volume))
    with pytest.raises(Refused, match="holds a key of pseudonyms itself"):
        pseudonyms_of(store)
    shutil.move(inside, volume)
    assert pseudonyms_of(store).of("patient", "1") == name
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(Refused, match="is not there"):
        pseudonyms_of(store)
    assert not inside.exists(), "no other key is drawn in its place"


def test_another_key_is_refused_and_so_is_one_that_is_gone(tmp_path, volume):
    pseudonyms_of(tmp_path / "store")
    volume.write_bytes(os.urandom(32))
    with pytest.raises(Refused, match="not the key"):
        pseudonyms_of(tmp_path / "store")
    volume.unlink()
    with pytest.raises(Refused, match="is not there"):
        pseudonyms_of(tmp_path / "store")
    assert not volume.exists()


def test_a_key_is_kept_in_no_folder_that_is_not_there(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "not mounted" / "hospital.key"))
    with pytest.raises(Refused, match="no folder"):
        pseudonyms_of(tmp_path / "store")
    assert not (tmp_path / "store").exists()
