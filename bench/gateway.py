"""A governed decision beside the same model behind a bare endpoint, turn and turn about."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import case
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwk import RSAKey
from measured import Row, ratios

HERE = Path(__file__).parent
PATH = "/cds-services/kidney_watch"
SERVE = "from attending.cli import main; main()"
SECONDS = 2.0


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Server:
    def __init__(self, command, port):
        self.port = port
        self.begun = time.perf_counter()
        self.process = subprocess.Popen([sys.executable, *command])
        self.ready_in = self._wait()

    def _wait(self):
        while time.perf_counter() - self.begun < 30:
            if self.process.poll() is not None:
                break
            with contextlib.suppress(OSError, http.client.HTTPException):
                asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
                asked.request("GET", "/readyz")
                asked.getresponse().read()
                return time.perf_counter() - self.begun
            time.sleep(0.005)
        raise SystemExit("a server did not start")

    def load(self, body, signed=()):
        given = [str(self.port), PATH, str(body), str(SECONDS)]
        given += ["--signed", *signed] if signed else []
        ended = subprocess.run(
            [sys.executable, str(HERE / "load.py"), *given],
            capture_output=True,
            check=True,
            timeout=90,
        )
        found = json.loads(ended.stdout)
        if found["bad"]:
            raise SystemExit(f"{found['bad']} answers were no cards")
        return found

    def end(self):
        self.process.terminate()
        self.process.wait(10)


def attending(root, name, shape, *more):
    folder, store, port = root / f"{name}-{shape}", root / f"{name}-{shape}-store", free_port()
    case.write(folder, shape)
    case.expose(store)
    given = ["serve", str(folder), "--store", str(store), "--port", str(port), *more]
    return Server(["-c", SERVE, *given], port)


def keys(root):
    """Write a key to sign with and the file of callers on record."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (root / "key.pem").write_bytes(pem)
    public = RSAKey.import_key(pem).as_dict(private=False) | {"kid": "k1", "alg": "RS384"}
    one = {"issuer": "https://ehr.example", "sites": ["alder"], "jwks": {"keys": [public]}}
    (root / "clients.json").write_text(json.dumps([one]))
    return root / "key.pem", root / "clients.json"


def rows(root, runs):
    key, clients = keys(root)
    out = []
    for shape in ("context", "labs"):
        out += _shape(root, shape, key, clients, runs)
    return out


def _shape(root, shape, key, clients, runs):
    body = root / f"{shape}.json"
    body.write_bytes(case.question(shape))
    port = free_port()
    open_door = attending(root, "open", shape, "--no-auth")
    model = root / f"open-{shape}" / "model.onnx"
    bare = Server([str(HERE / "bare.py"), str(port), str(model), shape], port)
    signed_door = attending(root, "signed", shape, "--clients", str(clients))
    signed = (str(key), f"http://127.0.0.1:{signed_door.port}{PATH}")
    found = {"bare": [], "open": [], "signed": []}
    try:
        for _ in range(runs):
            found["bare"].append(bare.load(body))
            found["open"].append(open_door.load(body))
            found["signed"].append(signed_door.load(body, signed))
    finally:
        for server in (bare, open_door, signed_door):
            server.end()
    for name, each in found.items():
        rates = ", ".join(f"{one['rate']:,.0f}" for one in each)
        worst = max(one["p99_ms"] for one in each)
        print(f"gateway, {shape}, {name}: {rates} a second; p99 at most {worst:.1f} ms")
    rate = {name: [one["rate"] for one in each] for name, each in found.items()}
    size = f"{body.stat().st_size / 1000:.1f} kB"
    note = f"{shape}, {size}"
    return [
        Row(
            "governed / bare, connection trusted",
            ratios(rate["open"], rate["bare"]),
            0.5,
            note=note,
        ),
        Row(
            "governed / bare, RS384 token a call",
            ratios(rate["signed"], rate["bare"]),
            0.3,
            note=note,
        ),
    ]
