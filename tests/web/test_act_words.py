"""Acts on people in words, made of what is signed."""

from __future__ import annotations

from typing import Any, get_args

from special_channel.core.bytes import canonical
from special_channel.core.bytes.ids import Role
from special_channel.core.entries import parse
from special_channel.messages.catalogue import catalogue
from special_channel.web.acts import words
from special_channel.web.acts.before import AS
from special_channel.web.acts.words import ActNames
from tests.world import World

UNTIL = "2026-12-11T22:59:00Z"


def names() -> ActNames:
    """Names that say whether they are for our side alone or for both."""
    return ActNames(
        t=catalogue("en"),
        name=lambda person: f"name of {person[:8]}",
        public=lambda person: f"number of {person[:8]}",
        desk=str.title,
        moment=lambda at: f"at {at}",
        numbered=str,
        since=str,
        stop="",
        person=None,
        key=None,
    )


def facts_of(world: World, **granted: Any) -> list[tuple[str, str]]:
    """What the grant of a head's function to the clerk says besides its title."""
    payload = world.granting("eu", "clerk", grant=2, role="head", **granted)
    return words.facts(parse(canonical.dumps(payload)), world.eu.person("clerk"), "", names())


def test_grant_of_a_stand_in_says_for_whom_and_until_when():
    world = World.founded()
    clerk, absent = world.eu.person("clerk"), world.eu.person("head")
    function = [
        ("Person", f"number of {clerk[:8]}"),
        ("Function", "head of unit, Licensing"),
        ("Unit", "Unit A.1"),
    ]
    assert facts_of(world) == function
    assert facts_of(world, until=UNTIL, **{"for": absent}) == [
        *function,
        ("Ends automatically", f"at {UNTIL}"),
        ("Signs for", f"number of {absent[:8]}"),
    ]


def test_reasons_for_a_second_signature_name_real_roles():
    named = {role for roles in AS.values() for role in roles}
    assert sorted(named - set(get_args(Role))) == []
