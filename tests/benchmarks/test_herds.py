"""Herds of due times in a worker: all of them fire, and variants alternate."""

from __future__ import annotations

from benchmarks import herds
from tests import servers


async def test_herd_of_questions_falls_due_and_fires_in_both_variants():
    with servers.open_folder() as folder:
        figures = await herds.herds(folder, ["same"], pairs=1, count=20)
    assert [figure.name for figure in figures] == [
        name for name in herds.NAMES if name.startswith("variant_same_")
    ]
    assert all(figure.value > 0 for figure in figures)
