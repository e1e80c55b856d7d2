"""The Library of Congress's BagIt 1.0 conformance suite, through our reader."""

from __future__ import annotations

from pathlib import Path

import pytest

from special_channel.core.audit.findings import FindingCollector
from special_channel.core.audit.trust import Limits
from special_channel.export import bag
from special_channel.export.opening import read_folder
from tests.vectors import table


@pytest.mark.parametrize("made", table("bagit")["bags"], ids=lambda made: made["name"])
def test_a_bag_is_taken_or_refused_as_the_suite_says(made, tmp_path: Path):
    for name, text in made["files"].items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode())
    found = FindingCollector()
    bag.check(read_folder(tmp_path, Limits(), found), found)
    assert bool(found.findings) != made["valid"]
