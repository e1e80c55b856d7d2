"""A plugin of pytest that notes in the report how much processor time each test took.

Unlike time on the clock it stays the same while the machine does other things. Servers that tests
start are other processes and are not counted.
"""

from __future__ import annotations

import time
from collections.abc import Generator

import pytest

PROPERTY = "processor-seconds"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """Start with a test's fixtures."""
    item.stash[_began] = time.process_time()
    yield


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    """Stop when the fixtures are gone."""
    try:
        yield
    finally:
        took = time.process_time() - item.stash[_began]
        item.user_properties.append((PROPERTY, f"{took:.3f}"))


_began = pytest.StashKey[float]()
