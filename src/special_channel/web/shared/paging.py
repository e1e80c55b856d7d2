"""Pages of a long list: the number from the address, and links to the neighbours."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Paging:
    """A page of a long list; URLs are None at both ends."""

    page: int
    pages: int
    total: int
    previous_url: str | None = None
    next_url: str | None = None


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
    )
