"""Envelopes that a second person signs."""

from __future__ import annotations

from special_channel.core.bytes.dsse import decode
from special_channel.core.rows.writing import sign, signed_also
from tests.world import World


def test_a_key_signs_an_envelope_once():
    world = World.founded()
    keys = world.sides["eu"].keys
    one, two = keys["registrar"], keys["head"]
    first = sign(world.payload("eu", "peer.seen", by="registrar", body={}), [one]).envelope
    both = signed_also(first, [one, two])
    assert sorted(each.keyid for each in decode(both).signatures) == sorted([one.key, two.key])
    assert decode(both).id == decode(first).id
    assert signed_also(both, [two]) == both
