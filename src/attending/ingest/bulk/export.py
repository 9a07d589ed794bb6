"""One export: asked for, waited for, fetched file by file, and tidied away.

Written for FHIR Bulk Data 3.0 and tolerant of 4.0: a server that takes no GET is asked by POST,
`outcome` is read where it stands for `error`, a manifest may come in pages, and `request` may
be missing. What was fetched is on disk before it is on record, so that an export that was cut
off goes on where it was: the same address is asked again, and no whole file twice. A server
that has forgotten the export is told of plainly; then it is begun anew.

The manifest is kept as it came: it is where the data are from. In a folder that is sealed, all of
it is: a manifest may hold addresses that need no token.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

import msgspec

from attending import shapes
from attending.errors import Refused
from attending.ingest.bulk.asking import (
    Answer,
    Away,
    ask,
    on_this_machine,
    same_place,
    streamed,
)
from attending.ingest.bulk.later import BUSY, LONGEST_WAIT, is_later, seconds_asked
from attending.ingest.bulk.manifest import Item, Manifest, items, read, refuse
from attending.ingest.bulk.packing import content
from attending.lake.at_rest import AtRest, at_rest
from attending.lake.durable import make_folder, sync_folder
from attending.ledger.durable_file import write_durably

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from attending.ingest.bulk.token import Tokens
    from attending.spec.data.bulk_server import BulkServer

ACCEPTED, GOOD, UNKNOWN, NOT_THERE = 202, 200, 401, (404, 410)
NO_GET = (404, 405, 501)  # a server of the newer version, which takes POST alone
FHIR, NDJSON = "application/fhir+json", "application/fhir+ndjson"
FIRST_WAIT = 1.0  # seconds before the second look
LONGEST_EXPORT = 86_400.0  # seconds of waiting in one run, after which a person looks
TRIES = 6  # of one question that is not answered, each wait twice the one before
MOST_PAGES = 1_000  # of one manifest
STATE, MANIFEST = "export.json", "manifest.json"
T = TypeVar("T")
LINE_BEGINS = re.compile(rb"\n(?=[^\r\n])")


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """One file that is here.

    Attributes
    ----------
    what
        ``output``, ``deleted`` or ``outcome``.
    url, type
        As the manifest says.
    file, sha256, lines
        Its name here, the digest of its bytes, and its lines that are not empty.
    count
        How many the manifest promises; None where it does not say.

    """

    what: str
    url: str
    type: str
    file: str
    sha256: str
    lines: int
    count: int | None

    @property
    def is_short(self) -> bool:
        """Tell whether another number of lines came than was promised."""
        return self.count is not None and self.count != self.lines


class State(msgspec.Struct, frozen=True, kw_only=True):
    """How far an export is; on disk after every step.

    Attributes
    ----------
    polling
        Where the server tells how far it is; empty before it was asked.
    since
        What was asked for: what changed after this moment; empty is everything.
    transaction_time
        When the data were cut; what changes later is the next export's.
    fetched
        The files that are here.
    done
        Whether all are; the server is told to tidy up after that, and may be away by then.
    asked, types
        Whose data were asked for, and which types; empty where that was not kept, or all.

    """

    polling: str = ""
    since: str = ""
    transaction_time: str = ""
    fetched: tuple[Fetched, ...] = ()
    done: bool = False
    asked: str = ""
    types: tuple[str, ...] = ()


@dataclass(frozen=True)
class Export:
    """An export of one server into one folder.

    Parameters
    ----------
    server
        Who is asked, and for what.
    tokens
        What proves who asks.
    folder
        Where files and state are kept; the same folder goes on with the same export.
    wait
        Waits so many seconds.
    say
        Is told of each step, in a few words.

    """

    server: BulkServer
    tokens: Tokens
    folder: Path
    wait: Callable[[float], None]
    say: Callable[[str], None]

    def run(self, since: str = "") -> State:
        """Ask, wait, fetch and tidy up; go on with what was begun here.

        Parameters
        ----------
        since
            Only what changed after this moment; of an export that is begun already, what it
            was begun with stands.

        Raises
        ------
        Refused
            The server refuses, is away for too long, or has forgotten the export.

        """
        make_folder(self.folder)
        state = self.state()  # refused here where the folder is sealed and its key is not there
        if state.done:
            return state
        if not state.polling:
            asked, types = self.server.of_whom, self.server.types
            where = self._kick_off(since)
            state = self._keep(State(polling=where, since=since, asked=asked, types=types))
        manifest, raw = self._manifest(state.polling)
        self._put(MANIFEST, raw)
        state = self._keep(
            msgspec.structs.replace(state, transaction_time=manifest.transaction_time)
        )
        here = {each.url for each in state.fetched}
        for what, item in items(manifest):
            if item.url in here:
                continue  # fetched by an earlier run, or named twice
            here.add(item.url)
            fetched = self._fetch(what, item, len(state.fetched), manifest)
            self.say(f"{fetched.file}: {fetched.lines:,} lines")
            state = msgspec.structs.replace(state, fetched=(*state.fetched, fetched))
            self._keep(state)
        # Done before the server is told: one that forgets at once would else be asked again for
        # what it no longer has, should this end in between.
        state = self._keep(msgspec.structs.replace(state, done=True))
        self._tidy(state.polling)
        return state

    def state(self) -> State:
        """Give how far the export in this folder is."""
        path = self.folder / STATE
        if not path.exists():
            return State()
        with self._there.reading(path) as file:
            return shapes.decode(file.read(), State)

    def _kick_off(self, since: str) -> str:
        base = self.server.base_url.rstrip("/")
        path = {
            "system": "$export",
            "patient": "Patient/$export",
            "group": f"Group/{self.server.group}/$export",
        }[self.server.export]
        asked = {"_outputFormat": NDJSON}
        asked |= {"_since": since} if since else {}
        asked |= {"_type": ",".join(self.server.types)} if self.server.types else {}
        headers = {"accept": FHIR, "prefer": "respond-async"}
        address = f"{base}/{path}?{urlencode(asked)}"
        answer = self._waited_for(lambda: self._ask("GET", address, headers))
        if answer.status in NO_GET:
            self.say(f"the server takes no GET ({answer.status}); asking by POST")
            body = msgspec.json.encode(_parameters(self.server, since))
            said = headers | {"content-type": FHIR}
            answer = self._waited_for(lambda: self._ask("POST", f"{base}/{path}", said, body))
        where = answer.header("content-location")
        if answer.status != ACCEPTED or not where:
            refuse("the server does not begin an export", answer)
        return where

    def _manifest(self, polling: str) -> tuple[Manifest, bytes]:
        """Look until the export is ready; give its manifest, all pages in one, and as it came."""
        self.say("waiting for the server")
        answer = self._waited_for(lambda: self._look(polling), not_yet=(ACCEPTED,))
        if answer.status in NOT_THERE:
            because = "the server has forgotten this export; begin anew in another folder"
            raise Refused(because, where=str(self.folder))
        whole = read(answer)
        raw = answer.body
        for _ in range(MOST_PAGES):
            following = next((each.url for each in whole.link if each.relation == "next"), None)
            if following is None:
                return whole, raw
            answer = self._waited_for(partial(self._look, following), not_yet=(ACCEPTED,))
            page, raw = read(answer), raw + b"\n" + answer.body
            whole = Manifest(
                whole.transaction_time,
                whole.requires_access_token,
                [*whole.output, *page.output],
                [*whole.deleted, *page.deleted],
                [*whole.error, *page.error],
                [*whole.outcome, *page.outcome],
                page.link,
            )
        raise Refused(f"the manifest has more than {MOST_PAGES:,} pages")

    def _waited_for(self, asked: Callable[[], Answer], not_yet: tuple[int, ...] = ()) -> Answer:
        """Ask until the server no longer says *later*, and as seldom as it wants."""
        answer, pause, waited = asked(), FIRST_WAIT, 0.0
        while answer.status in not_yet or is_later(answer):
            wanted = seconds_asked(answer.header("retry-after"), self.tokens.clock.now())
            if answer.status not in not_yet or not wanted:
                pause = min(2 * pause, LONGEST_WAIT)
            if waited > LONGEST_EXPORT:
                hours = f"{LONGEST_EXPORT / 3600:.0f} hours"
                raise Refused(f"not ready after {hours} of waiting; run it again to wait on")
            waited += max(pause, wanted)
            if answer.status not in not_yet:
                self.say(
                    f"the server says later ({answer.status}); waiting {max(pause, wanted):.0f} s"
                )
            self.wait(max(pause, wanted))
            answer = asked()
        return answer

    def _tried(self, asked: Callable[[], T], gave_up: Refused) -> T:
        """Ask again where nobody answers, and when the server wants it where it says when."""
        pause, tries, waited = FIRST_WAIT, 0, 0.0
        while True:
            try:
                return asked()
            except Away as error:
                tries += not error.again_in  # who says when is asked then, however often
                if tries == TRIES or waited > LONGEST_EXPORT:
                    raise gave_up from error
                seconds = max(pause, error.again_in)
                self.say(f"{error}; trying again in {seconds:.0f} s")
                self.wait(seconds)
                waited += seconds
                pause = pause if error.again_in else min(2 * pause, LONGEST_WAIT)

    def _look(self, address: str) -> Answer:
        return self._ask("GET", address, {"accept": "application/json"})

    def _fetch(self, what: str, item: Item, n: int, manifest: Manifest) -> Fetched:
        """Fetch one file whole: under another name until it is."""
        name = f"{n:05}.{what}.{_safe(item.type)}.ndjson"
        # A token goes to whom the manifest says, and never to another house than the server's.
        ours = manifest.requires_access_token and same_place(item.url, self.server.base_url)
        if manifest.requires_access_token and not ours:
            raise Refused("the manifest sends a token to another server; nothing was fetched")
        if on_this_machine(item.url) and not on_this_machine(self.server.base_url):
            raise Refused("the manifest leads to this machine; nothing was fetched")

        def once() -> Fetched:
            headers = {"accept": NDJSON, "accept-encoding": "gzip"}
            headers |= self.tokens.headers() if ours else {}
            digest, lines = self._whole(name, item.url, headers)
            return Fetched(
                what=what, url=item.url, type=item.type, file=name, sha256=digest,
                lines=lines, count=item.count,
            )  # fmt: skip

        because = f"a file did not come in {TRIES} tries; run it again to go on"
        return self._tried(once, Refused(because, where=name))

    def _whole(self, name: str, url: str, headers: dict[str, str]) -> tuple[str, int]:
        beside, seen, lines, last = self.folder / f".{name}", sha256(), 0, b"\n"
        with (
            streamed("GET", url, headers) as answer,
            _unless_whole(beside),
            beside.open("wb") as file,
        ):
            if answer.status == UNKNOWN:
                self.tokens.forget()  # it may have ended early; the next try asks with another
            if answer.status != GOOD:
                busy, said = answer.status in BUSY, answer.headers.get("retry-after", "")
                wait = seconds_asked(said, self.tokens.clock.now()) if busy else 0.0
                raise Away(f"the server answered {answer.status} for a file", again_in=wait)
            there = self._there
            into = there.writing(file) if there.is_sealed else file
            for piece in content(answer):
                into.write(piece)
                seen.update(piece)
                lines += _begun(last + piece)
                last = piece[-1:] or last
            if there.is_sealed:
                into.close()
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.folder / name)
        sync_folder(self.folder)
        return seen.hexdigest(), lines

    def _tidy(self, polling: str) -> None:
        """Tell the server that all is fetched; one that will not hear of it tidies up later."""
        try:
            answer = self._ask("DELETE", polling, {"accept": FHIR})
        except Refused as refused:
            self.say(f"the server was not told to tidy up: {refused}")
            return
        if answer.status >= 400 and answer.status not in NOT_THERE:  # noqa: PLR2004  an HTTP error
            self.say(f"the server would not tidy up ({answer.status})")

    def _ask(
        self, method: str, address: str, headers: dict[str, str], body: bytes | None = None
    ) -> Answer:
        """Ask as the client, and again where nobody answers."""
        ours = same_place(address, self.server.base_url)
        if not ours:
            raise Refused("the server leads to another one; nothing was asked there")

        def once() -> Answer:
            answer = ask(method, address, headers | self.tokens.headers(), body)
            if answer.status != UNKNOWN or not self.tokens.forget():
                return answer
            # The token may have ended early: once more, with another.
            return ask(method, address, headers | self.tokens.headers(), body)

        because = f"the server did not answer in {TRIES} tries; run it again to go on"
        return self._tried(once, Refused(because))

    def _keep(self, state: State) -> State:
        self._put(STATE, msgspec.json.format(msgspec.json.encode(state)))
        return state

    def _put(self, name: str, data: bytes) -> None:
        write_durably(self.folder / name, self._there.sealed(data))

    @property
    def _there(self) -> AtRest:
        return at_rest(self.folder.resolve())


def _parameters(server: BulkServer, since: str) -> dict[str, Any]:
    asked: list[dict[str, str]] = [{"name": "_outputFormat", "valueString": NDJSON}]
    asked += [{"name": "_since", "valueInstant": since}] if since else []
    asked += [{"name": "_type", "valueString": each} for each in server.types]
    return {"resourceType": "Parameters", "parameter": asked}


@contextmanager
def _unless_whole(beside: Path) -> Iterator[None]:
    """Take away what was begun where it does not become whole: on a full disk it has the room."""
    try:
        yield
    except (OSError, Refused):
        beside.unlink(missing_ok=True)
        raise


def _safe(kind: str) -> str:
    """Give a resource type as it may stand in a file's name, whatever a server calls it."""
    return "".join(letter for letter in kind[:64] if letter.isascii() and letter.isalpha()) or "any"


def _begun(text: bytes) -> int:
    """Count the lines that begin in a piece, given the byte before it; empty ones are none."""
    return len(LINE_BEGINS.findall(text))
