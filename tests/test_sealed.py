"""A sealed file gives back what was sealed, from anywhere in it, or says that it was altered."""

from __future__ import annotations

import json
import os
from hashlib import sha256

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attending import shapes
from attending.cli.data.seal import seal
from attending.errors import ProofFailed, Refused
from attending.sealed import CHUNK, HEADER, TAG, VARIABLE, Seal, seal_file, sealed_size
from attending.serve.model_file import read_model_file, wrong_file
from attending.spec.model import Model

KEY = bytes(range(32))
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 17]


def sealed(path, content, *, parts=(), key=KEY):
    with path.open("wb") as file:
        writer, at = Seal(key).writing(file), 0
        for n in parts:
            writer.write(content[at : at + n])
            at += n
        writer.write(memoryview(content)[at:])
        writer.close()
    return path


def opened(path, key=KEY):
    with Seal(key).reading(path) as file:
        return file.read()


@pytest.mark.parametrize("size", SIZES)
def test_what_was_sealed_comes_back_whole_and_by_stretches(tmp_path, size):
    content = os.urandom(size)
    path = sealed(tmp_path / "f", content, parts=(3, CHUNK, 1))

    assert opened(path) == content
    assert sealed_size(path) == size
    with Seal(KEY).reading(path) as file:
        for at in {0, 1, size // 2, max(0, size - 5), max(0, CHUNK - 2)}:
            file.seek(at)
            assert file.read(11) == content[at : at + 11]
        assert file.seek(-min(size, 4), os.SEEK_END) == size - min(size, 4)
        assert file.read() == content[size - min(size, 4) :]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_whatever_is_altered_is_found(tmp_path, data):
    content = b"".join(bytes([n]) * CHUNK for n in range(3)) + b"end"
    whole = sealed(tmp_path / "f", content).read_bytes()
    step = CHUNK + TAG
    chunks = [whole[HEADER + n * step : HEADER + (n + 1) * step] for n in range(4)]
    how = data.draw(st.sampled_from(["bit", "cut", "order", "twice", "longer", "drop", "other"]))
    if how == "bit":
        at = data.draw(st.integers(0, 8 * len(whole) - 1))
        changed = bytearray(whole)
        changed[at // 8] ^= 1 << at % 8
    elif how == "cut":
        changed = whole[: data.draw(st.integers(0, len(whole) - 1))]
    elif how == "longer":
        changed = whole + data.draw(st.binary(min_size=1, max_size=40))
    elif how == "other":
        changed = sealed(tmp_path / "g", content).read_bytes()[:HEADER] + whole[HEADER:]
    else:
        order = data.draw(st.permutations([0, 1, 2, 3]).filter(lambda o: o != [0, 1, 2, 3]))
        order = {"order": order, "twice": [0, 0, 1, 2, 3], "drop": [0, 1, 2]}[how]
        changed = whole[:HEADER] + b"".join(chunks[n] for n in order)
    (tmp_path / "f").write_bytes(bytes(changed))

    with pytest.raises(ProofFailed):
        opened(tmp_path / "f")


def test_nothing_of_what_was_sealed_or_of_the_key_can_be_read(tmp_path):
    content = b"canary" * 40_000
    raw = sealed(tmp_path / "f", content).read_bytes()
    assert b"canary" not in raw
    assert KEY not in raw
    assert raw != sealed(tmp_path / "g", content).read_bytes()


def test_another_key_opens_nothing_and_knows_it_at_once(tmp_path):
    path = sealed(tmp_path / "f", b"x")
    other = bytes(32)
    assert Seal(KEY).is_sealed(path)
    assert not Seal(other).is_sealed(path)
    with pytest.raises(ProofFailed, match="not sealed with this key"):
        Seal(other).reading(path)
    assert Seal(KEY).name != Seal(other).name


def test_a_file_larger_than_memory_is_read_a_chunk_at_a_time(tmp_path):
    path = sealed(tmp_path / "f", bytes(64 * CHUNK))
    with Seal(KEY).reading(path) as file:
        for n in (63, 0, 31):
            file.seek(n * CHUNK)
            file.read(1)
            assert len(file.raw._chunk) == CHUNK


def test_a_sealed_model_is_the_declared_one_where_its_key_is_named_and_refused_elsewhere(
    tmp_path, monkeypatch
):
    raw, key = b"a model's bytes " * 9000, tmp_path / "models.key"
    key.write_bytes(KEY)
    key.chmod(0o600)
    path = tmp_path / "m.onnx"
    path.write_bytes(raw)
    told = {"kind": "Model", "name": "m", "title": "M", "version": "1", "engine": "onnx",
            "file": "m.onnx", "sha256": sha256(raw).hexdigest()}  # fmt: skip
    model = shapes.convert(told, Model)
    assert read_model_file(model, tmp_path) == raw

    assert seal_file(path, key)
    assert not seal_file(path, key)
    assert b"a model's bytes" not in path.read_bytes()
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(Refused, match=VARIABLE):
        read_model_file(model, tmp_path)
    assert "sealed" in wrong_file(model, tmp_path)
    monkeypatch.setenv(VARIABLE, str(key))
    assert read_model_file(model, tmp_path) == raw
    assert wrong_file(model, tmp_path) == ""

    whole = bytearray(path.read_bytes())
    whole[-1] ^= 1
    path.write_bytes(bytes(whole))
    with pytest.raises(ProofFailed):
        read_model_file(model, tmp_path)


def test_what_is_typed_seals_and_says_what_is_wanting(tmp_path):
    key, path = tmp_path / "k" / "models.key", tmp_path / "s" / "m.onnx"
    for folder in (key.parent, path.parent, path.parent / "lake"):
        folder.mkdir()
    path.write_bytes(b"content")

    def typed(*words):
        return CliRunner().invoke(seal, [*map(str, words), "-o", "json"])

    assert "say what" in str(typed("--key", key).exception)
    inside = typed("--key", path.parent / "own.key", "--store", path.parent)
    assert "inside the store" in str(inside.exception)
    assert not (path.parent / "own.key").exists()
    done = typed("--key", key, "--store", path.parent, "--model", path)
    assert json.loads(done.stdout)["files"] == 1
    assert key.stat().st_mode & 0o077 == 0
    assert opened(path, key.read_bytes()) == b"content"
