"""Invitations and one-time codes for new keys, for pages and API.

Does not store codes as typed, and shows a code once, to the person who draws the code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from aiohttp import web

from special_channel.core.bytes.errors import NotAllowed, NotFound, RuleBroken
from special_channel.core.bytes.ids import PersonId
from special_channel.core.rows.directory import KeyRow
from special_channel.desk import enrolment, invitations
from special_channel.desk.journal import record_act
from special_channel.stores.people import Invitation, Official
from special_channel.web.http.services import DeskServices, Services
from special_channel.web.http.sessions import Visitor
from special_channel.web.shared.view import View
from special_channel.web.shared.viewpoint import official_title
from special_channel.web.shell.context import PageContext

MAX_DIGITS: Final = 18
"""Digits of a number that PostgreSQL's bigint holds."""


class InvitationItem(View):
    """A one-time code, drawn and not used. The text of the code is not stored.

    Attributes:
        number: Number of the code in lists and addresses.
        name: Name of the person who gets the code.
        official: Number of the person in our directory.
        by: Name of the person who drew the code, else desk and number; None if not known.
        lapsed: Whether the code is no longer valid.
    """

    number: int
    name: str
    official: int
    by: str | None = None
    drawn: datetime
    expires: datetime
    lapsed: bool


def check_code(who: Visitor, official: Official) -> None:
    """Refuse a reader who may not draw a code for a person: registrars, and the person, may.

    Raises:
        NotAllowed: `role-access`.
    """
    if "registrar" not in who.row.roles_now and who.row.person != official.person:
        raise NotAllowed("role-access", "This is not open to the role of this key.")


async def draw_code(
    own: Services, who: Visitor, official: Official, instead: Invitation | None = None
) -> tuple[str, datetime]:
    """Draw a code for a person with a function in the log; return the code and its expiry time.

    Args:
        own: The services.
        who: The person who draws the code.
        official: The person who gets the code.
        instead: The code to be replaced; no longer valid after the call.

    Raises:
        RuleBroken: `grant-missing` before the function is granted.
        NotFound: `invitation-absent` if the other code was used or taken back meanwhile.
    """
    party = own.node.identity.party
    rows = await own.stores.views.persons(party, [official.person])
    if enrolment.next_grant(rows.get(official.person)) is not None:
        raise RuleBroken("grant-missing", "The person's function is not granted yet.")
    code = enrolment.code_from(own.node.randomness.bytes(12))
    return code, await invitations.draw(own.desk.enrolment, official, code, who.key, instead)


async def open_invitations(context: PageContext) -> tuple[InvitationItem, ...]:
    """Read the codes neither used nor taken back, oldest first."""
    desk = context.own.desk
    found = await invitations.listed(desk.enrolment)
    if not found:
        return ()
    officials = await desk.officials.all()
    names = {each.id: each.name for each in officials}
    known = {each.person: each.name for each in officials}
    rows = await context.own.stores.views.keys(sorted({each.by for each in found}))
    return tuple(
        InvitationItem(
            number=each.id,
            name=names[each.official],
            official=each.official,
            by=_drawer(context, rows.get(each.by), known),
            drawn=each.drawn,
            expires=each.expires,
            lapsed=each.expires <= context.now,
        )
        for each in found
    )


def _drawer(context: PageContext, row: KeyRow | None, names: Mapping[PersonId, str]) -> str | None:
    if row is None:
        return None
    title = official_title(context, context.party, row.desk, row.number)
    return names.get(row.person, title)


async def renew(
    request: web.Request, own: Services, who: Visitor
) -> tuple[Official, str, datetime]:
    """Replace the code in the address by a new code; for page and API.

    Raises:
        NotFound, RuleBroken: As `draw_code`.
    """
    invitation, official = await _invitation(request, own.desk)
    code, expires = await draw_code(own, who, official, invitation)
    return official, code, expires


async def take_back(request: web.Request, desk: DeskServices, who: Visitor) -> None:
    """Take back the code in the address; for page and API.

    Raises:
        NotFound: `invitation-absent`.
    """
    invitation, official = await _invitation(request, desk)
    await invitations.take_back(desk.enrolment, invitation, official, who.key)


async def _invitation(request: web.Request, desk: DeskServices) -> tuple[Invitation, Official]:
    typed = request.match_info["number"]
    if not (typed.isascii() and typed.isdecimal() and len(typed) <= MAX_DIGITS):
        raise NotFound("invitation-absent", "There is no such code.", number=typed)
    found = await invitations.find(desk.enrolment, int(typed))
    officials = {each.id: each for each in await desk.officials.all()}
    return found, officials[found.official]


async def invite_person(own: Services, official: Official) -> Official:
    """Add a person to our directory under a new pseudonym; a demonstration grants the function.

    Raises:
        Malformed: The codes of `enrolment.person`.
        Refused: The codes of `acts.offer`.
    """
    checked = enrolment.person(official)
    pseudonym = own.node.randomness.bytes(16).hex()
    number = await own.desk.officials.add(checked, pseudonym)
    added = replace(checked, id=number, person=pseudonym)
    deps = own.desk.acts
    await record_act(deps.appender, deps.identity, deps.clock, "invited", person=pseudonym)
    if own.desk.registrars:
        await enrolment.grant(own.desk.enrolment, added, own.desk.registrars)
    return added
