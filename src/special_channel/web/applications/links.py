"""Read the links of an application's numbers, with what the record has of the other number."""

from __future__ import annotations

from typing import Any

from special_channel.core.bytes.fields import is_reference
from special_channel.core.bytes.ids import Position
from special_channel.core.rows.application_facts import NumberLink
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.links import found_as
from special_channel.web.applications.views import LinkDetail
from special_channel.web.http.services import StoreServices


def link_fields(link: NumberLink) -> dict[str, Any]:
    """Return a link as the fields of `LinkItem`."""
    return {
        "by": link.party, "position": str(Position(link.party, link.index)),
        "number": link.number, "former": link.former, "basis": link.basis,
    }  # fmt: skip


async def links_of(stores: StoreServices, row: ApplicationRow) -> tuple[LinkDetail, ...]:
    """Read the links of an application with the listings of the other numbers."""
    others = sorted({_other(row.number, link) for link in row.links})
    if not others:
        return ()
    earlier = await stores.lists.earlier(others)
    referred = await stores.views.applications([each for each in others if is_reference(each)])
    references = {**referred, row.number: row}
    links = []
    for link in row.links:
        other = _other(row.number, link)
        listings, reference = earlier.get(other), references.get(link.former)
        holds = reference is not None and found_as(reference, link.party) == link
        links.append(
            LinkDetail(
                **link_fields(link),
                other=other,
                holds=holds or link.basis != "matched",
                times_listed=listings.times if listings else 0,
                last_list=listings.list if listings else None,
            )
        )
    return tuple(links)


def _other(number: str, link: NumberLink) -> str:
    return link.former if link.number == number else link.number
