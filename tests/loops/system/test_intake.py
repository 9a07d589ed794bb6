"""What is proposed is never lost, never overwritten, and its words lie sealed beside it."""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attending import shapes
from attending.clock import ReplayClock
from attending.decide.proposals.intake import unknown
from attending.decide.proposals.look_alike import look_alikes
from attending.decide.proposals.roadmap import overruns, roadmap
from attending.errors import GateNotMet, Refused, Stale
from attending.facts.fact import By, Fact
from attending.facts.proposal import DEFAULT_TABLE
from attending.ledger import layout
from attending.ledger.unsealed import Unsealed
from attending.loops.system import intake
from attending.spec.mistake import SpecRefused
from attending.wiring import open_books

BEGAN = datetime(2026, 11, 1, 8, tzinfo=UTC)
SPONSOR = "chief-medical-officer"


class Office:
    """The books of one health system, and people who propose things."""

    def __init__(self, store):
        self.store, self.clock = store, ReplayClock(BEGAN)
        self.books = msgspec_replace(open_books(store), clock=self.clock)
        self.opened = Unsealed(self.books.reader, layout.payload_key(store)).raw

    def desk(self, person="radiology-champion"):
        return intake.Desk(self.books, self.opened, person)

    def submit(self, document, person="radiology-champion"):
        return intake.submit(self.desk(person), document)

    def end(self, choice="stop", person=SPONSOR, *, name="report_drafting",
            barriers=("workflow", "cost"), lesson="Nobody edited the drafts."):  # fmt: skip
        return intake.end(self.desk(person), name, choice, barriers=barriers, lesson=lesson)

    def tell(self, kind, use_case=None, **body):
        fact = Fact(kind="said", key=f"{body}/{kind}", at=self.books.at, by=By("desk"),
                    use_case=use_case, body={"type": kind, **body})  # fmt: skip
        self.books.write([fact])

    @property
    def now(self):
        return intake.followed(self.books.reader).now()

    @property
    def kept(self):
        return self.now.proposals["report_drafting"]

    def facts(self, kind):
        return [e.fact for e in self.books.reader.entries() if e.fact.type == kind]


def msgspec_replace(books, **over):
    return type(books)(**{name: over.get(name, getattr(books, name)) for name in
                          ("reader", "pen", "clock")})  # fmt: skip


@contextmanager
def made():
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        office = Office(Path(folder))
        try:
            yield office
        finally:
            office.books.close()


@pytest.fixture
def office():
    with made() as found:
        yield found


EDITS = {
    "problem": ("problem", st.sampled_from(["It takes hours.", "It takes days.", "Ärzte 雪"])),
    "metrics.1.target": ("metrics__0__target", st.sampled_from([4, 5.5, 6])),
    "risk.vendor": ("risk__vendor", st.sampled_from([0, 4, "not_known"])),
    "six.rules": ("six__rules", st.sampled_from(["none yet", "the policy of 2025"])),
    "criteria.need_unique.answer": ("criteria__3__answer", st.sampled_from(["yes", "no"])),
    "after_launch.funds": ("after_launch__funds", st.sampled_from(["imaging", "quality"])),
    "boxes.scale.to": ("boxes__3__to", st.sampled_from(["2027-07-31", "2027-08-31"])),
    "aliases": ("aliases", st.sampled_from([["ReportPen"], ["ReportPen", "Sunline Draft"]])),
}
STEP = st.fixed_dictionaries({}, optional={name: values for name, (_, values) in EDITS.items()})
QUOTES = st.sampled_from(["last", "last", "last", "older", "none", "unknown"])


@settings(max_examples=25)
@given(steps=st.lists(st.tuples(STEP, QUOTES), min_size=1, max_size=7))
def test_only_on_top_of_the_last_submission_and_the_diff_names_exactly_what_changed(
    proposing, steps
):
    with made() as office:
        office.submit(proposing.document())
        over, accepted = {}, [office.kept.last]
        for edits, quoted in steps:
            wanted = over | {EDITS[name][0]: value for name, value in edits.items()}
            differs = changed(proposing.plain(**over), proposing.plain(**wanted))
            last = accepted[-1].digest
            digest = {"last": last, "older": accepted[0].digest, "none": "",
                      "unknown": "f" * 64}[quoted]  # fmt: skip
            document = proposing.document(**wanted, prior_digest=digest)
            size = office.books.reader.size()
            if not differs:
                assert office.submit(document)[1] is False
                assert office.books.reader.size() == size
            elif digest != last:
                with pytest.raises(Stale, match=last):
                    office.submit(document)
                assert office.kept.last.digest == last
                assert office.books.reader.size() == size
            else:
                assert office.submit(document)[1] is True
                was, now = office.kept.history[-2:]
                told = intake.differing(office.opened, was, now)
                assert [row.field for row in told] == differs
                accepted.append(now)
                over = wanted
        assert [each.digest for each in office.kept.history] == [a.digest for a in accepted]
        assert office.kept.last.n == len(accepted)


def changed(was, now):
    """Give the fields that differ, worked out from what was written; plain ones first."""
    names = []
    for name, (path, _) in EDITS.items():
        before, later = was, now
        for part in path.split("__"):
            key = int(part) if part.isdigit() else part
            before, later = before[key], later[key]
        if before != later:
            names.append(name)
    texts = {"problem", "six.rules"}
    return sorted(set(names) - texts) + sorted(set(names) & texts)


def test_who_rests_on_an_older_submission_is_told_what_changed_since(office, proposing):
    office.submit(proposing.document())
    first = office.kept.last.digest
    office.submit(proposing.document(risk__change=3, six__rules="new", prior_digest=first), "other")
    with pytest.raises(Stale) as stale:
        office.submit(proposing.document(problem="Mine.", prior_digest=first))

    assert "submission 2, by other" in str(stale.value)
    assert "risk.change: 1 -> 3" in str(stale.value)
    assert "six.rules: the reporting policy -> new" in str(stale.value)
    assert "problem" not in str(stale.value)


def test_of_two_who_submit_at_once_one_is_heard_and_the_other_told(office, proposing, monkeypatch):
    office.submit(proposing.document())
    first = office.kept.last.digest
    write, mine = type(office.books).write, proposing.document(prior_digest=first, risk__change=3)

    def late(books, facts, payloads):
        monkeypatch.undo()
        office.submit(proposing.document(prior_digest=first, route="hybrid"), "other")
        return write(books, facts, payloads)

    monkeypatch.setattr(type(office.books), "write", late)
    with pytest.raises(Stale, match="route: buy -> hybrid"):
        office.submit(mine)

    assert [each.person for each in office.kept.history] == ["radiology-champion", "other"]
    assert len(office.facts("proposal/1")) == 3, "what was said stays said"


def test_no_word_that_somebody_wrote_is_in_the_ledger(office, proposing):
    office.submit(proposing.document())
    office.end()
    told = json.dumps([msgspec.to_builtins(f) for f in office.facts("proposal/1")])
    told += json.dumps([msgspec.to_builtins(f) for f in office.facts("pilot_end/1")])
    plain = proposing.plain()
    written = [plain["problem"], *plain["six"].values(), *plain["alternative"].values()]
    written += [each["why"] for each in plain["criteria"]] + [plain["metrics"][0]["metric"]]

    assert not [text for text in written if text in told]
    assert "edited the drafts" not in told
    words = intake.words_of(office.opened, office.kept.last)
    assert words.texts["six.owner"] == plain["six"]["owner"]
    assert (
        intake.lesson_of(office.opened, office.kept.ends[0].lesson) == "Nobody edited the drafts."
    )


def test_what_is_not_known_is_kept_and_shown_as_that(office, proposing):
    office.submit(proposing.document())

    assert unknown(office.kept.last) == (
        "criteria.vendor_lasting.answer",
        "oversight.protected_input",
        "risk.vendor",
    )


def test_a_post_that_has_left_sponsors_nothing_and_submits_nothing(office, proposing):
    office.tell("departed/1", person=SPONSOR)
    with pytest.raises(SpecRefused, match=f"sponsor: {SPONSOR} has left"):
        office.submit(proposing.document())
    with pytest.raises(Refused, match="has left"):
        office.submit(proposing.document(sponsor="cmio"), SPONSOR)

    assert not office.now.proposals


def test_a_use_case_once_named_is_not_exchanged(office, proposing):
    office.submit(proposing.document(use_case=None))
    assert office.facts("proposal/1")[-1].use_case is None
    office.submit(proposing.document(prior_digest=office.kept.last.digest))
    assert office.facts("proposal/1")[-1].use_case == "report_drafting"
    for other in ("another", None):
        last = office.kept.last.digest
        with pytest.raises(Refused, match="is about use case report_drafting"):
            office.submit(proposing.document(use_case=other, prior_digest=last))


# --- the end of a pilot -------------------------------------------------------------------


def test_a_pilot_that_runs_over_stays_listed_until_its_end_is_recorded(office, proposing):
    office.submit(proposing.document(use_case=None))
    on = date(2027, 1, 25)

    def over():
        return [(o.phase, o.days) for o in overruns(office.now, on)]

    assert over() == [("design", 70), ("run", 25), ("evaluate", 5)]
    office.submit(proposing.document(prior_digest=office.kept.last.digest))
    office.tell("receipt/1", "report_drafting", wave="pilot", expansion="moving")
    assert over() == [("run", 25), ("evaluate", 5)]
    office.end("scale", barriers=())
    assert over() == []
    on = date(2027, 7, 1)
    assert over() == [("scale", 1)]
    office.tell("receipt/1", "report_drafting", wave="rest", expansion="finished")
    assert over() == []


@pytest.mark.parametrize(
    ("over", "error", "words"),
    [
        ({"lesson": "  "}, Refused, "write the lesson"),
        ({"barriers": ()}, Refused, "what stood in the way"),
        ({"person": "radiology-champion"}, GateNotMet, "may not end it"),
        ({"name": "report_draftin"}, Refused, "report_drafting"),
    ],
)
def test_a_pilot_ends_only_by_those_who_decide_with_barriers_and_a_lesson(
    office, proposing, over, error, words
):
    office.submit(proposing.document())
    with pytest.raises(error, match=words):
        office.end(**over)
    assert office.kept.end is None


def test_an_ended_pilot_leaves_the_roadmap_and_may_be_proposed_again(office, proposing):
    office.submit(proposing.document())
    assert office.end("iterate")[1] is True
    assert office.end("iterate")[1] is False
    with pytest.raises(Refused, match="ended with iterate"):
        office.end("stop")
    assert roadmap(office.now) == ()
    last = office.kept.last.digest
    office.submit(proposing.document(prior_digest=last, risk__change=2))
    assert [each.kept.last.n for each in roadmap(office.now)] == [2]
    assert len(office.kept.ends) == 1


# --- what looks like it -------------------------------------------------------------------

OTHER = {"proposal": "note_drafts", "tool": "visit_notes", "title": "Visit notes",
         "aliases": [], "vendor": "Moonline", "use_case": None}  # fmt: skip


@pytest.mark.parametrize(
    ("over", "because"),
    [
        ({"vendor": "sunline"}, "the same vendor"),
        ({"aliases": ["Report-Pen"]}, "the same name"),
        ({"output": "draft report of a visit"}, "in common: draft, report"),
        ({"task": "code", "output": "billing codes"}, None),
        ({"output": "a note"}, None),
        ({"vendor": "Sunline", "task": "code", "output": "billing codes"}, None),
    ],
)
def test_a_stopped_look_alike_teaches_and_the_unrelated_do_not(office, proposing, over, because):
    office.submit(proposing.document())
    office.end()
    office.submit(proposing.document(**OTHER | over))
    found = look_alikes(office.now, office.now.proposals["note_drafts"].last)

    assert [each.tool for each in found] == (["radiology_drafts"] if because else [])
    if because:
        assert because in found[0].because
        assert found[0].end.barriers == ("workflow", "cost")


def test_a_pilot_that_goes_on_or_scaled_teaches_nothing_yet(office, proposing):
    office.submit(proposing.document())
    office.submit(proposing.document(**OTHER | {"vendor": "Sunline"}))
    other = office.now.proposals["note_drafts"].last
    assert look_alikes(office.now, other) == ()
    office.end("scale")
    assert look_alikes(office.now, other) == ()


@pytest.mark.parametrize(("status", "n"), [("stopped", 1), ("retired", 1), ("live", 0)])
def test_what_the_inventory_says_was_stopped_is_shown_too(office, proposing, status, n):
    office.tell("tool/1", tool="t7", name="ReportPen", vendor="Elsewhere", claimed_status=status)
    office.tell("tool/1", tool="t8", name="Bed planner", task="schedule", claimed_status="stopped")
    office.submit(proposing.document())
    found = look_alikes(office.now, office.kept.last)

    assert [(each.tool, each.claimed) for each in found] == [("t7", status)] * n


# --- the table ----------------------------------------------------------------------------


def test_another_impact_table_is_a_fact_and_ranks_everything_anew(office, proposing):
    office.submit(proposing.document())
    assert [each.impact for each in roadmap(office.now)] == [3]
    levels = msgspec.to_builtins(DEFAULT_TABLE)["levels"]
    levels["time"]["hours_per_year"] = [1000, 10_000, 20_000, 40_000]
    table = shapes.convert({"version": "ours-1", "levels": levels}, type(DEFAULT_TABLE))
    assert intake.set_table(office.desk(), table) is True
    assert intake.set_table(office.desk(), table) is False
    assert [each.impact for each in roadmap(office.now)] == [1]
    levels["time"]["hours_per_year"] = [5, 5, 6, 7]
    for version, words in (("ours-1", "name a new version"), ("ours-2", "levels that rise")):
        worse = shapes.convert({"version": version, "levels": levels}, type(DEFAULT_TABLE))
        with pytest.raises(Refused, match=words):
            intake.set_table(office.desk(), worse)
    assert office.now.table.version == "ours-1"


def test_the_newest_tier_of_its_tool_or_use_case_counts(office, proposing):
    office.submit(proposing.document())
    (ranked,) = roadmap(office.now)
    assert ranked.why_not_quick == ("its risk tier is not known",)
    office.tell("tier/1", "report_drafting", tier="moderate")
    assert roadmap(office.now)[0].quick
    office.tell("tier/1", tool="radiology_drafts", tier="high")
    assert roadmap(office.now)[0].why_not_quick == ("its risk tier is high",)


def test_a_tier_that_people_set_otherwise_ranks_as_it_stands_on_the_day(office, proposing):
    office.submit(proposing.document())
    device = {"c1": "yes", "c2": "yes", "c3": "yes", "c4": "yes", "time_critical": False,
              "result": "not_device", "guidance_version": "x"}  # fmt: skip
    told = {"inputs_digest": "d", "rulebook": "tier-default", "version": "v", "rank": 0,
            "because": [], "device": device}  # fmt: skip
    office.tell("tier/1", "report_drafting", tier="moderate", **told)
    assert roadmap(office.now)[0].quick
    raised = {"from": "moderate", "to": "high", "inputs_digest": "d", "role": "cmio", "why": "w"}

    office.tell("tier_override/1", "report_drafting", **raised)

    (ranked,) = roadmap(office.now.as_of(office.books.at[:10]))
    assert ranked.why_not_quick == ("its risk tier is high",)
    index = office.books.reader.size() - 1
    assert ranked.tier.index == index
    assert roadmap(office.now)[0].tier.tier == "high"  # what raises it runs out on no day


def test_taking_in_again_changes_nothing(office, proposing):
    document = proposing.document()
    office.submit(document)
    office.clock.advance(timedelta(days=1))
    size = office.books.reader.size()

    assert office.submit(document)[1] is False
    assert office.books.reader.size() == size
