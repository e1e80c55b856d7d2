"""A decorator that makes a handler of a coroutine over models, and describes it for OpenAPI.

The same models validate and describe. Authenticates before reading a body, unless the operation is
open. Does not check roles: handlers do (`sessions.visitor`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final, TypeVar, get_type_hints

from aiohttp import hdrs, web
from pydantic import BaseModel, ConfigDict, ValidationError

from special_channel.core.bytes.errors import Malformed
from special_channel.core.rules.doubt import NO_DOUBT, KnownDoubts
from special_channel.web.http.bodies import chunks
from special_channel.web.http.services import services
from special_channel.web.http.sessions import visitor
from special_channel.web.shared.doubts import with_doubts
from special_channel.web.shared.query import Query, read_query

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Body(BaseModel):
    """A request or response body: strict, frozen, no unknown fields."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", defer_build=True)


class Empty(Body):
    """No body."""


@dataclass(frozen=True, slots=True)
class Operation:
    """Description of a handler in the OpenAPI document.

    Models are by default those of the handler's annotations.

    Attributes:
        request: Model of the body.
        response: Model of the response, for a handler that writes its response itself.
        query: Model of the query parameters.
        media: Media type of the response where it is not JSON.
        open_: No session is needed.
        files: A list that `format` returns as a file.
    """

    summary: str
    request: type[BaseModel] | None = None
    response: type[BaseModel] | None = None
    media: str = "application/json"
    upload: bool = False
    open_: bool = False
    query: type[Query] | None = None
    files: bool = False


OPERATION: Final = "__operation__"

DOUBTS: Final = web.RequestKey("doubts", KnownDoubts)
"""The doubt of the record as a handler read it, for the entries in its response (K21)."""

_JSON: Final = {hdrs.CACHE_CONTROL: "no-store", hdrs.CONTENT_TYPE: "application/json"}

OPEN_BYTES: Final = 128 * 1024
"""Longest body of somebody who is not signed in: a signed enrolment is half as long."""

COMPRESSED_FROM: Final = 1024
"""Bytes from which an answer is compressed: a shorter one fits into one packet anyway."""

_B = TypeVar("_B", bound=BaseModel)


def operation(stated: Operation) -> Callable[[Callable[..., Awaitable[Any]]], Handler]:
    """Make a handler: read query and body by their models, write the result by its model.

    The coroutine takes the request, then the query if it has a model, then the body.
    """

    def decorate(work: Callable[..., Awaitable[Any]]) -> Handler:
        spec = _completed(stated, work)

        async def handler(request: web.Request) -> web.StreamResponse:
            if not spec.open_:
                await visitor(request)  # before a byte of the body: 401 comes before 400 and 413
            arguments: list[BaseModel] = []
            if spec.query is not None:
                arguments.append(read_query(spec.query, request.query.items()))
            if spec.request is not None:
                limit = services(request).limits.request_bytes
                limit = min(limit, OPEN_BYTES) if spec.open_ else limit
                arguments.append(await read_body(request, spec.request, limit))
            result = await work(request, *arguments)
            if isinstance(result, web.StreamResponse):
                return result
            response = respond(with_doubts(result, request.get(DOUBTS, NO_DOUBT)))
            if request.method == hdrs.METH_GET:
                compress(response)
            return response

        handler.__name__ = work.__name__
        handler.__doc__ = work.__doc__
        setattr(handler, OPERATION, spec)
        return handler

    return decorate


def _completed(stated: Operation, work: Callable[..., Awaitable[Any]]) -> Operation:
    """Complete a description by the models in the annotations of its coroutine."""
    models = {
        name: hint
        for name, hint in get_type_hints(work).items()
        if isinstance(hint, type) and issubclass(hint, BaseModel)
    }
    response = models.pop("return", None)
    queries = [model for model in models.values() if issubclass(model, Query)]
    bodies = [model for model in models.values() if not issubclass(model, Query)]
    return replace(
        stated,
        request=stated.request or next(iter(bodies), None),
        response=stated.response or response,
        query=stated.query or next(iter(queries), None),
    )


async def read_body(request: web.Request, model: type[_B], limit: int) -> _B:
    """Read a JSON body of at most `limit` bytes, counting them as they come.

    Raises:
        Malformed: `request-malformed` with the field, `request-too-large`, `request-slow`.
    """
    if (request.content_length or 0) > limit:
        raise Malformed("request-too-large", "The request is too large.", limit=limit)
    data = bytearray()
    async for chunk in chunks(request):
        data += chunk
        if len(data) > limit:
            raise Malformed("request-too-large", "The request is too large.", limit=limit)
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        # `include_input` off: a body that is not UTF-8 must not fail the report itself.
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        field = ".".join(str(step) for step in first["loc"])[:120]
        raise Malformed("request-malformed", "The request has another form.", field=field) from None


def respond(result: BaseModel | None, status: int = 200) -> web.Response:
    """Write a model as JSON, absent fields left out."""
    text = "{}" if result is None else result.model_dump_json(exclude_none=True)
    return respond_bytes(text.encode(), status)


def respond_by_version(request: web.Request, result: BaseModel) -> web.Response:
    """Answer with JSON that a browser may keep, if it asks each time whether it has changed.

    A digest of the answer is its version (`ETag`). An unchanged answer is a 304 without a body.
    The session is checked first, as for any answer: what is kept can't be read without one.
    """
    response = respond(result)
    tag = sha256(response.body if isinstance(response.body, bytes) else b"").hexdigest()[:32]
    headers = {"ETag": f'W/"{tag}"', hdrs.CACHE_CONTROL: "private, no-cache"}
    if any(each.value == tag for each in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    response.headers.update(headers)
    return compress(response)


def compress(response: web.Response) -> web.Response:
    """Let a long answer be compressed, where the client takes it.

    The secrets of an answer could be guessed by its length (BREACH) only by a site that makes a
    browser ask for it with its session; cookies that are Strict are not sent for other sites.
    """
    if (response.content_length or 0) > COMPRESSED_FROM:
        response.headers[hdrs.VARY] = "Accept-Encoding, Cookie"
        response.enable_compression()
    return response


def respond_bytes(body: bytes, status: int = 200) -> web.Response:
    """Answer with bytes of JSON."""
    return web.Response(body=body, status=status, headers=_JSON)
