"""Query parameters of an address as pydantic models: handlers read them, OpenAPI describes them.

Does not read request bodies: `http/operation.py` does.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, time
from typing import Annotated, Any, Final, Literal, Self, TypeVar, get_origin
from urllib.parse import urlencode

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
)
from pydantic.types import StringConstraints

from special_channel.core.bytes.errors import ChannelError, Malformed

MAX_DIGITS: Final = 16
"""Digits of a whole number in an address: larger than any log."""

MAX_LIMIT: Final = 100
"""Rows of one API response."""

_PLACES: Final = {"page", "first", "limit", "before", "after", "print"}
"""Fields that choose a part of a list, or every row for a print."""

MAX_TEXT: Final = 64
"""Characters of a filter: application numbers have no more (core/entries/header.py)."""


NEAREST: Final = "nearest"
"""Stands for a thread's nearest open question to us, where an address names a question."""

MAX_DRAFT: Final = 100
"""Characters of a draft's name: a thread id, or `new-` and a batch id."""

MAX_PLACE: Final = 1200
"""Characters of a place in the inbox with a whole selection of threads."""

_KEPT: Final = 400
"""Characters of a refused value that its form shows again."""

_NAMED: Final = 30
"""Characters of a refused value in a sentence."""


def one_line(value: str) -> str:
    """Return what was typed on one line; pasted text may hold breaks and invisible characters."""
    kept = (each if each.isprintable() else " " if each.isspace() else "" for each in value)
    return " ".join("".join(kept).split())


@dataclass(frozen=True, slots=True)
class FilterFault:
    """Values of a filter that a page refuses.

    Attributes:
        error: The refusal.
        typed: Refused fields by name, with their values on one line.
    """

    error: ChannelError
    typed: Mapping[str, str]


class Query(BaseModel):
    """Query parameters of one page or operation; others in the address are ignored."""

    model_config = ConfigDict(frozen=True)

    _fault: FilterFault | None = PrivateAttr(default=None)

    @property
    def fault(self) -> FilterFault | None:
        """What the page refuses of the address; refused fields have their default values."""
        return self._fault

    def refused(self, error: ChannelError, typed: Mapping[str, str]) -> Self:
        """Return the query without the refused fields, which are kept to be shown in the form."""
        fields = type(self).model_fields
        rest = self.model_copy(update={name: fields[name].get_default() for name in typed})
        kept = {name: one_line(value)[:_KEPT] for name, value in typed.items()}
        first = self._fault or FilterFault(error, {})
        # Pydantic writes private attributes of frozen models, too.
        rest._fault = FilterFault(  # noqa: SLF001 - of a copy of itself
            first.error, {**first.typed, **kept}
        )
        return rest

    @property
    def as_typed(self) -> Self:
        """The query as its form shows it: refused free text as typed, other fields as they are."""
        fault = self._fault
        if fault is None:
            return self
        texts = {
            name: value
            for name, value in fault.typed.items()
            if type(self).model_fields[name].annotation is str
        }
        return self.model_copy(update=texts)


def _digits(value: object) -> object:
    """Read ASCII digits alone: `int` also takes signs, blanks and digits of other scripts."""
    if not isinstance(value, str):
        return value
    if not (value.isascii() and value.isdigit() and len(value) <= MAX_DIGITS):
        raise ValueError(value)
    return int(value)


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError(value)
    return value


_CLOCK: Final = re.compile("([01]?[0-9]|2[0-3]):([0-5][0-9])")

Whole = Annotated[int, BeforeValidator(_digits)]
Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=MAX_TEXT),
    AfterValidator(_printable),
]
PlaceText = Annotated[str, StringConstraints(max_length=MAX_PLACE), AfterValidator(_printable)]
"""A place in the inbox (`web/inbox/walk.py`)."""

DraftName = Annotated[str, StringConstraints(max_length=MAX_DRAFT), AfterValidator(_printable)]

NextText = Annotated[str, StringConstraints(max_length=2 * MAX_PLACE + 200)]
"""Address to go on to, with a place in the inbox or without."""

Back = Literal["", "unit"]
"""List on which threads were chosen, to go on there; empty for the list of threads."""


def codes(allowed: Iterable[str]) -> Any:  # noqa: ANN401 -- what pydantic's `Field` returns
    """Limit a text to one of these codes (letters, `_`, `-`), or to nothing."""
    return Field(pattern=f"^({'|'.join(allowed)})?$")


Page = Annotated[Whole, Field(ge=1, le=999_999)]


class PageQuery(Query):
    """Number of a page of a long list, from 1."""

    page: Page = 1


class Filters(Query):
    """Filters and order of a list; a field with its default value matches every row."""

    @property
    def fields(self) -> dict[str, str]:
        """The chosen filters and the order by name, without the place in the list."""
        chosen = self.model_dump(exclude=_PLACES, exclude_defaults=True)
        return {name: str(value) for name, value in chosen.items()}

    @property
    def address(self) -> str:
        """Filters and order as in the address of the list and of its files."""
        return urlencode(self.fields)

    @property
    def filtered(self) -> bool:
        """Whether a filter is chosen, or refused; an order leaves no row out."""
        return self.fault is not None or bool(self.fields.keys() - {"sort"})


class WindowQuery(Query):
    """Rows of a list over the API: `limit` rows from the row `first`, counted from 1."""

    first: Whole = 1
    limit: Whole = MAX_LIMIT

    @property
    def offset(self) -> int:
        """Rows to skip."""
        return max(0, self.first - 1)

    @property
    def size(self) -> int:
        """Rows to return, at most `MAX_LIMIT`."""
        return min(self.limit, MAX_LIMIT)


DATE_CODES: Final = frozenset({"date-malformed", "date-order", "date-range"})
"""Codes of errors by which the models of `days.py` refuse days."""

_Q = TypeVar("_Q", bound=Query)


def read_query(model: type[_Q], pairs: Iterable[tuple[str, str]]) -> _Q:
    """Read query parameters by their model; of a repeated parameter the first value counts.

    A field that is a tuple takes all values.

    Raises:
        Malformed: `request-malformed`, with the parameter; `date-malformed`, `date-range`,
            `date-order`.
    """
    try:
        return model.model_validate(_values(model, pairs))
    except ValidationError as error:
        problem = _first(error)
        field, code = next(iter(_fields(problem))), problem["type"]
        if code in DATE_CODES:
            raise Malformed(code, problem["msg"], **problem.get("ctx", {})) from None
        raise Malformed("request-malformed", "Not a valid filter.", field=field) from None


def read_filters(model: type[_Q], pairs: Iterable[tuple[str, str]]) -> _Q:
    """Read query parameters of a page as `read_query`; a refused value is left out as a `fault`.

    The page so keeps its form and names what is wrong. Files and the API refuse the request.
    """
    values = _values(model, pairs)
    typed: dict[str, str] = {}
    first: Malformed | None = None
    while True:
        try:
            query = model.model_validate(values)
        except ValidationError as error:
            problem = _first(error)
            for name in _fields(problem):
                value = values.pop(name)
                typed[name] = value if isinstance(value, str) else " ".join(value)
            first = first or _of_filter(problem, typed)
        else:
            return query.refused(first, typed) if first else query


def _values(model: type[Query], pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in pairs:
        field = model.model_fields.get(name)
        if field is not None and get_origin(field.annotation) is tuple:
            values[name] = (*values.get(name, ()), value)
        elif field is not None:
            values.setdefault(name, value)
    return values


def _first(error: ValidationError) -> Mapping[str, Any]:
    return error.errors(include_url=False)[0]


def _fields(problem: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the fields that a problem is about: one, or both days in the wrong order."""
    return tuple(str(name) for name in problem["loc"][:1]) or ("since", "until")


def _of_filter(problem: Mapping[str, Any], typed: Mapping[str, str]) -> Malformed:
    """Return the refusal of a page's filter: a reader typed the value, or shared an address."""
    code = problem["type"]
    if code in DATE_CODES:
        return Malformed(code, problem["msg"], **problem.get("ctx", {}))
    value = next(iter(typed.values()))
    if code == "string_too_long":
        limit = problem["ctx"]["max_length"]
        return Malformed("filter-long", "The text is too long.", value=_named(value), limit=limit)
    return unfit(value)


def unfit(value: str) -> Malformed:
    """Return the refusal of a value by which a list is not filtered."""
    return Malformed("filter-malformed", "Not a valid filter.", value=_named(value))


def _named(value: str) -> str:
    line = one_line(value)
    return line if len(line) <= _NAMED else f"{line[: _NAMED - 1]}…"


def read_day(text: str, **facts: str) -> date | None:
    """Read a date such as 2026-11-24, also in full-width signs; None for an empty text.

    Raises:
        Malformed: `date-malformed` with these facts.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    if not text:
        return None
    with suppress(ValueError):
        day = date.fromisoformat(text)
        if day.isoformat() == text:  # `fromisoformat` takes 20261124 and 2026-W48-2, too
            return day
    raise Malformed("date-malformed", "A date looks like 2026-11-24.", **facts)


def read_clock(text: str, **facts: str) -> time:
    """Read a time of day such as 08:30, also as 8:30 or with full-width signs.

    Raises:
        Malformed: `clock-malformed` with these facts.
    """
    found = _CLOCK.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        raise Malformed("clock-malformed", "A time of day looks like 08:30.", **facts)
    return time(int(found[1]), int(found[2]))
