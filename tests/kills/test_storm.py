"""Promise P1: a receipted entry is never lost and never twice, whatever is killed when."""

from __future__ import annotations

import os
import secrets

import pytest

from tests import servers
from tests.kills.run import run

KILLS = 20


@pytest.mark.kills
@pytest.mark.timeout(300)
def test_every_receipted_entry_stands_once_on_both_nodes_after_twenty_kills() -> None:
    seed = int(os.environ.get("KILLS_SEED", secrets.randbelow(2**32)))
    print(f"KILLS_SEED={seed} repeats this storm")  # noqa: T201 - pytest shows it on failure
    with servers.open_folder() as folder:
        found = run(KILLS, seed, folder)
    assert (found.lost, found.doubled) == (0, 0), found
    assert sum(found.killed.values()) == KILLS
    assert found.receipted >= KILLS, "it was killed under load"
