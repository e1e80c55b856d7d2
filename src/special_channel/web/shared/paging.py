"""Pages of a long list: the number from the address, and links to the neighbours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Paging:
    """A page of a long list; URLs are None at both ends.

    `last_url`: the last page, for a page beyond the end; else None.
    """

    page: int
    pages: int
    total: int
    previous_url: str | None = None
    next_url: str | None = None
    last_url: str | None = None


def paging(page: int, total: int, size: int, url: str) -> Paging:
    """Link a page to its neighbours; `url` may have a query, which may be empty."""
    pages, url = max(1, -(-total // size)), url.rstrip("?&")
    url += "&" if "?" in url else "?"
    return Paging(
        page=page,
        pages=pages,
        total=total,
        previous_url=f"{url}page={page - 1}" if page > 1 else None,
        next_url=f"{url}page={page + 1}" if page < pages else None,
        last_url=f"{url}page={pages}" if page > pages else None,
    )


def last_page(values: Iterable[object]) -> str | None:
    """Return the address of the last page if each list among the values ends before its page."""
    lists = [each for each in values if isinstance(each, Paging)]
    longest = max(lists, key=lambda each: each.pages, default=None)
    return longest.last_url if longest else None
