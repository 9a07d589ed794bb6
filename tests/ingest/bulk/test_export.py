"""A hospital's server is asked once, waited for, and every line that it has is here in the end."""

from __future__ import annotations

import json
from errno import ENOSPC
from hashlib import sha256

import msgspec
import pytest
from click.testing import CliRunner

from attending.cli import door
from attending.cli.data.bulk import bulk
from attending.errors import Refused
from attending.ingest.bulk import export
from attending.ingest.bulk.following import moment_after
from attending.lake.clinical.store import ClinicalLake

from .conftest import CUT, PATIENTS


def taken(folder, state, what="output"):
    found = []
    for each in state.fetched:
        if each.what == what:
            raw = (folder / each.file).read_bytes()
            assert sha256(raw).hexdigest() == each.sha256
            found += [json.loads(line) for line in raw.splitlines()]
    return found


@pytest.mark.parametrize("newer", [False, True])
def test_everything_comes_from_a_server_of_either_version(hospital, exporting, tmp_path, newer):
    hospital.newer = newer
    state = exporting(types=["Patient"]).run("2026-10-01T00:00:00Z")
    assert taken(tmp_path / "out", state) == PATIENTS
    assert [e.lines for e in state.fetched] == ([25, 15, 1, 1])
    assert taken(tmp_path / "out", state, "deleted")[0]["entry"]
    assert taken(tmp_path / "out", state, "outcome")
    assert (state.transaction_time, state.done) == (CUT, True)
    assert hospital.parameters["_since"] == "2026-10-01T00:00:00Z"
    assert hospital.parameters["_type"] == "Patient"
    assert hospital.asked["DELETE"] == 1
    kept = (tmp_path / "out" / "manifest.json").read_text()
    assert CUT in kept
    assert ("extension" in kept) == newer, "the manifest lies there as it came"


def test_what_the_server_took_back_holds_no_more_once_its_file_is_taken_in(exporting, tmp_path):
    store, state = tmp_path / "store", exporting().run()
    for each in state.fetched:
        if each.what in ("output", "deleted"):
            words = ["ingest", tmp_path / "out" / each.file, "--site", "east", "--source", "ehr"]
            done = CliRunner().invoke(door, [*map(str, words), "--store", str(store)])
            assert done.exit_code == 0, done.output
    with ClinicalLake.open(store) as lake:
        assert lake.body("east", "Patient", "7") is None
        assert lake.body("east", "Patient", "8") is not None


def test_the_server_is_looked_at_as_seldom_as_it_asks(exporting):
    exporting().run()
    first, second, third = exporting.waited
    assert first == 2
    assert second >= 2, "it said that it was asked too often"
    assert 25 < third <= 30


def test_what_breaks_off_is_fetched_again_and_only_that(hospital, exporting, tmp_path):
    hospital.cut_short = 2
    state = exporting().run()
    assert taken(tmp_path / "out", state) == PATIENTS
    assert hospital.asked["GET /fhir/files/p1"] == 3
    assert hospital.asked["GET /fhir/files/p2"] == 1
    assert not [p for p in (tmp_path / "out").iterdir() if p.name.startswith(".")]


def test_a_disk_that_is_full_is_not_taken_for_a_server_that_is_away(
    hospital, exporting, tmp_path, monkeypatch
):
    hospital.waits = []
    monkeypatch.setattr(export, "_begun", full)
    with pytest.raises(OSError, match="full"):
        exporting().run()
    assert hospital.asked["GET /fhir/files/p1"] == 1
    assert exporting.waited == [], "nobody waits for a server that answered"


def full(_):
    raise OSError(ENOSPC, "the disk is full")


def test_what_was_fetched_is_its_owner_s_alone(exporting, tmp_path):
    exporting().run()
    assert (tmp_path / "out").stat().st_mode & 0o077 == 0


def test_an_export_that_was_cut_off_goes_on_where_it_was(hospital, exporting, tmp_path):
    hospital.files.pop("p2")
    with pytest.raises(Refused, match="run it again to go on"):
        exporting().run()
    assert not exporting().state().done
    hospital.files["p2"] = b"".join(json.dumps(p).encode() + b"\n" for p in PATIENTS[25:])
    state = exporting().run("2030-01-01T00:00:00Z")
    assert taken(tmp_path / "out", state) == PATIENTS
    assert hospital.asked["GET /fhir/files/p1"] == 1
    assert hospital.asked["GET /fhir/Patient/$export"] == 1, "it is asked for once"
    assert state.since == ""
    assert exporting().run() == state
    assert hospital.asked["DELETE"] == 1


def test_a_server_that_has_forgotten_says_so(hospital, exporting):
    hospital.gone = True
    with pytest.raises(Refused, match="has forgotten this export"):
        exporting().run()


def test_other_numbers_than_were_promised_are_told(hospital, exporting):
    hospital.promised = 41
    short = [each for each in exporting().run().fetched if each.is_short]
    assert [(each.count, each.lines) for each in short] == [(16, 15)]


def test_a_token_goes_only_where_it_is_wanted_and_to_no_other_server(hospital, exporting):
    hospital.wants_token = False
    exporting().run()
    sent = {path: bearer for path, bearer in hospital.seen if "/files/" in path}
    assert set(sent.values()) == {""}
    hospital.wants_token, hospital.elsewhere = True, "http://127.0.0.1:9/fhir"
    with pytest.raises(Refused, match="to another server"):
        exporting("other").run()


def test_a_token_that_ends_is_asked_for_again_each_with_a_name_of_its_own(hospital, exporting):
    hospital.lives = 30  # no longer than what is kept back
    state = exporting().run()
    assert state.done
    assert len(hospital.named) > 4


def test_a_refusal_tells_codes_and_nothing_that_somebody_wrote(hospital, exporting):
    hospital.refuses = 403
    with pytest.raises(Refused, match=r"403 \(forbidden\)") as refused:
        exporting().run()
    assert "Quill" not in str(refused.value)


@pytest.mark.parametrize("address", ["http://hospital.example/fhir", "ftp://x/y", "nowhere"])
def test_patients_data_are_asked_for_by_https_alone(exporting, address):
    with pytest.raises(Refused, match=r"https|another"):
        exporting(base_url=address, token_url=address).run()


def test_the_next_export_is_of_what_changed_after_the_last_was_cut(hospital, exporting, tmp_path):
    """The key's file was written by `exporting`."""
    written = {"kind": "BulkServer", "name": "east", "site": "east", "base_url": hospital.base,
               "client_id": "us", "key_file": "key.json"}  # fmt: skip
    (tmp_path / "east.yaml").write_text(json.dumps(written))
    hospital.waits = []
    asked = [str(tmp_path / "east.yaml"), "--into"]
    first = CliRunner().invoke(bulk, [*asked, str(tmp_path / "one")], catch_exceptions=False)
    assert first.exit_code == 0
    assert f"4 files, cut at {CUT}" in first.stdout
    assert "_since" not in hospital.parameters
    after = ["--after", str(tmp_path / "one")]
    hospital.promised = 41
    again = CliRunner().invoke(bulk, [*asked, str(tmp_path / "two"), *after, "-o", "json"])
    assert hospital.parameters["_since"] == CUT
    assert again.exit_code == 1, "lines are wanting"
    assert json.loads(again.stdout)["fetched"][1]["lines"] == 15
    with pytest.raises(Refused, match="no export was finished"):
        CliRunner().invoke(bulk, [*asked, str(tmp_path / "three"), "--after", str(tmp_path)],
                           catch_exceptions=False)  # fmt: skip


@pytest.mark.parametrize(
    ("first", "then", "says"),
    [
        ({"types": ["Patient"]}, {"types": ["Patient", "Goal"]}, "did not ask for Goal"),
        ({"types": ["Patient"]}, {}, "did not ask for all types"),
        ({"export": "group", "group": "a"}, {"export": "group", "group": "b"}, "is of group a"),
        ({"export": "patient"}, {"export": "system"}, "is of patient"),
        ({}, {"types": ["Patient"]}, ""),
        ({"types": ["Goal", "Patient"]}, {"types": ["Patient"]}, ""),
    ],
)
def test_nothing_older_falls_between_an_export_and_the_next(hospital, exporting, first, then, says):
    hospital.waits = []
    state = exporting(**first).run()
    server = exporting(**then).server
    if says:
        with pytest.raises(Refused, match=says):
            moment_after(state, server, "one")
    else:
        assert moment_after(state, server, "one") == CUT
    before_it_was_kept = msgspec.structs.replace(state, asked="", types=())
    assert moment_after(before_it_was_kept, server, "one") == CUT


def test_an_export_follows_none_of_another_server(hospital, exporting, tmp_path):
    hospital.waits = []
    exporting("one").run()
    told = {"kind": "BulkServer", "name": "west", "site": "west",
            "base_url": "https://west.example/fhir"}  # fmt: skip
    (tmp_path / "west.yaml").write_text(json.dumps(told))
    asked = [str(tmp_path / "west.yaml"), "--into", str(tmp_path / "two")]
    with pytest.raises(Refused, match=r"another server.*--since"):
        CliRunner().invoke(bulk, [*asked, "--after", str(tmp_path / "one")], catch_exceptions=False)


def test_who_follows_an_export_that_was_short_is_told_what_stays_wanting(
    hospital, exporting, tmp_path
):
    hospital.waits, hospital.promised = [], 41
    exporting("one").run()
    told = {"kind": "BulkServer", "name": "east", "site": "east", "base_url": hospital.base,
            "client_id": "us", "key_file": "key.json"}  # fmt: skip
    (tmp_path / "east.yaml").write_text(json.dumps(told))
    asked = [str(tmp_path / "east.yaml"), "--into", str(tmp_path / "two")]
    ran = CliRunner().invoke(bulk, [*asked, "--after", str(tmp_path / "one")])
    assert "not asked for now" in ran.stderr
    assert hospital.parameters["_since"] == CUT


def test_a_key_that_others_may_read_is_not_used(exporting, tmp_path):
    (tmp_path / "key.json").chmod(0o644)
    with pytest.raises(Refused, match="chmod 600"):
        exporting()
    (tmp_path / "key.json").chmod(0o600)
    (tmp_path / "key.json").write_text('{"kty": "oct", "k": "AA"}')
    with pytest.raises(Refused, match="this is no key"):
        exporting()
