"""Helpers of the judge's tests: the code of a refusal, the same on both sides."""

from __future__ import annotations

from typing import Any

import pytest

from special_channel.core.bytes.errors import Refused
from special_channel.core.bytes.ids import Party, peer_of
from tests.world import Entry, World


def code_of(act, *args, **kwargs) -> str:
    with pytest.raises(Refused) as caught:
        act(*args, **kwargs)
    return caught.value.code


def refusal(world: World, party: Party, payload, parts=(), **how) -> str:
    """Return the code of the author's node; check that the peer refuses with the same code."""
    code = code_of(world.append, party, payload, parts, **how)
    entry = world.append(party, payload, parts, honest=False, **how)
    world.deliver(party)
    assert world.sides[peer_of(party)].verdicts[entry.position] == code
    return code


def accepted(world: World, party: Party, payload, parts=(), **how) -> Entry:
    """Append an entry that both sides find valid, with equal states after it."""
    entry = world.append(party, payload, parts, **how)
    world.exchange()
    assert world.sides[peer_of(party)].verdicts[entry.position] == ""
    assert world.eu.digest == world.cn.digest
    return entry


def opening(world: World, party: Party = "eu", **fields: Any) -> dict[str, Any]:
    stated = {"thread": world.thread_id(), "lang": "en", "body": {"batch": "standing"}} | fields
    return world.payload(party, "thread.opened", **stated)


def signing(world: World, party: Party, by: str, grant: int = 1) -> str:
    """Return the code with which a key is refused as author of a thread; empty if it may."""
    stated = {"by": by} if grant == 1 else {"by": by, "as": grant}
    parts = [world.text("Certificate", "subject")]
    entry = world.append(party, opening(world, party, **stated), parts, honest=False)
    world.exchange()
    code = world.sides[party].verdicts[entry.position]
    assert world.sides[peer_of(party)].verdicts[entry.position] == code
    assert world.eu.digest == world.cn.digest
    return code
