"""Whatever names a person is refused where a pilot user is named, and is not repeated."""

from __future__ import annotations

import pytest

from attending.admit import admit
from attending.serve.pseudonym import Pseudonyms

NAMES = Pseudonyms(b"a key of a test, kept nowhere")


@pytest.mark.parametrize(
    "raw",
    [
        "Practitioner/nurse-1",
        "0a" * 15,
        "0a" * 17,
        "0A" * 16,
        "0g" * 16,
        "0a" * 16 + "\\n",
        " ",
    ],
)
def test_what_is_no_pseudonym_is_refused_with_its_line_and_what_to_run(spoiled, raw):
    users = f'users: ["{NAMES.of("user", "one")}", "{raw}"]'
    told = spoiled("rollout.yaml", "sites: [Elm]}", f"sites: [Elm], {users}}}")

    assert told.startswith(
        "rollout.yaml:7: waves[1].users[1]: a pilot user is named by a pseudonym"
    )
    assert "attending pseudonym --store DIR" in told
    assert not raw.strip() or raw not in told


def test_what_a_gateway_calls_a_person_is_accepted(falls, known):
    users = ", ".join(f'"{NAMES.of("user", each)}"' for each in ("Practitioner/1", "2"))
    path = falls / "rollout.yaml"
    written = path.read_text("utf-8").replace("sites: [Elm]}", f"sites: [Elm], users: [{users}]}}")
    path.write_text(written, "utf-8")

    assert len(admit(falls, known=known).rollout.waves[1].users) == 2
