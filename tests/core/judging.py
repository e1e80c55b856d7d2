"""Helpers of the judge's tests: the code of a refusal, the same on both sides."""

from __future__ import annotations

from typing import Any

import pytest

from special_channel.core.bytes.errors import Refused
from tests.world import World


def code_of(act, *args, **kwargs) -> str:
    with pytest.raises(Refused) as caught:
        act(*args, **kwargs)
    return caught.value.code


def refusal(world: World, party, payload, parts=(), **how) -> str:
    """Return the code of the author's node; check that the peer refuses with the same code."""
    code = code_of(world.append, party, payload, parts, **how)
    entry = world.append(party, payload, parts, honest=False, **how)
    world.deliver(party)
    peer = world.cn if party == "eu" else world.eu
    assert peer.verdicts[entry.position] == code
    return code


def opening(world: World, party="eu", **fields: Any) -> dict[str, Any]:
    stated = {"thread": world.thread_id(), "lang": "en", "body": {"batch": "standing"}} | fields
    return world.payload(party, "thread.opened", **stated)
