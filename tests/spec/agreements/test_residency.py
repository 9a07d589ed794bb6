"""Data of a site go to no vendor who keeps them where they may not be, and unknown is no yes."""

from __future__ import annotations

import pytest

from attending.admit import admit

MAKER = "contact: maker's desk\n"
CALLED = MAKER + "base_url: https://maker.example\n"


def write(falls, file, old, new):
    path = falls / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def place(falls):
    """Find the file that declares the vendor."""
    return next(p.name for p in falls.iterdir() if "kind: Vendor" in p.read_text("utf-8"))


@pytest.fixture
def bound(falls):
    for path in falls.iterdir():
        if "name: Alder\n" in path.read_text("utf-8"):
            write(falls, path.name, "title: Alder Hospital\n",
                  "title: Alder Hospital\ndata_stays_in: [US, EU-DE]\n")  # fmt: skip
    return falls


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("", "say where it is"),
        ("data_in: [US-VA, EU-FR]\n", "not in EU-FR"),
        ("data_in: [EU]\n", "not in EU"),
        ("data_in: [USA]\n", "data_in"),
    ],
)
def test_a_vendor_that_is_called_keeps_data_where_the_site_lets_them_be(
    bound, spoiled, said, words
):
    told = spoiled(place(bound), MAKER, CALLED + said)
    assert words in told


@pytest.mark.parametrize("said", [CALLED + "data_in: [US-VA, EU-DE]\n", MAKER])
def test_what_stays_within_and_what_is_never_sent_are_admitted(bound, known, said):
    write(bound, place(bound), MAKER, said)
    admit(bound, known=known)


def test_a_site_that_says_nothing_binds_nobody(falls, known):
    write(falls, place(falls), MAKER, CALLED)
    admit(falls, known=known)
