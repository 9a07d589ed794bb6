"""A witness over HTTP (C2SP tlog-witness), for logs of any make.

=========================  =================================================================
``POST /add-checkpoint``   vouch for a checkpoint: 200 with the signature; 409 with the size
                           to prove from; 404, 403 and 422 where it is not vouched for
``GET /healthz``           the process answers
=========================  =================================================================

Nobody is asked who they are: a checkpoint speaks by its own signature.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from attending.errors import NoSuchName, ProofFailed, Refused
from attending.ledger.witness import MOST_BYTES, Behind, NotSigned

if TYPE_CHECKING:
    from starlette.requests import Request

    from attending.clock import Clock
    from attending.ledger.witness import Witness

SIZE = "text/x.tlog.size"
BAD = HTTPStatus.BAD_REQUEST
STATUS = (
    (NoSuchName, HTTPStatus.NOT_FOUND),
    (NotSigned, HTTPStatus.FORBIDDEN),
    (ProofFailed, HTTPStatus.UNPROCESSABLE_ENTITY),
)


def witness_app(witness: Witness, clock: Clock) -> Starlette:
    """Make the app.

    Parameters
    ----------
    witness
        Whose signature it gives.
    clock
        Tells when, for what is signed.

    """

    async def add_checkpoint(request: Request) -> Response:
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > MOST_BYTES:
                return _told(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {MOST_BYTES:,} bytes\n")
        at = int(clock.now().timestamp())
        try:
            return _told(HTTPStatus.OK, await run_in_threadpool(witness.cosign, bytes(body), at))
        except Behind as behind:
            return Response(f"{behind.size}\n", HTTPStatus.CONFLICT, media_type=SIZE)
        except Refused as refused:
            status = next((each for kind, each in STATUS if isinstance(refused, kind)), BAD)
            return _told(status, f"{refused}\n")

    async def healthz(_: Request) -> Response:
        return Response("ok", media_type="text/plain")

    return Starlette(
        routes=[
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/healthz", healthz),
        ]
    )


def _told(status: HTTPStatus, text: str) -> Response:
    return Response(text, status, media_type="text/plain")
