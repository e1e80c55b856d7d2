"""The Library of Congress's BagIt 1.0 conformance suite, through our reader."""

from __future__ import annotations

from pathlib import Path

import pytest

from special_channel.core.findings import Collected
from special_channel.core.trust import Limits
from special_channel.export import bag
from special_channel.export.verify import _folder
from tests.vectors import VECTORS, needs_vectors

SUITE = VECTORS / "bagit-conformance" / "v1.0"
BAGS = sorted(SUITE.glob("*/*")) if SUITE.is_dir() else []


@needs_vectors
@pytest.mark.parametrize("folder", BAGS, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_a_bag_is_taken_or_refused_as_the_suite_says(folder: Path):
    found = Collected()
    bag.check(_folder(folder, Limits(), found), found)
    assert bool(found.findings) == (folder.parent.name == "invalid")


@needs_vectors
def test_the_suite_is_not_empty():
    assert {folder.parent.name for folder in BAGS} == {"valid", "invalid"}
