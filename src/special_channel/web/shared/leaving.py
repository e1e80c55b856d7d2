"""Where a reader returns to who leaves a form about threads without sending it."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qs, quote_plus, urlsplit


def back_url(next_url: str, numbers: Sequence[str]) -> str:
    """Return the address of the page that led to a form.

    Args:
        next_url: Address to which the form goes on.
        numbers: Numbers of the form's threads.

    Returns:
        The thread at its place in the inbox if the form goes on to the next thread of a
        work-through; else `next_url`, which then is the page of the thread or the list.
    """
    address = urlsplit(next_url)
    query = parse_qs(address.query)
    places = query.get("after", [])
    if address.path != "/work" or len(numbers) != 1 or not places:
        return next_url
    came = "".join(f"&came={quote_plus(place)}" for place in query.get("came", [])[:1])
    return f"/threads/{numbers[0]}?work={quote_plus(places[0])}{came}#newest"
