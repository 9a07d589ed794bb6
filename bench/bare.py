"""The limit, by hand: bare ASGI, msgspec and ONNX; it records nothing and asks nobody.

    python bench/bare.py PORT MODEL SHAPE

Reads the same request as the gateway, typed, so that nothing but the thirty numbers is
ever built, and answers a card.
"""

from __future__ import annotations

import sys

import msgspec
import numpy as np
import onnxruntime
import uvicorn


class Quantity(msgspec.Struct):
    value: float


class Observation(msgspec.Struct):
    valueQuantity: Quantity  # noqa: N815  FHIR's spelling


class Entry(msgspec.Struct):
    resource: Observation


class Bundle(msgspec.Struct):
    entry: list[Entry]


class Labs(msgspec.Struct):
    labs: Bundle


class FromLabs(msgspec.Struct):
    prefetch: Labs

    def row(self):
        return [each.resource.valueQuantity.value for each in self.prefetch.labs.entry]


class FromContext(msgspec.Struct):
    context: dict[str, float | str]

    def row(self):
        return [self.context[f"f{i:02d}"] for i in range(30)]


def app(model, shape):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    providers = ["CPUExecutionProvider"]
    session = onnxruntime.InferenceSession(model, options, providers=providers)
    decode = msgspec.json.Decoder({"labs": FromLabs, "context": FromContext}[shape]).decode
    encode = msgspec.json.encode
    json_type = (b"content-type", b"application/json")

    async def bare(scope, receive, send):
        if scope["type"] != "http":
            raise NotImplementedError
        if scope["method"] != "POST":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body"})
            return
        message = await receive()
        if message["type"] != "http.request":
            return
        body = message.get("body", b"")
        while message.get("more_body"):
            message = await receive()
            if message["type"] != "http.request":
                return
            body += message.get("body", b"")
        row = np.asarray([decode(body).row()], dtype=np.float32)
        (score,) = session.run(["probability"], {"x": row})
        card = {"summary": f"Score {score[0, 0]:.3g}", "indicator": "info"}
        answer = encode({"cards": [card]})
        length = (b"content-length", str(len(answer)).encode())
        head = {"type": "http.response.start", "status": 200, "headers": [json_type, length]}
        await send(head)
        await send({"type": "http.response.body", "body": answer})

    return bare


if __name__ == "__main__":
    port, model, shape = sys.argv[1:]
    uvicorn.run(
        app(model, shape),
        host="127.0.0.1",
        port=int(port),
        lifespan="off",
        access_log=False,
        log_level="error",
    )
