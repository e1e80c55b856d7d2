"""Saved views of lists: a person's filters, order and columns under a name, for page and API.

Private to the person: nobody else sees them, and nothing of them is sent. Each list has the same
routes, made by `view_routes` and `view_api` for its query.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Final, Protocol, TypeVar
from urllib.parse import parse_qsl

from aiohttp import web
from pydantic import Field

from special_channel.core.bytes.errors import Malformed, NotFound, RuleBroken
from special_channel.messages.catalogue import Sentence
from special_channel.stores.saved_views import SavedView, ViewedList
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Body, Operation, operation
from special_channel.web.http.problems import status_of
from special_channel.web.shared.query import Query, one_line, read_query
from special_channel.web.shared.view import View
from special_channel.web.shell.context import PageContext, page_context
from special_channel.web.shell.forms import read_form, see_other
from special_channel.web.shell.frame import ViewPage, frame
from special_channel.web.shell.render import page_response

MOST: Final = 50
"""Saved views of one person, of all lists together."""

MAX_NAME: Final = 60
MAX_QUERY: Final = 2_000
"""Characters of a view's query."""

MAX_DIGITS: Final = 18


class Addressed(Protocol):
    """A query of a list that writes itself as in the list's address."""

    @property
    def address(self) -> str:
        """The filters, order and columns as in the address."""
        ...


class SavedViewList(View):
    """A person's saved views of a list, by name."""

    items: tuple[SavedView, ...]


class ViewToSave(Body):
    """A view under its name. `replace`: in place of the view of the list with the same name."""

    name: Annotated[str, Field(max_length=400)]
    query: Annotated[str, Field(max_length=MAX_QUERY)] = ""
    replace: bool = False


@dataclass(frozen=True, slots=True)
class RefusedName:
    """A name that a view does not get, with the form as it was sent.

    Attributes:
        name: Name as typed.
        query: Query of the view, or of the list to go back to.
        said: What is wrong, and what to do.
        id: Saved view that is to be renamed; empty for a view that is not saved yet.
        taken: Whether another view of the list has the name; else it is empty or too long.
    """

    list: ViewedList
    name: str
    query: str
    said: Sentence
    id: str = ""
    taken: bool = True


class ViewRenamed(Body):
    """Another name of a view."""

    name: Annotated[str, Field(max_length=400)]


_Q = TypeVar("_Q", bound=Query)


async def saved_views(context: PageContext, list_: ViewedList) -> SavedViewList:
    """Return the reader's saved views of a list."""
    rows = await context.own.desk.saved.of_person(_owner(context))
    return SavedViewList(items=tuple(each for each in rows if each.list == list_))


async def save_view(
    context: PageContext, list_: ViewedList, model: type[_Q], view: ViewToSave
) -> str:
    """Save a view of a list for the reader; return its query as the address has it.

    Raises:
        Malformed: `view-name`, `request-malformed` for a query that is none of the list's.
        RuleBroken: `views-full`, `view-name-taken`.
    """
    person, saved = _owner(context), context.own.desk.saved
    named = _name(view.name)
    address = _back(model, view.query)
    rows = await saved.of_person(person)
    known = {(each.list, each.name) for each in rows}
    if len(rows) >= MOST and (list_, named) not in known:
        raise RuleBroken("views-full", "No more views are saved.", limit=MOST)
    now = context.own.node.clock.now()
    await saved.save(person, list_, named, address, now, replace=view.replace)
    return address


async def rename_view(context: PageContext, id_: str, name: str) -> None:
    """Rename a saved view of the reader.

    Raises:
        Malformed: `view-name`.
        NotFound: `view-unknown`.
        RuleBroken: `view-name-taken`.
    """
    named = _name(name)
    if not await context.own.desk.saved.rename(_owner(context), _number(id_), named):
        raise _unknown()


async def remove_view(context: PageContext, id_: str) -> None:
    """Remove a saved view of the reader.

    Raises:
        NotFound: `view-unknown`.
    """
    if not await context.own.desk.saved.remove(_owner(context), _number(id_)):
        raise _unknown()


def refused_name_page(view: RefusedName) -> ViewPage:
    """Make the page with the form as typed, and the choice to replace a view of that name."""
    return ViewPage("view_name.html", view.list, view)


def view_routes(list_: ViewedList, model: type[_Q]) -> tuple[Route, ...]:
    """Return the routes by which forms save, rename and remove views of a list."""

    async def post_view(request: web.Request) -> web.Response:
        context = await page_context(request)
        form = await read_form(request, context.reader)
        name, query = form.get("name", ""), form.get("query", "")
        view = ViewToSave.model_construct(
            name=name, query=query, replace=form.get("replace") == "yes"
        )
        try:
            address = await save_view(context, list_, model, view)
        except (Malformed, RuleBroken) as error:
            refused = RefusedName(list_, one_line(name), query, _said(context, error))
            return await _name_again(context, model, refused, error)
        return see_other(f"/{list_}?{address}")

    async def post_name(request: web.Request) -> web.Response:
        context = await page_context(request)
        form = await read_form(request, context.reader)
        id_, name, query = request.match_info["id"], form.get("name", ""), form.get("query", "")
        try:
            await rename_view(context, id_, name)
        except (Malformed, RuleBroken) as error:
            refused = RefusedName(list_, one_line(name), query, _said(context, error), id_)
            return await _name_again(context, model, refused, error)
        return see_other(f"/{list_}?{_back(model, query)}")

    async def post_removal(request: web.Request) -> web.Response:
        context = await page_context(request)
        form = await read_form(request, context.reader)
        await remove_view(context, request.match_info["id"])
        return see_other(f"/{list_}?{_back(model, form.get('query', ''))}")

    return (
        ("POST", f"/{list_}/views", _named(post_view, f"post_{list_}_view", "Save a view.")),
        (
            "POST",
            f"/{list_}/views/{{id}}",
            _named(post_name, f"post_{list_}_view_name", "Rename a view."),
        ),
        (
            "POST",
            f"/{list_}/views/{{id}}/remove",
            _named(post_removal, f"post_{list_}_view_removal", "Remove a view."),
        ),
    )


def _said(context: PageContext, error: Malformed | RuleBroken) -> Sentence:
    return context.t.sentence(error.code, **error.facts)


async def _name_again(
    context: PageContext, model: type[Query], form: RefusedName, error: Malformed | RuleBroken
) -> web.Response:
    """Show the form of a view again if its name is refused.

    Raises:
        Malformed, RuleBroken: The error, if it is about anything but the name.
    """
    if error.code not in {"view-name", "view-name-taken"}:
        raise error
    taken = error.code == "view-name-taken"
    view = replace(form, query=_back(model, form.query), taken=taken)
    return page_response(refused_name_page(view), await frame(context), status_of(error))


def view_api(list_: ViewedList, model: type[_Q]) -> tuple[Route, ...]:
    """Return the API's operations on the caller's saved views of a list."""

    async def get_views(request: web.Request) -> SavedViewList:
        return await saved_views(await page_context(request), list_)

    async def post_view(request: web.Request, body: ViewToSave) -> SavedViewList:
        context = await page_context(request)
        await save_view(context, list_, model, body)
        return await saved_views(context, list_)

    async def post_name(request: web.Request, body: ViewRenamed) -> SavedViewList:
        context = await page_context(request)
        await rename_view(context, request.match_info["id"], body.name)
        return await saved_views(context, list_)

    async def delete_view(request: web.Request) -> SavedViewList:
        context = await page_context(request)
        await remove_view(context, request.match_info["id"])
        return await saved_views(context, list_)

    path = f"/api/views/{list_}"
    routes = (
        ("GET", path, get_views, f"get_{list_}_views", f"List your saved views of {list_}"),
        ("POST", path, post_view, f"post_{list_}_view", f"Save a view of {list_}"),
        ("POST", f"{path}/{{id}}", post_name, f"rename_{list_}_view", f"Rename a view of {list_}"),
        ("DELETE", f"{path}/{{id}}", delete_view, f"delete_{list_}_view",
         f"Remove a view of {list_}"),
    )  # fmt: skip
    return tuple(
        (method, where, operation(Operation(summary))(_named(work, name, f"{summary}.")))
        for method, where, work, name, summary in routes
    )


_H = TypeVar("_H", bound=Callable[..., object])


def _named(handler: _H, name: str, words: str) -> _H:
    handler.__name__, handler.__doc__ = name, words
    return handler


def _address(query: object) -> str:
    address: str = getattr(query, "address", "")
    return address


def _back(model: type[Query], query: str) -> str:
    """Return the query of the list to go back to, checked as any other."""
    return _address(read_query(model, parse_qsl(query[:MAX_QUERY])))


def _name(text: str) -> str:
    """Return a name on one line.

    Raises:
        Malformed: `view-name`.
    """
    name = one_line(text)
    if not 0 < len(name) <= MAX_NAME:
        raise Malformed("view-name", "A view has a short name.", limit=MAX_NAME)
    return name


def _number(text: str) -> int:
    """Read the id of a view.

    Raises:
        NotFound: `view-unknown`.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise _unknown()
    return int(text)


def _unknown() -> NotFound:
    return NotFound("view-unknown", "There is no such saved view.")


def _owner(context: PageContext) -> str:
    """Return the reader's pseudonym, else the key."""
    return context.reader.row.person or context.reader.key
