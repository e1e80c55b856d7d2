"""Answers to weekly lists over the API. Does not sign: an answer is an entry."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.web.answers import queries
from special_channel.web.answers.views import AnswerDraft, AnswerLook, AnswerView
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Operation, operation
from special_channel.web.shell.context import page_context


@operation(Operation("Read what was stated last of each row of a list", response=AnswerView))
async def get_answer(request: web.Request) -> AnswerView:
    """Return a list with CN's latest statement of each row."""
    context = await page_context(request)
    batch = await queries.find_answerable(context, request.match_info["number"])
    return await queries.answer(context, batch)


@operation(
    Operation("Look at an answer before signing it", request=AnswerDraft, response=AnswerLook)
)
async def post_look(request: web.Request, body: AnswerDraft) -> AnswerLook:
    """Return the size of an answer, and notices about its rows."""
    context = await page_context(request)
    batch = await queries.find_answerable(context, request.match_info["number"])
    return await queries.look(context, batch, body)


API: Final[tuple[Route, ...]] = (
    ("GET", "/api/batches/{number}/answer", get_answer),
    ("POST", "/api/batches/{number}/answer/look", post_look),
)
