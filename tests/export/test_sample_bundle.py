"""The bundle verified in README: made by its script, small, and marked as fictional."""

from __future__ import annotations

import pytest

from scripts import make_sample_bundle
from special_channel.export.verify import verify
from tests.architecture.project import ROOT

FOLDER = ROOT / make_sample_bundle.FOLDER
AGAIN = "make it again: .venv/bin/python -m scripts.make_sample_bundle"


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    return make_sample_bundle.files()


def test_sample_bundle_is_what_its_script_makes(made):
    held = {path.name: path.read_bytes() for path in FOLDER.iterdir() if path.suffix != ".md"}
    assert held.keys() == made.keys(), AGAIN
    assert [name for name in made if held[name] != made[name]] == [], AGAIN


def test_sample_bundle_is_made_alike_twice(made):
    assert make_sample_bundle.files() == made


def test_sample_bundle_is_small_enough_to_read():
    assert (FOLDER / make_sample_bundle.BUNDLE).stat().st_size < 200_000


def test_sample_bundle_proves_an_answer_in_time():
    trust = (FOLDER / make_sample_bundle.TRUST).read_bytes()
    report = verify(FOLDER / make_sample_bundle.BUNDLE, trust)
    assert report.verdict == "authentic-and-complete", AGAIN
    assert not report.findings


def test_sample_bundle_says_that_it_is_fictional():
    data = (FOLDER / make_sample_bundle.BUNDLE).read_bytes().decode("utf-8", "replace")
    assert "Fictional" in data
    assert "虚构" in data
    assert "is accepted" in data  # README alters these words
