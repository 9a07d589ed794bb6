"""What was proposed is what is rolled out: a folder quotes the last submission."""

from __future__ import annotations

import json

import pytest

from attending.admit import admit
from attending.errors import GateNotMet
from attending.ledger import layout
from attending.ledger.unsealed import Unsealed
from attending.loops.books import Books
from attending.loops.declare import declare
from attending.loops.system import intake


class Proposed:
    """A town whose tool was proposed, while its rollout goes on in the real ledger."""

    def __init__(self, town, proposing, folder):
        self.town, self.proposing, self.folder = town, proposing, folder
        opened = Unsealed(town.reader, layout.payload_key(folder)).raw
        self.desk = intake.Desk(Books(town.reader, town.pen, town.clock), opened, "sponsor")
        self.digest = ""

    def submit(self, **over):
        wanted = {"proposal": "falls_alert", "use_case": "falls", "sponsor": "sponsor"} | over
        known, _ = intake.submit(
            self.desk, self.proposing.document(**wanted, prior_digest=self.digest)
        )
        self.digest = known.proposals["falls_alert"].last.digest
        return self.digest

    def end(self, choice):
        intake.end(self.desk, "falls_alert", choice, barriers=("training",), lesson="Slow.")

    def quote(self, digest):
        """Write the digest into usecase.yaml, and declare the folder again."""
        path = self.town.folder.path / "usecase.yaml"
        told = json.loads(path.read_text("utf-8")) | {"proposal": digest}
        path.write_text(json.dumps(told), "utf-8")
        folder = admit(self.town.folder.path)
        self.town.parts = type(self.town.parts)(
            **{n: getattr(self.town.parts, n) for n in self.town.parts.__dataclass_fields__}
            | {"folder": folder}
        )
        declare(self.town.parts, by="engineer")

    def told(self):
        """Give the interlocks that the next plan meets."""
        return self.town.plan()[1].interlocks

    def may_grow(self):
        """Tell whether the next plan shows more; where it may not, another site only listens."""
        plan = self.town.plan()[1]
        return not plan.interlocks and any(c.mode[1] == "live" for c in plan.changes)


@pytest.fixture
def proposed(make_town, proposing):
    town = make_town()
    return Proposed(town, proposing, town.store)


def test_a_use_case_that_was_proposed_grows_only_as_it_was_last_proposed(proposed):
    town = proposed.town
    town.listen()
    assert proposed.told() == (), "nobody proposed it here, and nothing is asked"
    first = proposed.submit()
    assert proposed.told() == ("not_as_proposed",)
    proposed.quote(first)
    digest, plan = town.plan()
    assert plan.interlocks == ()
    town.sign(digest, "committee_chair", "chair")
    town.sign(digest, "cmio", "cmio")
    second = proposed.submit(risk__change=3)
    with pytest.raises(
        GateNotMet, match=f"names proposal {first[:12]}, and the last .*{second[:12]}"
    ):
        town.apply(digest)
    assert town.shown() == {}
    proposed.quote(second)
    town.through(("committee_chair", "chair"), ("cmio", "cmio"))
    assert list(town.shown()) == [("Alder", "*")]


@pytest.mark.parametrize("choice", ["scale", "stop", "iterate", "change_workflow"])
def test_a_pilot_that_was_not_to_scale_grows_only_once_proposed_again(proposed, choice):
    proposed.quote(proposed.submit())
    proposed.town.pilot()
    proposed.town.days(4)
    assert proposed.may_grow()
    proposed.end(choice)
    assert proposed.may_grow() == (choice == "scale")
    proposed.quote(proposed.submit(risk__change=3))
    assert proposed.may_grow()


def test_a_folder_cannot_quote_what_was_never_proposed_for_it(proposed):
    proposed.town.listen()
    proposed.quote("f" * 64)
    digest, plan = proposed.town.plan()
    assert plan.interlocks == ("not_as_proposed",)
    with pytest.raises(GateNotMet, match="not_as_proposed"):
        proposed.town.sign(digest, "committee_chair", "chair")
    other = proposed.submit(use_case="another")
    proposed.quote(other)
    assert proposed.told() == ("not_as_proposed",)


def test_stopping_asks_for_no_proposal(proposed):
    proposed.town.pilot()
    proposed.submit()
    proposed.town.say("suspend", "Alder")
    assert proposed.town.modes()["Alder"] == "suspended"
