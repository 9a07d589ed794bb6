"""Each use case's story: a session that a newcomer can type, with what it prints; and its reader.

A story is `usecases/<name>/story.txt`:

- a line that begins with `# ` is prose;
- a line that begins with `$ attending` is typed, in a fresh folder that holds a copy of
  `usecases/<name>`; `$ATTENDING_DATA` is the folder of real data and `$PORT` a free port. One that
  ends in ` &` goes on until the story ends, and is waited for until it is ready to answer;
- the lines up to the next of these are what is printed, exactly; a line `...` stands for lines
  left out. Where the exit code is not 0, what was said on stderr follows after `! `, and the
  exit code as `[exit 4]`;
- what differs from run to run is written `<time>` for a moment and `<digest>` for a digest.

`make bless` writes what is printed now over every passage that does not fit any more.
"""

from __future__ import annotations

import difflib
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager
from pathlib import Path
from string import Template
from typing import NamedTuple, Self

import pytest

pytestmark = pytest.mark.timeout(240)

ROOT = Path(__file__).resolve().parents[1]
STORIES = sorted(ROOT.glob("usecases/*/story.txt"))
PROSE, TYPED, SAID, BEHIND, LEFT_OUT = "#", "$ ", "! ", " &", "..."
DATA, PORT = "$ATTENDING_DATA", "$PORT"
MASKS = (
    ("<time>", re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")),
    ("<digest>", re.compile(r"\b[0-9a-f]{64}\b|(?:(?<=plan )|(?<=packet ))[0-9a-f]{12}\b")),
)
SECONDS = 120  # for one command, or until one that goes on is ready


class Step(NamedTuple):
    """A line that is typed, what it prints, and the blank lines after it."""

    line: int
    typed: str
    printed: list[str]
    blank: int


class Differs(AssertionError):  # noqa: N818  what it says, it says in the present
    """What a story says is not what happened."""


def parsed(text: str) -> list[str | Step]:
    """Read a story into prose lines and steps."""
    out: list[str | Step] = []
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if line.startswith(TYPED):
            begun = at
            while at < len(lines) and not lines[at].startswith((PROSE, TYPED)):
                at += 1
            printed = lines[begun:at]
            while printed and not printed[-1].strip():
                printed.pop()
            out.append(Step(begun, line[len(TYPED) :], printed, at - begun - len(printed)))
        elif line.startswith(PROSE) or not line.strip():
            out.append(line)
        else:
            raise Differs(f"line {at} is neither prose (# ) nor typed ($ ): {line}")
    if not any(isinstance(part, Step) for part in out):
        raise Differs("nothing is typed in this story")
    return out


def written(parts: list[str | Step]) -> str:
    """Write a story as it is read."""
    lines: list[str] = []
    for part in parts:
        if isinstance(part, Step):
            lines += [TYPED + part.typed, *part.printed, *[""] * part.blank]
        else:
            lines.append(part)
    return "\n".join(lines).rstrip("\n") + "\n"


def masked(lines: list[str]) -> list[str]:
    """Put one word for what differs from run to run."""
    for word, pattern in MASKS:
        lines = [pattern.sub(word, line).rstrip() for line in lines]
    return lines


def fits(wanted: list[str], printed: list[str]) -> bool:
    """Tell whether the lines are those wanted, where `...` stands for any."""
    runs: list[list[str]] = [[]]
    for line in wanted:
        if line == LEFT_OUT:
            runs.append([])
        else:
            runs[-1].append(line)
    first, *rest = runs
    if not rest:
        return wanted == printed
    if printed[: len(first)] != first:
        return False
    *middle, last = rest
    at, end = len(first), len(printed) - len(last)
    for run in middle:
        found = (i for i in range(at, end - len(run) + 1) if printed[i : i + len(run)] == run)
        start = next(found, None)
        if start is None:
            return False
        at = start + len(run)
    return at <= end and printed[end:] == last


class Session:
    """A terminal in a folder of its own."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.environment = environment
        self._going = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._going.close()

    def type(self, typed: str) -> list[str]:
        """Run what is typed; give what it prints, and how it ended where that is not well."""
        words = shlex.split(Template(typed.removesuffix(BEHIND)).substitute(self.environment))
        if words[:1] != ["attending"]:
            raise Differs(f"only attending is run in a story, not {words[0] if words else typed}")
        command = [str(Path(sys.executable).parent / "attending"), *words[1:]]
        if typed.endswith(BEHIND):
            self._going.enter_context(self._behind(command))
            return []
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=os.environ | self.environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        lines = done.stdout.splitlines()
        if "Traceback (most recent call last)" in done.stderr:
            raise Differs(f"{typed}\nbroke:\n{done.stderr}")
        if done.returncode:
            lines += [SAID + line for line in done.stderr.splitlines()]
            lines.append(f"[exit {done.returncode}]")
        lines = masked([line.replace(f"{self.folder}/", "") for line in lines])
        while lines and not lines[-1]:
            lines.pop()
        return lines

    @contextmanager
    def _behind(self, command: list[str]):
        with (self.folder / "behind.log").open("w+") as log:
            going = subprocess.Popen(
                command, cwd=self.folder, env=os.environ | self.environment, stdout=log, stderr=log
            )
            try:
                self._await(going, log.name)
                yield
            finally:
                going.terminate()
                going.wait(30)

    def _await(self, going: subprocess.Popen[bytes], log: str) -> None:
        url = f"http://127.0.0.1:{self.environment['PORT']}/readyz"
        until = time.monotonic() + SECONDS
        while going.poll() is None and time.monotonic() < until:
            try:
                with urllib.request.urlopen(url, timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        raise Differs(f"what was to go on never became ready:\n{Path(log).read_text('utf-8')}")


def told(parts: list[str | Step], session: Session, *, name: str) -> list[str | Step]:
    """Type a story from its first line to its last; give it as it would be written now.

    A step that fits stays as it is written, with what it leaves out.
    """
    now: list[str | Step] = []
    for part in parts:
        if isinstance(part, Step):
            printed = session.type(part.typed)
            if any(line.startswith((PROSE, TYPED)) for line in printed):
                raise Differs(f"{name}:{part.line}: a story cannot hold a printed line like this")
            now.append(part if fits(part.printed, printed) else part._replace(printed=printed))
        else:
            now.append(part)
    return now


def check_told(text: str, now: list[str | Step], *, name: str) -> None:
    """Refuse, with the difference, unless a story is as it happened."""
    was = text.splitlines()
    then = written(now).splitlines()
    told = "\n".join(difflib.unified_diff(was, then, f"{name}, written", "now", lineterm=""))
    if told:
        raise Differs(f"the story does not go so; read this, then `make bless`:\n{told}")


@contextmanager
def opened(folder: Path, use_case: Path, data: Path | None):
    """Give a session in an empty folder beside a copy of a use case."""
    shutil.copytree(use_case, folder / "usecases" / use_case.name)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    environment = {"PORT": port}
    if data is not None:
        environment["ATTENDING_DATA"] = str(data)
    with Session(folder, environment) as session:
        yield session


# --- the stories --------------------------------------------------------------------------


@pytest.mark.parametrize("story", STORIES, ids=[story.parent.name for story in STORIES])
def test_the_story_goes_as_it_is_written(story, tmp_path, request):
    text = story.read_text("utf-8")
    data = request.getfixturevalue("data") if DATA in text else None
    with opened(tmp_path, story.parent, data) as session:
        now = told(parsed(text), session, name=story.parent.name)
    if request.config.getoption("--bless"):
        story.write_text(written(now), "utf-8")
    else:
        check_told(text, now, name=story.parent.name)


# --- the reader itself --------------------------------------------------------------------

TRUE = """\
# The shape of a document, and a folder that is no ledger.

$ attending schema Site
...
      "title": "Site",
...

$ attending verify nowhere
! nowhere/keys: no public key to verify with
[exit 1]
"""


def tell(text, folder):
    """Tell a story; give it as it would be blessed, or fail where it does not go so."""
    with opened(folder, ROOT / "usecases" / "aki_alert", None) as session:
        now = told(parsed(text), session, name="a story")
    check_told(text, now, name="a story")


def test_a_true_story_goes_as_it_is_written(tmp_path):
    tell(TRUE, tmp_path)


@pytest.mark.parametrize(
    ("written_so", "instead", "shown"),
    [
        ('"title": "Site"', '"title": "Sight"', '-      "title": "Sight",'),
        ("[exit 1]", "[exit 2]", "-[exit 2]"),
        ("\n[exit 1]", "", "+[exit 1]"),
        ("! nowhere/keys: no public key to verify with\n", "", "+! nowhere/keys: no public key"),
        ("verify nowhere", "verfy nowhere", "did you mean 'verify'?"),
        ("$ attending verify nowhere", "$ rm -r store", "only attending is run"),
        ("# The shape", "The shape", "line 1 is neither prose"),
        (TRUE, "# Nothing is typed.\n", "nothing is typed"),
        ('\n...\n      "title"', '\n      "title"', "+{"),
    ],
)
def test_a_story_that_goes_otherwise_fails_and_shows_where(tmp_path, written_so, instead, shown):
    untrue = TRUE.replace(written_so, instead)
    assert untrue != TRUE

    with pytest.raises(Differs) as failed:
        tell(untrue, tmp_path)
    assert shown in str(failed.value)


def test_blessing_writes_what_is_printed_and_keeps_what_still_fits(tmp_path):
    untrue = TRUE.replace("[exit 1]", "[exit 2]")
    with opened(tmp_path, ROOT / "usecases" / "aki_alert", None) as session:
        assert written(told(parsed(untrue), session, name="a story")) == TRUE


def test_what_never_becomes_ready_fails_with_what_it_said(tmp_path):
    with pytest.raises(Differs, match="say who may call"):
        tell("$ attending serve usecases/aki_alert --store store --port $PORT &\n", tmp_path)


def test_moments_and_digests_are_no_part_of_a_story():
    line = f"plan {'0a' * 6} of {'0a' * 32}, valid until 2026-10-13T08:00:00.000Z"

    assert masked([line]) == ["plan <digest> of <digest>, valid until <time>"]


@pytest.mark.parametrize(
    ("wanted", "does"),
    [
        ("a b c d", True),
        ("...", True),
        ("a ... d", True),
        ("... c ...", True),
        ("a ... b c d", True),
        ("a b c", False),
        ("a ... e", False),
        ("b ...", False),
        ("... b", False),
        ("a ... c ... b ...", False),
        ("a b c ... c d", False),
    ],
)
def test_lines_left_out_stand_for_any_lines_and_for_nothing_else(wanted, does):
    assert fits(wanted.split(), ["a", "b", "c", "d"]) is does
