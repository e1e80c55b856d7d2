"""A story and its bundle, made once; tests change copies."""

from __future__ import annotations

import pytest

from tests.bundles import trust_file
from tests.export.bundling import bundle, unpacked
from tests.stories import Story, busy


@pytest.fixture(scope="session")
def story() -> Story:
    """A told story; not to be written on."""
    return busy()


@pytest.fixture(scope="session")
def trust(story: Story) -> bytes:
    """The overseer's trust file."""
    return trust_file(story.world)


@pytest.fixture(scope="session")
def good(story: Story) -> bytes:
    """A bundle of everything, as written."""
    return bundle(story.world)


@pytest.fixture
def files(good: bytes) -> dict[str, bytes]:
    """The good bundle's files, to be changed."""
    return unpacked(good)[1]
