"""The page of the reader's preferences, its forms, and the same over the API.

Language and notices have forms of their own (`web/people`, `web/notices`). A browser that shows its
reader's language alone remembers that itself.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.core.bytes.errors import Malformed, NotAllowed
from special_channel.stores.people import TEXT_VIEWS, Official
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Operation, operation
from special_channel.web.preferences.views import Preferences
from special_channel.web.shell.context import PageContext, page_context
from special_channel.web.shell.forms import read_form, see_other
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.render import show


async def get_page(request: web.Request) -> web.Response:
    """Show the reader's preferences."""
    context = await page_context(request)
    return await show(context, preferences_page(await _own(context)))


async def post_reading(request: web.Request) -> web.Response:
    """Set how the reader's threads and lists look."""
    context = await page_context(request)
    form = await read_form(request, context.reader)
    view = next((each for each in TEXT_VIEWS if each == form.get("text_view")), None)
    if view is None:
        raise Malformed("request-malformed", "There is no such view.", field="text_view")
    if form.get("rows") not in {"wide", "close"}:
        raise Malformed("request-malformed", "Choose wide or close.", field="rows")
    official = await _official(context)
    dense = form["rows"] == "close"
    await context.own.desk.officials.set_reading(official.id, view, dense=dense)
    return see_other("/preferences")


async def post_shortcuts(request: web.Request) -> web.Response:
    """Turn single-key shortcuts on or off for the reader (WCAG 2.1.4)."""
    context = await page_context(request)
    choice = (await read_form(request, context.reader)).get("shortcuts")
    if choice not in {"on", "off"}:
        raise Malformed("request-malformed", "Choose on or off.", field="shortcuts")
    official = await _official(context)
    await context.own.desk.officials.set_shortcuts(official.id, on=choice == "on")
    return see_other("/preferences#keyboard")


async def post_questions(request: web.Request) -> web.Response:
    """Show or hide what the law of the other side leaves to be asked, for the reader alone.

    Raises:
        NotAllowed: `owner` on CN's node: the rules read Chinese law.
    """
    context = await page_context(request)
    if context.party == "cn":
        raise NotAllowed("owner", "The rules read the law of this side.")
    choice = (await read_form(request, context.reader)).get("questions")
    if choice not in {"on", "off"}:
        raise Malformed("request-malformed", "Choose on or off.", field="questions")
    official = await _official(context)
    await context.own.desk.officials.set_possible_questions(official.id, on=choice == "on")
    return see_other("/preferences#questions")


@operation(Operation("Read the own preferences"))
async def get_preferences(request: web.Request) -> Preferences:
    """Return the reader's preferences."""
    return await _own(await page_context(request))


@operation(Operation("Set the own preferences"))
async def post_preferences(request: web.Request, body: Preferences) -> Preferences:
    """Store the reader's preferences; a field that is left out gets its default.

    Without `language`, the language stays.
    """
    context = await page_context(request)
    official, officials = await _official(context), context.own.desk.officials
    language = body.language or official.language
    await officials.set_language(official.id, language)
    await officials.set_reading(official.id, body.text_view, dense=body.dense)
    await officials.set_shortcuts(official.id, on=body.shortcuts)
    await officials.set_possible_questions(official.id, on=body.possible_questions)
    return body.model_copy(update={"language": language})


def preferences_page(view: Preferences) -> ViewPage:
    """Make the page of the reader's preferences."""
    return ViewPage("preferences/preferences.html", "preferences", view, {"views": TEXT_VIEWS})


async def _own(context: PageContext) -> Preferences:
    official = await _known(context)
    if official is None:
        return Preferences()
    return Preferences(
        language=official.language,
        text_view=official.text_view,
        dense=official.dense,
        shortcuts=official.shortcuts,
        possible_questions=official.possible_questions,
    )


async def _known(context: PageContext) -> Official | None:
    """Return the reader in our directory, over the API too; None for a key of nobody there."""
    reader = context.reader
    return reader.official or await context.own.desk.officials.of_key(reader.key)


async def _official(context: PageContext) -> Official:
    """Return the reader in our directory.

    Raises:
        Malformed: `request-malformed` for a key of nobody in our directory.
    """
    official = await _known(context)
    if official is None:
        raise Malformed("request-malformed", "Our directory does not know this key.", field="key")
    return official


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/preferences", get_page),
    ("POST", "/preferences", post_reading),
    ("POST", "/preferences/shortcuts", post_shortcuts),
    ("POST", "/preferences/questions", post_questions),
)

API: Final[tuple[Route, ...]] = (
    ("GET", "/api/preferences", get_preferences),
    ("POST", "/api/preferences", post_preferences),
)
