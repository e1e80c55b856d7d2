"""`resume --show`: what was set aside is listed, also what a hostile owner wrote."""

from __future__ import annotations

import pytest

from special_channel.cli.damage import _aside
from special_channel.core.bytes.ids import Position
from special_channel.stores.disowning import Disowned
from tests.world import World


@pytest.mark.parametrize("envelope", [b"", b"no envelope", b'{"payload":""}'])
def test_entry_that_cannot_be_read_is_listed_without_author(envelope):
    leaf = World.founded().open_thread("eu").leaf
    one = Disowned(Position("eu", 7), leaf.encode(), envelope, "", "0" * 64)
    shown = _aside(one)
    assert (shown["position"], shown["id"], shown["by"]) == ("EU-7", leaf.id, "")
