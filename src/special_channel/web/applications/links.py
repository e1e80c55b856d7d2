"""Read the links of an application's numbers, and the form by which our side takes one back.

Does not sign: the browser does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from special_channel.core.bytes import canonical
from special_channel.core.bytes.fields import is_reference
from special_channel.core.bytes.ids import Position
from special_channel.core.entries.batches import Link
from special_channel.core.rows.application_facts import WITHDRAWN, NumberLink
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.links import found_as
from special_channel.web.applications.views import LinkDetail
from special_channel.web.http.services import StoreServices
from special_channel.web.shell.context import PageContext


@dataclass(frozen=True, slots=True)
class TakeBackForm:
    """The form by which officials take back a link of our side.

    Attributes:
        link: The link.
        position: Number of its entry.
        body: Canonical JSON to sign.
    """

    link: NumberLink
    position: str
    body: str


def take_back_form(context: PageContext, row: ApplicationRow, position: str) -> TakeBackForm | None:
    """Return the form for our link in an entry; None for no such link, and for other readers.

    A number found in a row of a sheet is corrected by a sheet.
    """
    for each in row.live_links if context.writes else ():
        place = str(Position(each.party, each.index))
        if each.party == context.party and not each.row and place == position:
            body = Link(number=each.number, former=each.former, basis=WITHDRAWN).model_dump()
            return TakeBackForm(each, position, canonical.dumps(body).decode())
    return None


def link_fields(row: ApplicationRow, link: NumberLink) -> dict[str, Any]:
    """Return a link of an application as the fields of `LinkItem`."""
    # The first one that came after it: later ones take back what was stated again.
    back = next((each for each in row.links if each.takes_back(link)), None)
    return {
        "by": link.party, "position": str(Position(link.party, link.index)),
        "number": link.number, "former": link.former, "basis": link.basis,
        "withdrawn_in": str(Position(back.party, back.index)) if back else None,
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
        listings, reference = earlier.get(other), references.get(link.former, row)
        links.append(
            LinkDetail(
                **link_fields(row, link),
                other=other,
                row=link.row,
                holds=_holds(row, reference, link),
                times_listed=listings.times if listings else 0,
                last_list=listings.list if listings else None,
            )
        )
    return tuple(links)


def _holds(row: ApplicationRow, reference: ApplicationRow, link: NumberLink) -> bool:
    if link.basis == "matched":
        return found_as(reference, link.party) == link
    return link in row.live_links


def _other(number: str, link: NumberLink) -> str:
    return link.former if link.number == number else link.number
