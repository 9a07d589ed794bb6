"""Pictures of charts: drawn in a worker process, cleaned, and kept by their data's digest.

Where the drawing library is not installed, or a picture takes too long, there is none: the
table under it says the same.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections import OrderedDict
from importlib.util import find_spec
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import structlog
from markupsafe import Markup

from attending.digest import digest

if TYPE_CHECKING:
    from attending.console.chart import Chart

MOST_KEPT = 256
DROPPED = frozenset({"style", "class", "target", "role"})
SECONDS = 20.0  # the first picture starts an engine; the next take milliseconds
# The library puts an address of its own before a path, which nobody is ever sent to.
TO_FACT = re.compile(r"(?:https://vega\.github\.io/vega-datasets/)?/facts/([0-9]+)")
SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
TAGS = frozenset(
    f"{{{SVG}}}{tag}"
    for tag in (
        "svg",
        "g",
        "path",
        "rect",
        "line",
        "text",
        "tspan",
        "a",
        "defs",
        "clipPath",
        "circle",
    )
)
_log = structlog.get_logger("attending.console")


class Worker:
    """One process that draws; it is started when first asked, and again when it failed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: SimpleQueue[bytes] = SimpleQueue()

    def ask(self, spec: str) -> str | None:
        """Give the picture; None where it could not be had in time."""
        with self._lock:
            process = self._started()
            try:
                if process.stdin is None:
                    return None
                process.stdin.write(spec.encode() + b"\n")
                process.stdin.flush()
                answer = json.loads(self._answers.get(timeout=SECONDS) or b"{}")
            except (OSError, Empty, ValueError) as error:
                _log.warning("not_drawn", because=type(error).__name__)
                self._end()
                return None
        if "svg" not in answer:
            _log.warning("not_drawn", because=answer.get("refused", "no answer"))
        svg: str | None = answer.get("svg")
        return svg

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._answers = SimpleQueue()
            kept = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "TMPDIR")}
            self._process = subprocess.Popen(
                [sys.executable, "-m", "attending.console.to_svg"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=kept,
            )
            threading.Thread(
                target=_read, args=(self._process, self._answers), name="charts", daemon=True
            ).start()
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()


def _read(process: subprocess.Popen[bytes], answers: SimpleQueue[bytes]) -> None:
    for line in process.stdout or ():
        answers.put(line)
    answers.put(b"")


class Drawing:
    """Gives each chart its picture, drawn once."""

    def __init__(self) -> None:
        self.can_draw = find_spec("vl_convert") is not None
        self._worker = Worker()
        self._kept: OrderedDict[str, Markup] = OrderedDict()
        self._lock = threading.Lock()

    def picture(self, chart: Chart) -> Markup:
        """Give the picture as markup, empty where there is none."""
        if not self.can_draw:
            return Markup()
        name = digest(json.loads(json.dumps(chart.spec)))
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
                return self._kept[name]
        svg = self._worker.ask(json.dumps(chart.spec))
        if svg is None:
            return Markup()
        try:
            made = cleaned(svg, name=f"c{name[:8]}", label=f"{chart.title}. {chart.about}")
        except (ValueError, ET.ParseError) as error:
            _log.warning("not_drawn", because=str(error))
            return Markup()
        with self._lock:
            self._kept[name] = made
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return made

    def close(self) -> None:
        """End the worker."""
        self._worker.close()


def cleaned(svg: str, *, name: str, label: str) -> Markup:
    """Keep of a picture only what a picture needs; links lead to facts and nowhere else.

    Parameters
    ----------
    svg
        As drawn.
    name
        Put before every id, so that two pictures on a page do not meet.
    label
        What a screen reader says of it.

    Raises
    ------
    ValueError
        For an element that no chart of ours is made of.

    """
    root = ET.fromstring(svg)  # noqa: S314  drawn a moment ago by our own process
    for element in root.iter():
        if element.tag not in TAGS:
            raise ValueError(f"a picture may not hold {element.tag}")
        for key in list(element.attrib):
            if key in DROPPED or key.lower().startswith(("on", "aria-")):
                del element.attrib[key]
        _link(element)
        if "id" in element.attrib:
            element.set("id", f"{name}{element.get('id')}")
        clip = element.get("clip-path", "")
        if clip.startswith("url(#"):
            element.set("clip-path", f"url(#{name}{clip.removeprefix('url(#')}")
    root.attrib |= {"role": "group", "aria-label": label}
    ET.register_namespace("", SVG)
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704  serialized, so escaped


def _link(element: ET.Element) -> None:
    told = element.attrib.pop(f"{{{XLINK}}}href", None) or element.attrib.pop("href", "")
    element.attrib.pop("href", None)
    fact = TO_FACT.fullmatch(told)
    if element.tag == f"{{{SVG}}}a" and fact is not None:
        element.set("href", f"/facts/{fact[1]}")
        element.set("aria-label", f"fact {fact[1]}")
        element.set("tabindex", "-1")  # the table under it holds the same links in order
