"""Nothing leaves the house but by a door that is listed here, with what may go through it.

What a record says of a patient leaves by `serve.egress` alone, and only what a field contract
cleared (contract C44). The other doors stand in modules that cannot reach a patient's data: an
import contract says so (`callers-hold-nothing`), and this says that there are no further ones.
"""

from __future__ import annotations

import ast

import pytest

# What can open a line to somewhere else, or start something that can.
DIALS = {
    "aiohttp", "ftplib", "httpx", "http.client", "imaplib", "nntplib", "poplib",
    "requests", "smtplib", "socket", "telnetlib", "urllib.request", "urllib3", "websockets",
    "xmlrpc", "grpc", "paramiko",
}  # fmt: skip
OPENS = {"open_connection", "create_connection", "open_unix_connection", "getaddrinfo"}

DOORS = {
    "serve.egress": "cleared fields, to the one address of a vendor",
    "act.posting": "notices, which hold no key of a patient's",
    "act.channels.smtp": "the same by mail",
    "ingest.bulk.asking": "questions to a server that patients' data come from; its own token",
    "ingest.terms.client": "single codes and units, which say nothing of whose they are",
    "console.signing_in.fetching": "an identity provider's own codes and keys",
    "cli.staging.breaking": "the demonstration's one word to its own console, on loopback",
}


def dials(module):
    """Tell whether a module can open a line by itself."""
    for node in ast.walk(module.tree):
        named = []
        if isinstance(node, ast.Import):
            named = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            named = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        if any(name == each or name.startswith(f"{each}.") for name in named for each in DIALS):
            return True
        if isinstance(node, ast.Attribute) and node.attr in OPENS:
            return True
    return False


def test_only_the_listed_doors_lead_outside(modules):
    found = {module.dotted for module in modules if dials(module)}

    assert found == set(DOORS), "a way out needs a reason here, and one that is gone none"


@pytest.mark.parametrize(
    "line",
    [
        "import http.client",
        "from http import client",
        "import urllib.request as asking",
        "from urllib.request import urlopen",
        "import socket",
        "import httpx",
        "asyncio.open_connection('maker.example', 443)",
        "def f():\n    import requests.sessions",
    ],
)
def test_each_way_of_dialing_is_seen(line, modules):
    class Planted:
        tree = ast.parse(line)

    assert dials(Planted)
    assert not dials(next(m for m in modules if m.dotted == "serve.cut"))


def test_nobody_makes_what_is_cleared_but_the_contract(modules):
    """What is cleared is made in one place; elsewhere it is only asked what it is."""
    makes = {
        module.dotted
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and (getattr(node.func, "id", "") or getattr(node.func, "attr", "")) == "Cleared"
    }
    named = {m.dotted for m in modules if "_BY_CONTRACT" in m.text or "_cleared" in _attributes(m)}

    assert makes == {"fhir.cleared"}
    assert named == {"fhir.cleared"}


def _attributes(module):
    return {node.attr for node in ast.walk(module.tree) if isinstance(node, ast.Attribute)}
