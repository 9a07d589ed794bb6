"""Ask one address over and over from a process of its own; print what came of it as JSON.

    python bench/load.py PORT PATH BODY SECONDS [--connections N] [--signed KEY URL]

Each connection asks again as soon as it is answered. With --signed every call bears a
fresh RS384 token; tokens are signed before the clock starts.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import time
import uuid
from pathlib import Path

import uvloop
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

HOST = "127.0.0.1"
MOST_TOKENS = 2500  # for each second of load; whoever is faster than that is told so


class Asking(asyncio.Protocol):
    def __init__(self, run):
        self.run = run
        self.got = b""
        self.sent_at = 0.0

    def connection_made(self, transport):
        self.transport = transport
        self.ask()

    def ask(self):
        request = self.run.next_request()
        if request is None:
            self.transport.close()
            return
        self.sent_at = time.perf_counter()
        self.transport.write(request)

    def data_received(self, data):
        self.got += data
        head = self.got.find(b"\r\n\r\n")
        if head < 0:
            return
        length = int(self.got[:head].lower().split(b"content-length:")[1].split(b"\r\n")[0])
        if len(self.got) < head + 4 + length:
            return
        answer, self.got = self.got, b""
        took = time.perf_counter() - self.sent_at
        self.run.answered(took, good=answer[9:12] == b"200" and b'"summary"' in answer)
        self.ask()

    def connection_lost(self, _error):
        self.run.ended()


class Run:
    def __init__(self, requests, connections):
        self.requests = requests
        self.left = connections
        self.took = []
        self.n_bad = 0
        self.until = 0.0
        self.done = asyncio.get_running_loop().create_future()

    def next_request(self):
        return None if time.perf_counter() >= self.until else next(self.requests, None)

    def answered(self, took, *, good):
        self.took.append(took)
        self.n_bad += not good

    def ended(self):
        self.left -= 1
        if not self.left and not self.done.done():
            self.done.set_result(None)


def requests(given):
    body = Path(given.body).read_bytes()
    head = f"POST {given.path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
    end = f"Content-Length: {len(body)}\r\n\r\n".encode() + body
    if not given.signed:
        one = head.encode() + end
        while True:
            yield one
    key = serialization.load_pem_private_key(Path(given.signed[0]).read_bytes(), None)
    for _ in range(int(MOST_TOKENS * given.seconds)):
        yield f"{head}Authorization: Bearer {token(key, given.signed[1])}\r\n".encode() + end


def token(key, url):
    now = int(time.time())
    claims = {"iss": "https://ehr.example", "aud": url, "exp": now + 280, "iat": now}
    claims["jti"] = str(uuid.uuid4())
    header = {"alg": "RS384", "kid": "k1", "typ": "JWT"}
    text = b".".join(coded(json.dumps(part).encode()) for part in (header, claims))
    signature = key.sign(text, padding.PKCS1v15(), hashes.SHA384())
    return (text + b"." + coded(signature)).decode()


def coded(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


async def main(given):
    asked = requests(given)
    run = Run(iter(list(asked)) if given.signed else asked, given.connections)
    loop = asyncio.get_running_loop()
    begun = time.perf_counter()
    run.until = begun + given.seconds
    for _ in range(given.connections):
        await loop.create_connection(lambda: Asking(run), HOST, given.port)
    await asyncio.wait_for(run.done, given.seconds + 20)
    spent = time.perf_counter() - begun
    took = sorted(run.took)
    found = {
        "rate": len(took) / spent,
        "bad": run.n_bad,
        "p50_ms": 1000 * took[len(took) // 2],
        "p99_ms": 1000 * took[int(0.99 * (len(took) - 1))],
    }
    print(json.dumps(found))


if __name__ == "__main__":
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("port", type=int)
    wanted.add_argument("path")
    wanted.add_argument("body")
    wanted.add_argument("seconds", type=float)
    wanted.add_argument("--connections", type=int, default=16)
    wanted.add_argument("--signed", nargs=2)
    uvloop.run(main(wanted.parse_args()))
