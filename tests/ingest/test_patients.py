"""Rules say which records are one person's: what is sure merges, what is not waits for a person."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from attending.ingest.patients import known, matches

MRN, NATIONAL = "urn:east:mrn", "urn:national"
UNIQUE = frozenset({NATIONAL})


def patient(number, site="east", **more):
    name = more.pop("name", ("Doe", "Alex"))
    resource = {
        "resourceType": "Patient",
        "id": number,
        "name": [{"family": name[0], "given": [name[1]]}],
        "birthDate": "1950-02-03",
        "gender": "female",
    } | more
    return known(resource, site)


def identified(value, system=NATIONAL):
    return [{"system": system, "value": value}]


def test_a_source_that_says_so_is_believed():
    merged = [{"other": {"reference": "Patient/2"}, "type": "replaced-by"}]
    (found,) = matches([patient("1", link=merged, name=("Roe", "Kim")), patient("2")])
    assert (found.record, found.into, found.sure) == (("east", "1"), ("east", "2"), True)
    took = [{"other": {"reference": "Patient/1"}, "type": "replaces"}]
    (found,) = matches([patient("1", name=("Roe", "Kim")), patient("2", link=took)])
    assert (found.record, found.into) == (("east", "1"), ("east", "2"))


def test_a_unique_identifier_merges_across_sites_unless_birth_or_sex_say_otherwise():
    one = patient("1", identifier=identified("77"))
    same = patient("9", "west", identifier=identified("77"), name=("Married", "Alex"))
    (found,) = matches([one, same], unique=UNIQUE)
    assert found.sure
    assert found.rule == "same_identifier"
    other = patient("9", "west", identifier=identified("77"), birthDate="1950-03-02")
    (found,) = matches([one, other], unique=UNIQUE)
    assert not found.sure
    assert found.differ == ("birth_date",)


def sure(*records):
    """Give the sets of records that rules make one patient's, and how many questions they ask."""
    found = matches(records, unique=UNIQUE)
    groups = {each.id: {each.id} for each in records}
    for match in found:
        if match.sure:
            groups[match.record[1]] |= groups[match.into[1]]
            for number in groups[match.record[1]]:
                groups[number] = groups[match.record[1]]
    return {frozenset(group) for group in groups.values()}, sum(not m.sure for m in found)


def numbered(number, born, sex):
    own = identified("77")
    return patient(number, identifier=own, birthDate=born, gender=sex, name=(number, "Alex"))


def test_two_who_agree_are_merged_though_a_third_of_the_same_identifier_does_not():
    odd, *pair = (
        numbered(n, born, "female") for n, born in (("1", "1950"), ("2", "1960"), ("3", "1960"))
    )
    assert sure(odd, *pair) == ({frozenset("1"), frozenset("23")}, 1)


@given(
    st.lists(
        st.tuples(st.sampled_from(["", "1950", "1960"]), st.sampled_from(["", "female", "male"])),
        min_size=2, max_size=7,
    )
)  # fmt: skip
def test_no_chain_of_merges_makes_one_of_two_who_contradict_each_other(told):
    records = {str(n): numbered(str(n), *each) for n, each in enumerate(told)}
    groups, _ = sure(*records.values())
    for group in groups:
        for what in ("born", "sex"):
            assert len({getattr(records[number], what) for number in group} - {""}) <= 1


def test_an_identifier_that_nobody_declared_unique_says_nothing():
    name = {"name": ("Roe", "Kim")}
    pair = [patient("1", identifier=identified("7", MRN)),
            patient("1", "west", identifier=identified("7", MRN), **name)]  # fmt: skip
    assert matches(pair, unique=UNIQUE) == []


def test_name_and_birth_alone_never_merge():
    pair = [patient("1", name=("Müller", "Zoë")), patient("5", "west", name=("MULLER", "Zoe"))]
    (found,) = matches(pair, unique=UNIQUE)
    assert (found.rule, found.sure) == ("same_name_and_birth", False)
    assert found.agree == ("name", "birth_date", "sex")
    assert matches([patient("1", birthDate=""), patient("2", birthDate="")]) == []


@given(st.permutations(range(6)))
def test_the_order_of_records_does_not_matter(order):
    records = [patient(str(n), identifier=identified(str(n % 3))) for n in range(6)]
    assert matches([records[n] for n in order], unique=UNIQUE) == matches(records, unique=UNIQUE)


def test_a_placeholder_of_a_thousand_records_is_no_half_million_questions():
    many = [patient(str(n), name=("Unknown", "Unknown")) for n in range(1000)]
    assert len(matches(many)) == 999
