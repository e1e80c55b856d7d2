"""Makes `docs/failure-modes.md` from `faults.toml`; `./faults --table` writes it.

Does not say whether the tests fail: `./faults` sees to that.
"""

from __future__ import annotations

from typing import Final

from tests.faults.catalogue import Fault, Mode

_HEAD: Final = """\
# Failure modes of due times and alerts

How the nearest systems failed, numbered as in the study that this project began with; the faults
that are put into the source; and the tests that then fail, each of them. `./faults` puts one fault
after the other into a copy of the source and runs its tests there; `./faults 25 32` does so for two
modes. The faults stand in `tests/faults/faults.toml`, from which this page is made
(`./faults --table`); `tests/architecture/test_documents.py` checks that each can still be put in.

| mode | what failed elsewhere | the fault put in | the tests that fail |
|---|---|---|---|
"""


def failure_modes(modes: tuple[Mode, ...]) -> str:
    """Write the page."""
    rows = [_row(mode, fault) for mode in modes for fault in mode.faults]
    return _HEAD + "".join(f"{row}\n" for row in rows)


def _row(mode: Mode, fault: Fault) -> str:
    tests = ", ".join(f"`{test}`" for test in fault.breaks)
    return f"| {mode.number} | {mode.elsewhere} | {fault.says} | {tests} |"
