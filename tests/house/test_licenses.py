"""What is installed with the package may be used by anybody: permissive licenses only."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, metadata

PERMISSIVE = re.compile(
    r"\b(MIT|BSD|0BSD|Apache|ISC|PSF|Python Software Foundation|Zlib|MPL-2\.0|Unlicense|CC0)\b",
    re.IGNORECASE,
)
ACCEPTED_WITH_A_REASON = {
    "certifi": "MPL-2.0, a list of certificates, unchanged",
    "psycopg": "LGPL-3.0, used as a library",
    "psycopg-binary": "LGPL-3.0, used as a library",
}


def said_of(name):
    """Give all that a package says of its license."""
    about = metadata(name)
    classifiers = [c for c in about.get_all("Classifier") or [] if c.startswith("License")]
    first_line = (about.get("License") or "").strip().splitlines()[:1]
    return " ".join([about.get("License-Expression") or "", *first_line, *classifiers])


def test_every_runtime_dependency_is_permissive(root):
    text = (root / "requirements" / "runtime.txt").read_text("utf-8")
    refused = []
    for name in re.findall(r"^([a-z0-9._-]+)==", text, re.MULTILINE):
        try:
            said = said_of(name)
        except PackageNotFoundError:
            continue  # for another system
        if not PERMISSIVE.search(said) and name not in ACCEPTED_WITH_A_REASON:
            refused.append(f"{name}: {said or 'says nothing'}")

    assert not refused
