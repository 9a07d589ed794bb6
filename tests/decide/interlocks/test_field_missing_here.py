from __future__ import annotations

import msgspec
import pytest

from attending.decide.interlocks.field_missing_here import field_missing_here
from attending.decide.looked_at import LookedAt
from attending.facts.data.checked import Checked, CheckResult


def result(site, filled, **over):
    given = {
        "check": "present", "spec": "s", "source": "s", "site": site, "table": "t",
        "column": "lactate", "kind": "completeness", "from_": 0, "to": 1000,
        "num_violated": 1000 - filled, "num_denominator": 1000, "allowed": 0.2, "state": "ok",
        "since_row": 0, "known_at": "2026-03-02T12:00:00.000Z",
    }  # fmt: skip
    return CheckResult(**(given | over))


def looked_at(*results, reads=("falls",)):
    checked = Checked(
        checks="c", spec="s", source="s", table="t", results=results,
        reads=dict.fromkeys(reads, ("lactate",)),
    )  # fmt: skip
    return LookedAt({"k": checked})


@pytest.mark.parametrize(
    ("pilot", "here", "tripped"),
    [(950, 799, True), (950, 800, False), (949, 100, False), (1000, 0, True)],
)
def test_what_the_pilot_had_must_be_here_too(making, trips, pilot, here, tripped):
    found = looked_at(result("Alder", pilot), result("Birch", here))

    said = trips(field_missing_here, standing=making.standing(looked_at=found))

    assert bool(said) is tripped


def test_it_says_which_field_and_how_much_is_there(making, trips):
    found = looked_at(result("Alder", 990), result("Birch", 310))

    assert trips(field_missing_here, standing=making.standing(looked_at=found)) == [
        "lactate is there in 31% of rows at Birch, and in 99% at Alder"
    ]


def declared(site, held, among):
    return result(
        site, held, check="in_value_set", num_violated=among - held, num_denominator=among
    )


@pytest.mark.parametrize(
    ("pilot", "here", "tripped"),
    [(1000, 0, True), (1000, 799, True), (1000, 801, False), (949, 0, False)],
)
def test_what_is_filled_with_another_hospital_s_codes_is_missing_too(
    making, trips, pilot, here, tripped
):
    filled = [result("Alder", 1000), result("Birch", 1000)]
    found = looked_at(*filled, declared("Alder", pilot, 1000), declared("Birch", here, 1000))

    assert bool(trips(field_missing_here, standing=making.standing(looked_at=found))) is tripped


def test_it_says_that_the_codes_are_others(making, trips):
    filled = [result("Alder", 1000), result("Birch", 900)]
    found = looked_at(*filled, declared("Alder", 1000, 1000), declared("Birch", 300, 900))

    assert trips(field_missing_here, standing=making.standing(looked_at=found)) == [
        "lactate holds what is declared in 30% of rows at Birch, and in 100% at Alder"
    ]


def test_a_field_that_is_not_connected_here_is_missing_here(making, trips):
    found = looked_at(result("Alder", 990), result("Birch", 4, state="not_connected"))

    assert trips(field_missing_here, standing=making.standing(looked_at=found))


def test_a_tool_that_does_not_read_the_field_is_let_be(making, trips):
    found = looked_at(result("Alder", 990), result("Birch", 0), reads=("another",))

    assert not trips(field_missing_here, standing=making.standing(looked_at=found))


def test_a_site_that_only_answers_silently_is_let_be(making, trips):
    found = looked_at(result("Alder", 990), result("Birch", 0))
    silent = making.change(mode=("off", "silent"), share=(0.0, 0.0))

    assert not trips(
        field_missing_here,
        standing=making.standing(looked_at=found),
        plan=making.plan(changes=(silent,)),
    )


def test_what_a_later_look_found_stands_in_place_of_it():
    from attending.facts.fact import By, Fact

    def fact(*results):
        body = {"type": "data_checked/1", **msgspec.to_builtins(looked_at(*results).last["k"])}
        return Fact(kind="measured", key="k", at="2026", by=By(person="p"), body=body)

    first = LookedAt().after(fact(result("Alder", 990), result("Birch", 0)))
    second = first.after(fact(result("Alder", 990), result("Birch", 900)))

    def missing(found):
        return [*found.missing("falls", pilot=("Alder",), site="Birch")]

    assert missing(first)
    assert not missing(second)


def test_what_is_found_of_one_column_takes_nothing_back_of_another():
    from attending.facts.fact import By, Fact

    def fact(column, state):
        found = result("Alder", 0, check="same_unit", column=column, state=state)
        told = Checked(
            checks="units", spec="s", source="s", table="labs", results=(found,),
            holds={f"same_unit/{column}": ("falls",)},
        )  # fmt: skip
        body = {"type": "data_checked/1", **msgspec.to_builtins(told)}
        key = f"checks/units/labs.{column}/checked"
        return Fact(kind="measured", key=key, at="2026", by=By(person="p"), body=body)

    both = LookedAt().after(fact("lactate", "breach")).after(fact("creatinine", "ok"))
    assert [each.site for each in both.holding("falls")] == ["Alder"]
    assert not [*both.after(fact("lactate", "ok")).holding("falls")]
