"""Promise P6: whatever happens to workers, Redis, database and clocks, each fires once."""

from __future__ import annotations

import os
import secrets

import pytest

from tests import servers
from tests.kills.chaos import FAULTS, run


@pytest.mark.kills
@pytest.mark.timeout(180)
# Servers are killed under the connections of this process: drivers drop some unclosed.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_two_hundred_due_times_pass_once_each_and_none_early() -> None:
    seed = int(os.environ.get("CHAOS_SEED", secrets.randbelow(2**32)))
    print(f"CHAOS_SEED={seed} repeats this")  # noqa: T201 - pytest shows it on failure
    with servers.open_folder() as folder:
        found = run(200, 5, seed, folder)
    assert (found.lost, found.doubled, found.early) == (0, 0, 0), found
    assert found.verdict == "authentic-and-complete"
    assert set(found.faults) == {fault.__name__ for fault in FAULTS}
