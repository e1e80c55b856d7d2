"""A story and its evidence, made once per run; tests change copies."""

from __future__ import annotations

import pytest

from special_channel.core.audit.evidence import Evidence
from special_channel.core.audit.trust import Trust
from special_channel.core.bytes.ids import PARTIES, Party
from tests.bundles import evidence_of, trust_of
from tests.core.auditing import FILES
from tests.stories import Story, busy
from tests.world import Entry, World


@pytest.fixture(scope="session")
def story() -> Story:
    return busy()


@pytest.fixture(scope="session")
def trust(story: Story) -> Trust:
    return trust_of(story.world)


@pytest.fixture
def evidence(story: Story) -> Evidence:
    return evidence_of(story.world, files=FILES)


@pytest.fixture
def world() -> World:
    return World.founded()


@pytest.fixture(params=PARTIES)
def party(request: pytest.FixtureRequest) -> Party:
    """Each side in turn: the rules of the directory treat both alike."""
    side: Party = request.param
    return side


@pytest.fixture
def noted(world: World) -> Entry:
    """A note of the EU, delivered to CN."""
    note = world.note("eu", world.open_thread("eu").leaf.thread)
    world.exchange()
    return note
