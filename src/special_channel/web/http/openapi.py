"""The OpenAPI 3.1 document, made of the models that validate.

Does not describe pages or the link.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from special_channel.messages.catalogue import LANGS
from special_channel.web.http.operation import OPERATION, Handler, Operation
from special_channel.web.shared.file_formats import MEDIA
from special_channel.web.shared.query import Query

Route = tuple[str, str, Handler]

_FORMAT: Final = {
    "name": "format",
    "in": "query",
    "description": "Return all rows that match as a file, instead of JSON.",
    "schema": {"type": "string", "enum": [*MEDIA]},
}
_LANG: Final = {
    "name": "lang",
    "in": "query",
    "description": "Language of a file; the reader's own without it.",
    "schema": {"type": "string", "enum": [*LANGS]},
}

_PROBLEM: Final = {
    "type": "object",
    "description": "RFC 9457; `code` is stable, `next` says what to do.",
    "required": ["type", "title", "status", "code", "next"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "next": {"type": "string"},
        "reference": {"type": "string"},
        "facts": {"type": "object"},
    },
}


def document(routes: Iterable[Route], version: str) -> dict[str, Any]:
    """Describe the operations of routes."""
    described = [
        (method, path, handler, spec)
        for method, path, handler in routes
        if isinstance(spec := getattr(handler, OPERATION, None), Operation)
    ]
    models: dict[type[BaseModel], None] = {}
    for _, _, _, spec in described:
        models.update({model: None for model in (spec.request, spec.response) if model})
    references, definitions = models_json_schema(
        [(model, "validation") for model in models],
        ref_template="#/components/schemas/{model}",
    )
    schemas = {model: references[model, "validation"] for model in models}
    paths: dict[str, dict[str, Any]] = {}
    for method, path, handler, spec in described:
        paths.setdefault(path, {})[method.lower()] = _operation(path, handler, spec, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Special Channel",
            "version": version,
            "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        },
        "paths": paths,
        "components": {
            "schemas": {**definitions.get("$defs", {}), "Problem": _PROBLEM},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"bearer": []}],
    }


def _operation(
    path: str, handler: Handler, spec: Operation, schemas: dict[type[BaseModel], Any]
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": getattr(handler, "__name__", path),
        "summary": spec.summary,
        "description": (handler.__doc__ or "").strip(),
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in re.findall(r"\{(\w+)\}", path)
        ]
        + (query := _parameters(spec.query))
        + _of_file(spec, {each["name"] for each in query}),
        "responses": {
            "200": {"description": "Done", "content": _contents(spec, schemas)},
            "default": {
                "description": "Refused or failed; nothing was written unless it says so",
                "content": {
                    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
                },
            },
        },
    }
    if spec.request is not None:
        made["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schemas[spec.request]}},
        }
    if spec.upload:
        made["requestBody"] = {"required": True, "content": {"application/octet-stream": {}}}
    if spec.open_:
        made["security"] = []
    return made


def _parameters(query: type[Query] | None) -> list[dict[str, Any]]:
    """Describe query parameters by their model."""
    properties = query.model_json_schema()["properties"] if query else {}
    return [{"name": name, "in": "query", "schema": schema} for name, schema in properties.items()]


def _of_file(spec: Operation, taken: set[str]) -> list[dict[str, Any]]:
    """Describe the parameters by which a list is returned as a file."""
    return [each for each in (_FORMAT, _LANG) if spec.files and each["name"] not in taken]


def _contents(spec: Operation, schemas: dict[type[BaseModel], Any]) -> dict[str, Any]:
    files: dict[str, Any] = {media: {} for media in MEDIA.values() if spec.files}
    return {spec.media: _content(spec, schemas), **files}


def _content(spec: Operation, schemas: dict[type[BaseModel], Any]) -> dict[str, Any]:
    return {} if spec.response is None else {"schema": schemas[spec.response]}
