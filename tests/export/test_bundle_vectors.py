"""The published bundles: made by the generator, and verified as their reports say."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from special_channel.export.verify import verify

FORMATS = Path(__file__).resolve().parents[2] / "docs" / "formats"
FOLDER = FORMATS / "vectors" / "bundle"
NAMES = sorted(path.stem for path in FOLDER.glob("*.zip"))


@pytest.mark.parametrize("name", NAMES)
def test_a_published_bundle_gives_its_published_report(name):
    report = verify(FOLDER / f"{name}.zip", (FOLDER / "trust.json").read_bytes())
    assert report.encode() == (FOLDER / f"{name}.json").read_bytes()


def test_each_verdict_is_published():
    verdicts = {json.loads((FOLDER / f"{name}.json").read_bytes())["verdict"] for name in NAMES}
    assert verdicts == {
        "authentic-and-complete",
        "authentic-with-declared-gaps",
        "not-proven",
        "contradicted",
    }


def test_the_published_bundles_are_what_the_generator_makes():
    spec = importlib.util.spec_from_file_location("maker", FORMATS / "make_bundle_vectors.py")
    assert spec is not None
    assert spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    assert maker.made() == {path.name: path.read_bytes() for path in FOLDER.iterdir()}
