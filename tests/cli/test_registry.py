"""Persons and keys as the command line reads them from the signed directory."""

from __future__ import annotations

import pytest

from special_channel.cli.registry import Registry, first_since
from special_channel.core.bytes.errors import Malformed
from special_channel.core.entries import DIRECTORY_KINDS, parse
from tests.cli.test_client import Door, serving
from tests.world import World


def registry_of(world: World) -> Registry:
    registry = Registry("eu")
    for stored in world.eu.copies["eu"].entries:
        entry = parse(stored.envelope.payload)
        if entry.kind in DIRECTORY_KINDS:
            registry.add(str(stored.position), entry, stored.id)
    return registry


async def test_doubt_from_the_other_sides_entry_is_refused():
    async with serving(Door()) as node:
        assert await first_since(node, "eu-812") == 812
        with pytest.raises(Malformed, match="act-time"):
            await first_since(node, "CN-812")


def test_ended_keys_are_named_in_no_grant():
    world = World.founded()
    world.add_key("eu", "clerk", "laptop")
    world.append("eu", world.revocation("eu", "clerk"))
    registry = registry_of(world)
    clerk = world.eu.person("clerk")
    assert registry.keys_of(clerk) == [world.eu.keys["laptop"].key]
