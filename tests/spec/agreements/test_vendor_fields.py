"""A called vendor is sent what its contract lists, and this is said when a folder is admitted."""

from __future__ import annotations

import pytest

from attending.admit import admit

MAKER = "contact: maker's desk\n"
LISTS = "base_url: https://maker.example\nfields_allowed: [age]\n"
VENDOR = "vendor: maker\n"


def place(falls):
    """Find the file that declares the vendor and its model."""
    return next(p for p in falls.iterdir() if "kind: Vendor" in p.read_text("utf-8"))


def write(falls, vendor, fields):
    path = place(falls)
    told = path.read_text("utf-8").replace(MAKER, MAKER + vendor)
    path.write_text(told.replace(VENDOR, f"{VENDOR}fields: {fields}\n"), "utf-8")


def test_a_field_that_the_contract_does_not_list_is_refused(falls, spoiled):
    write(falls, LISTS, "{age: {}, race: {}}")
    told = spoiled(place(falls).name, "age: {}, race", "age: {}, race")
    assert "may be sent age only" in told
    assert "race" in told


@pytest.mark.parametrize(
    ("vendor", "fields"),
    [(LISTS, "{age: {}}"), (LISTS.partition("\n")[2], "{race: {}}"), ("", "{race: {}}")],
    ids=["listed", "never-called", "lists-nothing"],
)
def test_what_is_listed_and_what_is_never_sent_are_admitted(falls, known, vendor, fields):
    write(falls, vendor, fields)
    admit(falls, known=known)
