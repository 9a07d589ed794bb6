"""A terminology server over the hospital's own maps, for others on this machine to ask.

======================================  ================================================
``GET|POST /ConceptMap/$translate``     what a code is in another system
``GET|POST /ValueSet/$validate-code``   whether a code is in a set
``GET /metadata``                       what is answered here
``GET /healthz``                        the process answers
======================================  ================================================

Every answer bears the digest of the terms as its ETag: two answers with one digest agree. What
is refused comes as an OperationOutcome. No patient is asked about here, and nothing is written.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from attending.errors import NoSuchName, Refused
from attending.fhir.decode import decode
from attending.fhir.terms_answers import translate, validate_code

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from attending.clock import Clock
    from attending.fhir.terms import Terms

    Answer = Callable[[dict[str, Any], Terms, str], dict[str, Any]]

FHIR = "application/fhir+json"
TAKEN = (FHIR, "application/json")
MOST_BYTES = 64 * 1024  # of a question
DATE_LENGTH = len("2026-10-13")


class _TooLarge(Refused):
    """A question beyond the cap."""


def terms_app(terms: Terms, clock: Clock) -> Starlette:
    """Make the app.

    Parameters
    ----------
    terms
        The maps it answers from.
    clock
        Tells the day, for questions that name none.

    """

    def answering(answer: Answer) -> Callable[[Request], Any]:
        async def answered(request: Request) -> Response:
            today = clock.now().isoformat()[:DATE_LENGTH]
            try:
                question = await _question(request)
                return _told(answer(question, terms, today), terms)
            except _TooLarge as refused:
                return _outcome(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-costly", refused)
            except NoSuchName as refused:
                return _outcome(HTTPStatus.NOT_FOUND, "not-found", refused)
            except Refused as refused:
                return _outcome(HTTPStatus.BAD_REQUEST, "invalid", refused)

        return answered

    async def metadata(_: Request) -> Response:
        return _told(_capabilities(clock), terms)

    async def healthz(_: Request) -> Response:
        return Response("ok", media_type="text/plain")

    both = ["GET", "POST"]
    return Starlette(
        routes=[
            Route("/ConceptMap/$translate", answering(translate), methods=both),
            Route("/ValueSet/$validate-code", answering(validate_code), methods=both),
            Route("/metadata", metadata),
            Route("/healthz", healthz),
        ]
    )


async def _question(request: Request) -> dict[str, Any]:
    if request.method == "GET":
        asked = [
            {"name": name, "valueString": value}
            for name, value in request.query_params.multi_items()
        ]
        return {"resourceType": "Parameters", "parameter": asked}
    media = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media not in TAKEN:
        raise Refused("a question is JSON", accepted=TAKEN)
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise _TooLarge(f"a question has at most {MOST_BYTES:,} bytes")
    return decode(bytes(body))


def _told(tree: dict[str, Any], terms: Terms) -> Response:
    tag = {"etag": f'W/"{terms.digest}"', "cache-control": "no-cache"}
    return Response(msgspec.json.encode(tree), media_type=FHIR, headers=tag)


def _outcome(status: HTTPStatus, code: str, refused: Refused) -> Response:
    issue = {"severity": "error", "code": code, "details": {"text": refused.what}}
    tree = {"resourceType": "OperationOutcome", "issue": [issue]}
    return Response(msgspec.json.encode(tree), status, media_type=FHIR)


def _capabilities(clock: Clock) -> dict[str, Any]:
    translates = "http://hl7.org/fhir/OperationDefinition/ConceptMap-translate"
    validates = "http://hl7.org/fhir/OperationDefinition/ValueSet-validate-code"
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": clock.now().isoformat()[:DATE_LENGTH],
        "kind": "instance",
        "software": {"name": "attending"},
        "implementation": {"description": "the hospital's own maps and sets of codes"},
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [
            {
                "mode": "server",
                "resource": [
                    {
                        "type": "ConceptMap",
                        "operation": [{"name": "translate", "definition": translates}],
                    },
                    {
                        "type": "ValueSet",
                        "operation": [{"name": "validate-code", "definition": validates}],
                    },
                ],
            }
        ],
    }
