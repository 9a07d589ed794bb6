"""How long it takes to begin."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import gateway
from measured import Row


def version():
    begun = time.perf_counter()
    command = [str(Path(sys.executable).parent / "attending"), "--version"]
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begun


def serve(root, run):
    started = gateway.attending(root, f"start{run}", "context", "--no-auth")
    started.end()
    return started.ready_in


def rows(root, runs):
    versions = [version() for _ in range(runs)]
    serves = [serve(root, run) for run in range(runs)]
    return [
        Row("attending --version", versions, 0.15, "s", at_most=True),
        Row("attending serve, until it answers", serves, 2.0, "s", at_most=True),
    ]
