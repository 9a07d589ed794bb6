"""A server that is odd, or leads elsewhere, is waited for within bounds and believed in nothing."""

from __future__ import annotations

import json
from errno import ENOSPC

import pytest

from attending.errors import Refused
from attending.ingest.bulk import export
from attending.ingest.bulk.asking import check_address

from .conftest import PATIENTS


class Endless(list):
    """Says for ever that it is not ready; gives up on a client that never does."""

    def __init__(self, after):
        super().__init__()
        self.after, self.n = after, 0

    def __bool__(self):
        self.n += 1
        return self.n < 5_000

    def pop(self, _):
        return "202", self.after


@pytest.mark.parametrize(("after", "most"), [("", 200), ("600", 200), ("86400", 200)])
def test_a_server_that_is_never_ready_is_waited_for_a_day_and_seldom_asked(
    hospital, exporting, after, most
):
    hospital.waits = Endless(after)
    with pytest.raises(Refused, match="run it again to wait on"):
        exporting().run()
    assert hospital.waits.n < most
    assert sum(exporting.waited) < 2 * export.LONGEST_EXPORT
    hospital.waits = []
    assert exporting().run().done, "what was begun is waited for again"
    assert hospital.asked["GET /fhir/Patient/$export"] == 1


def test_a_server_that_is_busy_for_a_moment_is_asked_again(hospital, exporting):
    hospital.waits = [("503", "7"), ("202", "")]
    assert exporting().run().done
    assert exporting.waited[0] == 7


@pytest.mark.parametrize("newer", [False, True])
@pytest.mark.parametrize("status", ["429", "503 throttled"])
def test_an_export_that_is_asked_for_at_a_bad_moment_is_asked_for_again(
    hospital, exporting, newer, status
):
    hospital.newer, hospital.waits = newer, []
    hospital.begins_late = [(status, "9"), (status, "")]
    assert exporting().run().done
    assert exporting.waited == [9, 4]


@pytest.mark.parametrize("code", ["transient", "throttled", "timeout", "lock-error"])
def test_a_look_that_failed_is_no_export_that_failed(hospital, exporting, code):
    hospital.waits = [(f"500 {code}", "11"), ("202", "")]
    assert exporting().run().done
    assert exporting.waited[0] == 11


@pytest.mark.parametrize("status", ["500", "500 exception", "400 invalid"])
def test_an_export_that_failed_is_not_waited_for(hospital, exporting, status):
    hospital.waits = [(status, "11")]
    with pytest.raises(Refused, match="the export failed"):
        exporting().run()
    assert exporting.waited == []


def test_a_page_of_a_manifest_that_comes_later_is_waited_for(hospital, exporting):
    hospital.newer, hospital.waits = True, []
    hospital.late_pages = [("202", "5"), ("429", "6")]
    state = exporting().run()
    assert sum(each.lines for each in state.fetched if each.what == "output") == len(PATIENTS)
    assert exporting.waited == [5, 6]


def test_a_server_that_says_when_it_gives_a_file_is_asked_then_however_often(hospital, exporting):
    hospital.waits, hospital.busy_files = [], [("429", "120")] * 9
    assert exporting().run().done
    assert exporting.waited == [120.0] * 9
    assert hospital.asked["GET /fhir/files/p1"] == 10


def test_a_server_that_is_busy_and_does_not_say_until_when_is_asked_six_times(hospital, exporting):
    hospital.waits, hospital.busy_files = [], [("503", "")] * 6
    with pytest.raises(Refused, match="did not come in 6 tries"):
        exporting().run()
    assert hospital.asked["GET /fhir/files/p1"] == 6


def test_where_tokens_are_given_may_be_away_for_a_moment(hospital, exporting):
    """Tokens end at once here, so that each question needs one."""
    hospital.waits, hospital.lives, hospital.tokens_away = [("202", "")], 0, 2
    assert exporting().run().done
    hospital.tokens_away = 4
    assert exporting("second").run().done


def test_where_tokens_are_given_may_be_away_while_files_are_fetched(hospital, exporting):
    hospital.waits = []
    file = hospital.item

    def away(*told):
        hospital.ends_early, hospital.tokens_away = 1, 2
        hospital.item = file
        return file(*told)

    hospital.item = away
    assert exporting().run().done


def test_a_file_that_is_named_twice_is_fetched_once(hospital, exporting):
    name = hospital.pages

    def twice():
        [page] = name()
        return [page | {"output": [*page["output"], page["output"][0]]}]

    hospital.waits, hospital.pages = [], twice
    state = exporting().run()
    assert hospital.asked["GET /fhir/files/p1"] == 1
    assert sum(each.lines for each in state.fetched if each.what == "output") == len(PATIENTS)


@pytest.mark.parametrize("cut", [None, "yesterday", "2026-11-01", ""])
def test_a_manifest_without_its_moment_is_refused_before_anything_is_fetched(
    hospital, exporting, cut
):
    hospital.waits, hospital.odd = [], {"transactionTime": cut}
    with pytest.raises(Refused, match="transactionTime"):
        exporting().run()
    assert not [path for path, _ in hospital.seen if "/files/" in path]


def test_a_token_that_ended_early_is_asked_for_again(hospital, exporting):
    hospital.waits, hospital.ends_early = [], 1
    assert exporting().run().done
    sent = [bearer for path, bearer in hospital.seen if path.endswith("/files/p1")]
    assert sent == ["Bearer t1", "Bearer t2"]


def test_a_server_elsewhere_leads_nobody_to_this_machine(hospital, exporting, monkeypatch):
    """The server counts as one elsewhere, by a name that this machine is not known by."""
    hospital.waits, hospital.wants_token = [], False
    hospital.elsewhere = hospital.base.replace("127.0.0.1", "localhost")
    known = {"on_this_machine": lambda address: "localhost" in address}
    monkeypatch.setattr(export, "on_this_machine", known["on_this_machine"], raising=False)
    with pytest.raises(Refused, match="leads to this machine"):
        exporting().run()
    assert not [path for path, _ in hospital.seen if "/files/" in path]


def test_no_redirect_is_followed_with_a_token_or_without(hospital, exporting):
    hospital.waits, hospital.leads_on = [], f"{hospital.base}/somewhere"
    with pytest.raises(Refused, match="did not come"):
        exporting().run()
    assert not [path for path, _ in hospital.seen if path.endswith("somewhere")]


def test_a_file_packed_as_nobody_asked_is_refused_and_no_lines_are_made_of_it(
    hospital, exporting, tmp_path
):
    hospital.waits, hospital.packing = [], "br"
    with pytest.raises(Refused, match="compressed a file"):
        exporting().run()
    assert exporting().state().fetched == ()
    assert not list((tmp_path / "out").glob("*.ndjson"))


def test_what_was_begun_on_a_full_disk_does_not_go_on_filling_it(
    hospital, exporting, tmp_path, monkeypatch
):
    def full(_):
        raise OSError(ENOSPC, "the disk is full")

    hospital.waits = []
    with monkeypatch.context() as patched:
        patched.setattr(export, "_begun", full)
        with pytest.raises(OSError, match="full"):
            exporting().run()
    assert not list((tmp_path / "out").glob(".*"))
    assert exporting().run().done


def test_what_is_all_here_is_done_though_the_server_is_away_when_told(hospital, exporting):
    hospital.waits, hospital.away_for_tidying = [], True
    assert exporting().run().done
    hospital.gone = True
    assert exporting().run().done, "nobody asks a server for what it has forgotten"


@pytest.mark.parametrize(
    "address", ["https://a.example/ü", "https://a.example/a b", "https://a.example/\r\nx: y"]
)
def test_an_address_with_what_has_to_be_encoded_is_refused(address):
    with pytest.raises(Refused, match="encoded"):
        check_address(address)


def test_a_token_that_is_no_header_is_refused(hospital, exporting, monkeypatch):
    given = json.dumps({"access_token": "t\r\nx: y"}).encode()
    monkeypatch.setattr(
        "attending.ingest.bulk.token.ask",
        lambda *_: type("Answer", (), {"status": 200, "body": given})(),
    )
    with pytest.raises(Refused, match="is no token"):
        exporting(token_url=hospital.base + "/token").run()
