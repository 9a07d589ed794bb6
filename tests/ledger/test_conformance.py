"""What the ledger promises, over every store."""

from __future__ import annotations

import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attending.errors import ProofFailed, Refused
from attending.facts.fact import By, Fact, fact_bytes
from attending.ledger.export import as_json_lines, as_zip
from attending.ledger.merkle import Frontier, check_consistency, leaf_hash
from attending.ledger.offline_verifier import check_export, root_from_inclusion
from attending.ledger.open_ledger import open_ledger
from attending.ledger.salt import derived_salt
from attending.ledger.verify import public_keys, verify

BY = By("gateway")


def test_facts_come_back_in_order_as_they_were(open_again, make_fact) -> None:
    reader, pen = open_again()
    facts = [make_fact(n) for n in range(20)]

    receipt = pen.append(facts)

    assert receipt == (tuple(range(20)), 20, 0, 20)
    assert [entry.fact for entry in reader.entries()] == facts
    assert [entry.index for entry in reader.entries(7)] == list(range(7, 20))
    assert reader.entry(3).fact == facts[3]
    assert reader.latest("test/4/served") == reader.entry(4)
    assert reader.latest("test/none/served") is None
    with pytest.raises(Refused, match="there is no fact 20"):
        reader.entry(20)


def test_the_root_is_the_tree_over_salted_leaves(open_again, make_fact) -> None:
    reader, pen = open_again()
    facts = [make_fact(n) for n in range(11)]
    pen.append(facts)
    expected, salt = Frontier(), derived_salt(b"test")
    for index, fact in enumerate(facts):
        expected.append(leaf_hash(salt(index), fact_bytes(fact)))

    assert reader.root() == expected.root().hex()
    assert pen.checkpoint().root == expected.root().hex()


def test_the_same_fact_twice_is_counted_and_not_written(open_again, make_fact) -> None:
    reader, pen = open_again()
    pen.append([make_fact(1), make_fact(2)])

    receipt = pen.append([make_fact(2), make_fact(3), make_fact(3), make_fact(1)])

    assert receipt == ((1, 2, 2, 0), 1, 3, 3)
    assert reader.size() == 3


def test_other_bytes_under_a_key_supersede_the_latest(open_again, make_fact) -> None:
    reader, pen = open_again()
    pen.append([make_fact(1), make_fact(2), make_fact(1, late=True)])
    receipt = pen.append([make_fact(1, later=True), make_fact(1), make_fact(1, late=True)])

    assert receipt == ((3, 0, 2), 1, 2, 4)
    assert [entry.fact.supersedes for entry in reader.entries()] == [None, None, 0, 2]
    assert reader.latest("test/1/served").index == 3


def test_a_fact_may_not_say_what_it_supersedes(open_again) -> None:
    _, pen = open_again()
    fact = Fact(kind="said", key="a/1/said", at="", by=BY, body={}, supersedes=0)

    with pytest.raises(Refused, match="supersedes"):
        pen.append([fact])


@pytest.mark.parametrize(
    "change",
    [{"kind": "guessed"}, {"key": "a\0b"}, {"body": {"x": float("nan")}}, {"key": "\ud800"}],
)
def test_what_could_not_be_read_back_is_refused(open_again, change) -> None:
    reader, pen = open_again()
    given = {"kind": "said", "key": "a/1/said", "at": "", "by": BY, "body": {}, **change}

    with pytest.raises(Refused):
        pen.append([Fact(**given)])
    assert reader.size() == 0


def test_entries_are_chosen_by_kind_and_use_case(open_again, make_fact) -> None:
    reader, pen = open_again()
    kinds = ["served", "acted", "decided", "said"]
    facts = [make_fact(n, kind=kinds[n % 4]) for n in range(50)]
    pen.append(facts)
    every = list(enumerate(facts))

    for wanted in ((), ("acted",), ("acted", "said"), ("said", "acted", "said")):
        for use_case in (None, "aki_alert", "unknown"):
            expected = [
                (index, fact)
                for index, fact in every
                if (not wanted or fact.kind in wanted) and use_case in (None, fact.use_case)
            ]
            found = reader.entries(kinds=wanted, use_case=use_case)
            assert [(entry.index, entry.fact) for entry in found] == expected


def test_reading_is_paged_and_complete(open_again, make_fact) -> None:
    reader, pen = open_again()
    pen.append([make_fact(n, kind=("served", "observed")[n % 2]) for n in range(4100)])

    assert [entry.index for entry in reader.entries()] == list(range(4100))
    found = reader.entries(kinds=["observed", "served"])
    assert [entry.index for entry in found] == list(range(4100))


def test_proofs_from_the_reader_verify(open_again, make_fact) -> None:
    reader, pen = open_again()
    pen.append([make_fact(n) for n in range(13)])
    old = pen.checkpoint()
    pen.append([make_fact(n) for n in range(13, 30)])
    new = pen.checkpoint()

    for index in (0, 5, 12):
        proof = reader.inclusion(index, 13)
        root = root_from_inclusion(proof.leaf, index, 13, proof.path)
        assert root.hex() == old.root
    check_consistency(
        (13, bytes.fromhex(old.root)), (30, bytes.fromhex(new.root)), reader.consistency(13, 30)
    )
    for ask in (lambda: reader.inclusion(30), lambda: reader.consistency(31)):
        with pytest.raises(Refused):
            ask()


def test_a_ledger_opened_again_goes_on_where_it_was(open_again, make_fact) -> None:
    reader, pen = open_again()
    pen.append([make_fact(n) for n in range(5)])
    pen.close()
    reader, pen = open_again()
    pen.append([make_fact(n) for n in range(3, 9)])

    assert (pen.size, reader.size()) == (9, 9)


def test_two_pens_on_one_ledger_make_one_tree(open_again, make_fact, tmp_path, dsn) -> None:
    reader, one = open_again()
    _, two = open_again()

    def write(pen, numbers) -> None:
        for number in numbers:
            pen.append([make_fact(number)])

    threads = [
        threading.Thread(target=write, args=(one, range(40))),
        threading.Thread(target=write, args=(two, range(20, 60))),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    one.append([])
    one.checkpoint()

    assert reader.size() == one.size == 60
    found = verify(tmp_path / "ledger", dsn=dsn)
    assert (found.because, found.size, found.beyond) == ("", 60, 0)


def test_a_checkpoint_comes_before_an_act(open_again, make_fact) -> None:
    _, pen = open_again()
    pen.append([make_fact(n) for n in range(3)])
    assert pen.beyond == 3

    pen.append([make_fact(3, kind="acted")])

    assert pen.beyond == 1


def test_a_fact_waits_no_longer_than_asked_for_its_checkpoint(open_again, make_fact) -> None:
    _, pen = open_again(checkpoint_every=0.0)
    assert pen.checkpoint_due is None

    pen.append([make_fact(1)])

    assert (pen.beyond, pen.checkpoint_due) == (0, None)


def test_an_erased_fact_is_gone_and_every_proof_still_holds(
    open_again, make_fact, tmp_path, dsn
) -> None:
    reader, pen = open_again()
    pen.append([make_fact(n, note="unlikely-to-occur") for n in range(9)])
    before = reader.inclusion(4)
    signed = pen.checkpoint()

    receipt = pen.erase([4], by=BY, at="2026-10-13T09:00:00.000Z", because="asked for by a person")

    assert receipt.indexes == (9,)
    assert [entry.index for entry in reader.entries()] == [0, 1, 2, 3, 5, 6, 7, 8, 9]
    assert reader.latest("test/4/served") is None
    with pytest.raises(Refused, match="erased, by fact 9"):
        reader.entry(4)
    assert reader.inclusion(4, 9) == before
    assert root_from_inclusion(before.leaf, 4, 9, before.path).hex() == signed.root
    found = verify(tmp_path / "ledger", dsn=dsn)
    assert (found.because, found.erased, found.size) == ("", 1, 10)
    row = reader.row(4)
    assert (row.raw, row.salt, row.content) == (None, None, None)
    with pytest.raises(Refused, match="no fact 99"):
        pen.erase([99], by=BY, at="", because="")


def test_an_erased_fact_leaves_no_bytes_in_the_file(tmp_path, make_fact) -> None:
    reader, pen = open_ledger(tmp_path)
    pen.append([make_fact(n, note=f"marker-{n}-" + "x" * 9000) for n in range(5)])
    reader.close()
    pen.erase([2], by=BY, at="", because="asked")

    kept = b"".join(path.read_bytes() for path in sorted(tmp_path.glob("ledger.db*")))
    assert b"marker-2-" not in kept
    assert b"marker-3-" in kept


def test_an_export_verifies_and_a_changed_one_does_not(open_again, make_fact, tmp_path) -> None:
    reader, pen = open_again()
    pen.append([make_fact(n, word="größer") for n in range(21)])
    pen.erase([5], by=BY, at="", because="asked")
    head = pen.checkpoint()
    keys = public_keys(tmp_path / "ledger")

    for export in (as_json_lines, as_zip):
        raw = export(reader, head, [20, 3, 5, 11])
        found = check_export(raw, keys)
        assert (found.because, found.size, found.erased, found.root) == ("", 4, 1, head.root)

    lines = as_json_lines(reader, head, [20, 3, 5, 11])
    assert check_export(lines.replace(b'number\\":11', b'number\\":12'), keys).first_bad == 11
    with pytest.raises(ValueError, match="canonical"):
        check_export(as_zip(reader, head, [3]) + b"x", keys)


def test_a_pen_refuses_a_ledger_that_is_not_the_signed_one(open_again, make_fact, dsn) -> None:
    _, pen = open_again()
    pen.append([make_fact(n) for n in range(6)])
    pen.checkpoint()
    store = pen._connected()
    store.begin()
    sql = "UPDATE fact SET leaf = (SELECT b.leaf FROM fact b WHERE b.idx = 0) WHERE fact.idx = 2"
    store._connection.execute(sql)
    store.commit()

    with pytest.raises(ProofFailed):
        open_again()


def test_a_pen_notices_a_change_underneath_it(open_again, make_fact) -> None:
    _, pen = open_again()
    pen.append([make_fact(n) for n in range(6)])
    _, other = open_again()
    store = other._connected()
    for sql in (
        "UPDATE fact SET leaf = (SELECT b.leaf FROM fact b WHERE b.idx = 0) WHERE fact.idx = 5",
        "DELETE FROM fact WHERE idx = 5",
    ):
        store.begin()
        store._connection.execute(sql)
        store.commit()
        with pytest.raises(ProofFailed):
            pen.append([make_fact(7)])
    assert pen.size == 6


def test_a_reader_notices_bytes_that_were_changed(open_again, make_fact) -> None:
    reader, pen = open_again()
    pen.append([make_fact(n) for n in range(6)])
    store = pen._connected()
    store.begin()
    store._connection.execute(
        "UPDATE fact SET bytes = (SELECT b.bytes FROM fact b WHERE b.idx = 1) WHERE fact.idx = 2"
    )
    store.commit()

    with pytest.raises(ProofFailed) as raised:
        list(reader.entries())
    assert raised.value.index == 2


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    numbers=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2)), max_size=25),
    cuts=st.sets(st.integers(0, 24)),
)
def test_any_batching_gives_the_same_ledger(tmp_path_factory, make_fact, numbers, cuts) -> None:
    facts = [make_fact(number, version=version) for number, version in numbers]

    def ledger(batches):
        reader, pen = open_ledger(
            tmp_path_factory.mktemp("l"), salt=derived_salt(b"s"), checkpoint_every=float("inf")
        )
        indexes = [index for batch in batches for index in pen.append(batch).indexes]
        found = reader.root(), [fact_bytes(entry.fact) for entry in reader.entries()], indexes
        pen.close()
        reader.close()
        return found

    edges = sorted(cut for cut in cuts if cut < len(facts))
    parts = [facts[a:b] for a, b in zip([0, *edges], [*edges, len(facts)], strict=True)]
    whole = ledger([facts])

    assert ledger(parts) == whole
    assert ledger([facts, facts[::-1]])[:2] == whole[:2]
    assert len(whole[1]) == len(set(numbers))
