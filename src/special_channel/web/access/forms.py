"""What an overseer states to grant access: the fields of the form, and the body that is signed.

As for acts on people: the fields are sent by GET, and the page that answers shows the grant in
words with the signing button. Does not sign.
"""

from __future__ import annotations

from datetime import date
from typing import Final, Literal

from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.times import timestamp
from special_channel.desk.access import Scope, access_body, check_until
from special_channel.web.access import queries
from special_channel.web.access.queries import Known
from special_channel.web.shared.query import Query
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.forms import instant_of

MOST: Final = 200
"""Threads or lists that one grant names."""


class GrantQuery(Query):
    """The fields of the form; `look` asks for the grant in words."""

    reader: str = ""
    scope: Literal["", "everything", "named"] = ""
    threads: str = ""
    lists: str = ""
    first: str = ""
    last: str = ""
    until: str = ""
    purpose: str = ""
    order: str = ""
    look: str = ""


async def stated(context: PageContext, query: GrantQuery, known: Known) -> dict[str, Value]:
    """Return the body of the grant that a form states.

    Raises:
        Malformed: `access-reader`, `access-scope-missing`, `access-order`, `access-until`,
            `act-time`, `date-malformed`, `date-order`.
        NotFound: `thread-unknown`, `batch-unknown`.
    """
    reader = known.readers.get(query.reader)
    if reader is None or reader.me:
        raise Malformed("access-reader", "Choose an overseer or a service.", field="reader")
    scope = await _scope(context, query)
    until = instant_of(context, query.until, "until")
    check_until(until, context.now)
    purpose, order = query.purpose.strip(), query.order.strip()
    if not (purpose and order):
        raise Malformed("access-order", "A grant states its purpose and its order.", field="order")
    return access_body(reader.reader, scope, timestamp(until), purpose, order)


async def _scope(context: PageContext, query: GrantQuery) -> Scope:
    if query.scope == "everything":
        return Scope()
    threads, lists = _numbers(query.threads), _numbers(query.lists)
    days = _days(query)
    # An empty scope would cover everything: nobody grants that by leaving fields empty.
    if query.scope != "named" or not (threads or lists or days):
        raise Malformed("access-scope-missing", "Say what may be read.", field="scope")
    ids = await queries.scope_ids(context, threads, lists)
    return Scope(ids.threads, ids.batches, days)


def _numbers(text: str) -> list[str]:
    """Return the numbers in a field, each once, in the order typed."""
    typed = text.replace(",", " ").replace("、", " ").replace("，", " ").split()
    return list(dict.fromkeys(each.upper() for each in typed))[: MOST + 1]


def _days(query: GrantQuery) -> tuple[str, str] | None:
    if not (query.first or query.last):
        return None
    try:
        first, last = (date.fromisoformat(day.strip()) for day in (query.first, query.last))
    except ValueError:
        raise Malformed("date-malformed", "Days come in pairs.", field="first") from None
    if last < first:
        raise Malformed("date-order", "The last day is before the first.")
    return first.isoformat(), last.isoformat()
