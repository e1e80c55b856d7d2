"""The API agrees with its OpenAPI document, and no described request breaks it."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from special_channel.core.entries import Role
from tests.nodes.api import Api
from tests.nodes.desk import Desk, record

UNTRIED = {"/api/stream", "/api/signout"}
"""One never ends, and one would end the session that the others need."""

CASES_EACH = 6

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]


async def described(desk: Desk) -> Any:
    return (await desk.api.call("GET", "/api/openapi.json")).document


async def test_the_document_is_openapi(desk: Desk) -> None:
    document = await described(desk)
    schemathesis.openapi.from_dict(document).validate()
    assert {"/api/entries", "/api/threads/{number}"} <= document["paths"].keys()
    ids = [each["operationId"] for path in document["paths"].values() for each in path.values()]
    assert len(ids) == len(set(ids)), "OpenAPI 3.1, 4.8.10: unique among all operations"


async def test_whatever_fits_the_document_gets_an_answer_and_never_a_fault(desk: Desk) -> None:
    document, before = await described(desk), await record(desk)
    tried = await asyncio.to_thread(_try_all, document, desk.api.url, desk.api.token)
    assert len(tried) == len(set(document["paths"]) - UNTRIED)
    after, held = await record(desk), desk.channel.nodes["eu"].core.record
    # Exports are asked for by address alone, and the node itself states each.
    first = before.heads[-1].size
    added = await held.entries("private", first, after.heads[-1].size - first)
    assert {entry.kind for entry in added} <= {"export.made"}
    assert after.heads[:-1] == before.heads[:-1], "what nobody signed is written nowhere"
    assert after.state == before.state


def _try_all(document: dict[str, Any], url: str, token: str) -> set[str]:
    tried: set[str] = set()
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        operation = found.ok()
        if operation.path in UNTRIED:
            continue
        tried.add(operation.path)

        @given(case=operation.as_strategy())
        @settings(
            max_examples=CASES_EACH,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def attempt(case: schemathesis.Case[Any]) -> None:
            headers = {"Authorization": f"Bearer {token}"}
            answer = case.call(base_url=url, headers=headers, timeout=20)
            assert answer.status_code < 500, (case.as_curl_command(), answer.text)
            if answer.status_code >= 400:
                [kind] = answer.headers["content-type"]
                assert kind == "application/problem+json", case.as_curl_command()

        attempt()
    return tried


@pytest.mark.parametrize("role", ["desk", "head", "oversight"])
async def test_nul_in_every_text_of_a_body_is_no_fault(desk: Desk, role: Role) -> None:
    """Each text of each body in turn: PostgreSQL takes no U+0000, and chance rarely draws one."""
    document, tried, text = await described(desk), 0, "\0"
    api = Api(desk.api.http, desk.api.url)
    api = await api.sign_in(desk.channel.officials["eu", role, 1].signer)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            schema = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if schema is None or path in UNTRIED:
                continue
            address = re.sub(r"{[^}]+}", "x", path)
            whole = _example(document, schema["schema"], text)
            bodies = [whole] + [
                {name: value if name == changed else _plain(value) for name, value in whole.items()}
                for changed in whole
            ]
            for body in bodies:
                answer = await api.call(method.upper(), address, body)
                assert answer.status < 500, (method, path, body, answer.document)
                tried += 1
    assert tried > 50


def _plain(value: Any) -> Any:
    """Return a value with harmless texts."""
    if isinstance(value, str):
        return "a"
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return value


def _example(document: dict[str, Any], schema: dict[str, Any], text: str) -> Any:
    """Return a value of a schema with the same text in all texts, whatever their pattern."""
    while inner := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
        schema = inner[0]
    if "$ref" in schema:
        named = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return _example(document, named, text)
    match schema.get("type"):
        case "object":
            fields = schema.get("properties", {})
            return {name: _example(document, each, text) for name, each in fields.items()}
        case "array":
            return [_example(document, schema.get("items", {}), text)]
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case _:
            return text
