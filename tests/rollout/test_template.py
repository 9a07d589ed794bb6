"""The waves that the how-to page offers to copy are ones that the platform takes."""

from __future__ import annotations

import json
import textwrap

from ruamel.yaml import YAML

from attending.admit import admit


def test_the_page_s_waves_are_admitted(root, making, tmp_path):
    page = (root / "docs" / "how-to" / "roll-out-in-waves.md").read_text("utf-8")
    block = page[page.index("    waves:") : page.index("A share is of users")]
    waves = YAML(typ="safe").load(textwrap.dedent(block))["waves"]
    rollout = json.loads(json.dumps(making.rollout)) | {"waves": waves}

    admitted = admit(making.write(tmp_path, rollout=rollout)).rollout

    assert [w.share for w in admitted.waves] == [1.0, 0.2, 0.5, 1.0]
    assert admitted.waves[0].users
    assert admitted.waves[0].weekly_case_cap == 20
    assert all(w.sign_offs for w in admitted.waves)
