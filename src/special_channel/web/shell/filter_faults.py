"""Pages whose filter is refused: the form as typed, an empty list, and why.

Files and the API refuse the whole request instead: `shared/query.py`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import Final, TypeVar

from special_channel.core.bytes.errors import ChannelError, Malformed, NotFound
from special_channel.web.http.problems import status_of
from special_channel.web.shared.paging import Paging
from special_channel.web.shared.query import FilterFault, Query, unfit
from special_channel.web.shared.view import View
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.frame import FaultView, ViewPage

_FIELDS: Final = {"batch-unknown": "batch", "date-outside": "on"}
"""Fields by the code of an error that does not name its field."""

_Q = TypeVar("_Q", bound=Query)
_V = TypeVar("_V")


async def read_by(query: _Q, read: Callable[[_Q], Awaitable[_V]]) -> tuple[_Q, _V]:
    """Read what a page's query finds; a filter that the record refuses is left out as a fault.

    Args:
        query: Filters of the page.
        read: Reads the list; names a refused field by the fact `field`.

    Returns:
        The query, and what it finds.

    Raises:
        Malformed, NotFound: As `read`, about anything but a filter of the query.
    """
    while True:
        try:
            return query, await read(query)
        except (Malformed, NotFound) as error:
            field = _FIELDS.get(error.code) or str(error.facts.get("field", ""))
            model = type(query).model_fields.get(field)
            value = getattr(query, field, None)
            if model is None or value == model.get_default():
                raise
            known = error.code != "request-malformed"
            query = query.refused(error if known else unfit(str(value)), {field: str(value)})


def fault_of(values: Iterable[object]) -> FilterFault | None:
    """Return the fault of the query among the values of a page; None without one."""
    queries = (each for each in values if isinstance(each, Query))
    return next((each.fault for each in queries if each.fault), None)


def with_fault(context: PageContext, page: ViewPage, fault: FilterFault) -> tuple[ViewPage, int]:
    """Return a page that says why its filter is refused and lists nothing, with its status."""
    error: ChannelError = fault.error
    words = context.t.sentence(error.code, **error.facts)
    said = FaultView(error.code, words.text, words.next_step, fault.typed.keys())
    more = {name: _refused(value) for name, value in page.more.items()}
    return replace(page, view=_emptied(page.view), more=more, fault=said), status_of(error)


def _refused(value: object) -> object:
    """Return a value of a page as a refused filter leaves it."""
    if isinstance(value, Query):
        return value.as_typed
    return Paging(1, 1, 0) if isinstance(value, Paging) else value


def _emptied(view: object) -> object:
    """Return a view without rows: the rows of other filters would pass for those of this one."""
    if isinstance(view, tuple):
        return ()
    return view.without_rows() if isinstance(view, View) else view
