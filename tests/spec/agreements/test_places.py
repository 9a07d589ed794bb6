"""Waves, pools and weights that do not fit the sites, and what the person is told."""

from __future__ import annotations

import pytest

from attending.admit import admit

REFUSED = {
    "another use case's rollout": (
        "rollout.yaml",
        "use_case: falls",
        "use_case: fals",
        (
            "rollout.yaml:2: use_case: there is no use case 'fals' in this folder; did you mean"
            " 'falls'? (accepted: falls)"
        ),
    ),
    "a site that is not there": (
        "rollout.yaml",
        "sites: [Elm]}",
        "sites: [Ash]}",
        (
            "rollout.yaml:7: waves[1].sites[0]: there is no Site 'Ash' in this folder "
            "(accepted: Alder, Birch, Elm)\n"
            "rollout.yaml:9: pools[0].sites[1]: there is no site 'Elm' in any wave (accepted: "
            "Alder, Birch, Ash)"
        ),
    ),
    "a site twice in one wave": (
        "rollout.yaml",
        "sites: [Elm]",
        "sites: [Elm, Elm]",
        "rollout.yaml:7: waves[1].sites[1]: site 'Elm' is written twice; keep one",
    ),
    "a site in two waves, whole in both": (
        "rollout.yaml",
        "sites: [Elm]",
        "sites: [Elm, Birch]",
        (
            "rollout.yaml:7: waves[1].sites[1]: wave 'first' has taken site 'Birch' whole; take"
            " it out of one of the two, or give the earlier wave a share, users or units"
        ),
    ),
    "a share of a site that an earlier wave took whole": (
        "rollout.yaml",
        "sites: [Elm]}",
        "sites: [Elm, Birch], share: 0.2}",
        (
            "rollout.yaml:7: waves[1].sites[1]: wave 'first' has taken site 'Birch' whole; take"
            " it out of one of the two, or give the earlier wave a share, users or units"
        ),
    ),
    "a site silenced again by a later wave": (
        "rollout.yaml",
        "sites: [Elm]}",
        "sites: [Elm, Birch], mode: silent}",
        (
            "rollout.yaml:7: waves[1].sites[1]: wave 'first' has taken site 'Birch' whole; take"
            " it out of one of the two, or give the earlier wave a share, users or units"
        ),
    ),
    "a site partly live silenced again by a later wave": (
        "rollout.yaml",
        "sign_offs: [{role: cmio}]}\n  - {name: next, sites: [Elm]}",
        (
            "share: 0.2, sign_offs: [{role: cmio}]}\n"
            "  - {name: next, sites: [Elm, Birch], mode: silent}"
        ),
        (
            "rollout.yaml:7: waves[1].sites[1]: wave 'first' has taken site 'Birch' live; a "
            "silent wave comes first"
        ),
    ),
    "two waves of one name": (
        "rollout.yaml",
        "name: next",
        "name: first",
        "rollout.yaml:7: waves[1].name: wave 'first' is written twice; keep one",
    ),
    "a unit that no site of the wave has": (
        "rollout.yaml",
        "sites: [Alder, Birch],",
        "sites: [Alder, Birch], units: [4 Wst],",
        (
            "rollout.yaml:6: waves[0].units[0]: there is no unit '4 Wst' at this wave's sites; "
            "did you mean '4 West'? (accepted: 4 West)"
        ),
    ),
    "a unit where no unit is declared": (
        "rollout.yaml",
        "sites: [Elm]}",
        "sites: [Elm], units: [4 West]}",
        (
            "rollout.yaml:7: waves[1].units[0]: there is no unit '4 West' at this wave's sites;"
            " none is declared"
        ),
    ),
    "a pool of a site that is in no wave": (
        "rollout.yaml",
        "sites: [Alder, Elm], r",
        "sites: [Alder, Elmm], r",
        (
            "rollout.yaml:9: pools[0].sites[1]: there is no site 'Elmm' in any wave; did you "
            "mean 'Elm'? (accepted: Alder, Birch, Elm)"
        ),
    ),
    "a pool with a site twice": (
        "rollout.yaml",
        "sites: [Alder, Elm], r",
        "sites: [Alder, Alder], r",
        "rollout.yaml:9: pools[0].sites[1]: site 'Alder' is written twice; keep one",
    ),
    "a pool called all": (
        "rollout.yaml",
        "name: rural",
        "name: all",
        (
            "rollout.yaml:9: pools[0].name: 'all' is already every site together; give the pool"
            " another name"
        ),
    ),
    "a pool called like a site": (
        "rollout.yaml",
        "name: rural",
        "name: Alder",
        ("rollout.yaml:9: pools[0].name: 'Alder' is already a site; give the pool another name"),
    ),
    "two pools of one name": (
        "rollout.yaml",
        "gates:\n",
        ("  - {name: rural, sites: [Elm], reason: again}\ngates:\n"),
        ("rollout.yaml:10: pools[1].name: 'rural' is already a pool; give the pool another name"),
    ),
    "a weight for a scope that is not there": (
        "rollout.yaml",
        "{expand: 0.05}",
        "{expand: 0.05, weights: {rurl: 2}}",
        (
            "rollout.yaml:4: budget.weights.rurl: there is no scope 'rurl'; did you mean "
            "'rural'? (accepted: Alder, Birch, Elm, rural, all)"
        ),
    ),
}


@pytest.mark.parametrize(("file", "old", "new", "told"), REFUSED.values(), ids=REFUSED)
def test_a_rollout_that_does_not_fit_its_sites_is_refused(spoiled, file, old, new, told):
    assert spoiled(file, old, new) == told


def test_a_site_that_has_listened_may_go_live(falls, known):
    path = falls / "rollout.yaml"
    text = path.read_text(encoding="utf-8")
    listens = "{name: first, sites: [Alder, Birch], mode: silent,"
    text = text.replace("{name: first, sites: [Alder, Birch],", listens)
    text = text.replace("sites: [Elm]}", "sites: [Alder, Birch, Elm]}")
    path.write_text(text, encoding="utf-8")

    assert [wave.mode for wave in admit(falls, known=known).rollout.waves] == ["silent", "live"]
