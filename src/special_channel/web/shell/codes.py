"""Invitations and one-time codes for new keys. Does not store codes as typed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from special_channel.core.bytes.errors import NotAllowed, RuleBroken
from special_channel.desk import enrolment
from special_channel.desk.journal import record_act
from special_channel.stores.people import Official
from special_channel.web.http.services import Services
from special_channel.web.http.sessions import Visitor


def check_code(who: Visitor, official: Official) -> None:
    """Refuse whoever may not draw a code for a person: registrars, and the person, may.

    Raises:
        NotAllowed: `role-access`.
    """
    if who.row.role != "registrar" and who.row.person != official.person:
        raise NotAllowed("role-access", "This is not open to the role of this key.")


async def draw_code(own: Services, official: Official) -> tuple[str, datetime]:
    """Draw a code for a person whose function stands in the log; return it and when it expires.

    Raises:
        RuleBroken: `grant-missing` before the function is granted.
    """
    party = own.node.identity.party
    rows = await own.stores.views.persons(party, [official.person])
    if enrolment.next_grant(rows.get(official.person)) is not None:
        raise RuleBroken("grant-missing", "The person's function is not granted yet.")
    code = enrolment.code_from(own.node.randomness.bytes(12))
    return code, await enrolment.invite(own.desk.enrolment, official.id, code)


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
