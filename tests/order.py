"""Distribution and order of test files over several processes.

A file stays with one process: its servers and demonstrations are set up once. The longest files
begin first, so that none is left at the end. Does not select tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling  # type: ignore[import-untyped]

ONE_DEMONSTRATION: Final = ("cli/test_every_command", "cli/test_demo", "cli/test_amending")
"""Share the demonstration of `cli/conftest.py`, which takes half a minute to make."""

LONGEST: Final = (
    *ONE_DEMONSTRATION,
    "web/test_pages_browser",
    "story/test_every_page",
    "web/test_numbers",
    "escalation/test_faults",
    "desk/test_hostile_files",
    "property/test_fold_interleavings",
    "link/test_serve",
    "web/test_page_acts",
    "story/test_a_note_travels",
    "web/js/test_checking",
    "nodes/test_interleavings",
    "story/test_a_charter_is_adopted",
    "launcher/test_postgres",
    "web/test_applications",
    "link/test_two_nodes",
    "web/js/test_live",
    "stores/test_record_contract",
    "story/test_a_list_is_answered",
    "escalation/test_due_time_passes",
    "escalation/test_clocks_and_stores",
    "stores/test_work_contract",
    "web/test_page_handlers",
    "stores/test_record_fences",
    "story/test_a_clock_is_suspended",
    "web/js/test_writing",
    "kills/test_storm",
    "web/test_deadlines",
    "stores/test_files_contract",
    "web/test_meetings",
    "export/test_flipped_bytes",
    "nodes/test_described",
    "architecture/test_documents",
    "nodes/test_refusals",
)
"""Files of over thirty seconds, the longest first, as `--durations=0` told of a whole run."""

_PLACE: Final = {f"tests/{name}.py": place for place, name in enumerate(LONGEST)}
_TOGETHER: Final = {f"tests/{name}.py" for name in ONE_DEMONSTRATION}


def in_order(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Return tests with the longest files first, otherwise in the same order."""
    return sorted(items, key=lambda item: _PLACE.get(_file(item.nodeid), len(LONGEST)))


class ByFile(LoadScopeScheduling):  # type: ignore[misc]
    """Assign files to processes in order; files that share a demonstration go to one process."""

    def _split_scope(self, nodeid: str) -> str:
        file = _file(nodeid)
        return "tests/cli" if file in _TOGETHER else file


def _file(nodeid: str) -> str:
    return nodeid.split("::", 1)[0]
